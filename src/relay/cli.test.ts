import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { greeting, registerRelay } from './cli.ts'
import { newClientAddress } from './http/client-address.ts'

/** A request that a peer passes on as one of 203.0.113.9. */
function requestFrom(peer: string): IncomingMessage {
  const socket = new Socket()
  Object.defineProperty(socket, 'remoteAddress', { value: peer })
  const request = new IncomingMessage(socket)
  request.headers['x-forwarded-for'] = '203.0.113.9'
  return request
}

test.each([
  ['127.0.0.1', '203.0.113.9'],
  ['::1', '203.0.113.9'],
  ['172.17.0.1', '172.17.0.1'],
  ['10.0.0.1', '10.0.0.1'],
  ['fd00::1', 'fd00::1'],
])('RELAY-20 --trust-proxy without a value: what comes through %s is from %s', (peer, address) => {
  const program = new Command()
  registerRelay(program)
  const [relay] = program.commands
  const preset = relay?.options.find(({ long }) => long === '--trust-proxy')?.presetArg
  expect(newClientAddress(String(preset).split(','))(requestFrom(peer))).toBe(address)
})

test.each([
  [{ host: '0.0.0.0' }, true],
  [{ host: '::' }, true],
  [{ host: '0.0.0.0', publicUrl: 'https://notes.example' }, false],
  [{ host: '127.0.0.1' }, false],
])('CLI-27 a relay that listens with %j says that its links work here only: %s', (flags, says) => {
  const ready = { url: 'http://0.0.0.0:4680', setup: undefined }
  expect(greeting(ready, '/data', flags).includes('--public-url')).toBe(says)
})
