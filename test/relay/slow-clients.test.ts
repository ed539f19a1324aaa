// Clients on slow lines, and those that only pretend to be.
import { type ClientRequest, request } from 'node:http'
import { type Socket, connect } from 'node:net'
import { expect, test, onTestFinished } from 'vitest'
import { HttpServer } from '../../src/relay/http/server.ts'
import { pause } from '../e2e/support/until.ts'
import { LiveRelay } from './support/live-relay.ts'

const limits = {
  headersWithinMs: 600,
  requestWithinMs: 60_000,
  idleWithinMs: 600,
  checkEveryMs: 50,
}

async function serving(): Promise<number> {
  const server = new HttpServer(limits)
  const port = await server.listen('127.0.0.1', 0)
  server.serve({
    fetch: async (asked) => new Response(await asked.text()),
    upgrade: (_, socket) => void socket.destroy(),
  })
  onTestFinished(() => server.close())
  return port
}

const ended = (socket: Socket | ClientRequest) =>
  new Promise<void>((resolve) => {
    socket.on('error', () => undefined)
    socket.once('close', () => resolve())
  })

test('BLOB-28 a body that comes in drops for longer than any pause may be is taken', async () => {
  const port = await serving()
  const sending = request({ port, method: 'PUT', path: '/' })
  const answered = new Promise<number | undefined>((resolve) =>
    sending.once('response', ({ statusCode }) => resolve(statusCode)),
  )
  for (let drop = 0; drop < 12; drop++) {
    sending.write('x')
    await pause(100)
  }
  sending.end()
  expect(await answered).toBe(200)
})

test('BLOB-28 who stops in the middle of a body, or never ends the headers, is cut off', async () => {
  const port = await serving()
  const stopped = request({ port, method: 'PUT', path: '/' })
  stopped.write('x')
  const endless = connect(port, '127.0.0.1')
  endless.write('GET / HTTP/1.1\r\n')
  const cutOff = Promise.all([ended(stopped), ended(endless)])
  while (!endless.destroyed) {
    endless.write('x-more: 1\r\n')
    await pause(100)
  }
  await cutOff
})

test('BLOB-29 one device has no more than its share of requests under way, and again when they are over', async () => {
  await using relay = await LiveRelay.start()
  const { vault, token } = await relay.owner()
  const headers = { authorization: `Bearer ${token}`, 'content-length': '10' }
  const path = `/api/v1/vaults/${vault.id}/blobs/${'0'.repeat(64)}`
  const begin = () => request({ port: relay.port, method: 'PUT', path, headers })
  const statusOf = (sending: ClientRequest) =>
    new Promise<number | undefined>((resolve) =>
      sending.once('response', (response) => {
        response.resume()
        resolve(response.statusCode)
      }),
    )
  const held = Array.from({ length: 40 }, begin)
  for (const sending of held) {
    sending.on('error', () => undefined)
    sending.write('x')
  }
  const another = async () => {
    const sending = begin()
    const status = statusOf(sending)
    sending.end('0123456789')
    return await status
  }
  await expect.poll(another, { timeout: 10_000 }).toBe(429)
  for (const sending of held) sending.destroy()
  await expect.poll(another, { timeout: 10_000 }).toBe(422)
})
