import { type ServerResponse, createServer, get } from 'node:http'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { type DeviceId, parseId } from '../../shared/ids.ts'
import { Slots } from './slots.ts'

const device = parseId<DeviceId>('d'.repeat(26)) ?? expect.unreachable()

/** The response to somebody who has gone. */
async function closedResponse(): Promise<ServerResponse> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const client = get({ port, host: '127.0.0.1' })
  client.on('error', () => undefined)
  const response = await new Promise<ServerResponse>((resolve) => {
    server.once('request', (_, outgoing: ServerResponse) => {
      outgoing.once('close', () => resolve(outgoing))
      client.destroy()
    })
  })
  server.close()
  return response
}

test('BLOB-29 work that nobody waits for any more takes its room until it has ended', async () => {
  const slots = new Slots(1)
  let end = (_reason: Error): void => undefined
  const work = new Promise<string>((_, reject) => (end = reject))
  const first = slots.run(device, () => work)
  const second = slots.run(device, () => work)
  await expect(second).rejects.toMatchObject({ code: 'rate-limited' })
  end(new Error('over'))
  await expect(first).rejects.toThrow('over')
  expect(await slots.run(device, async () => 'again')).toBe('again')
})

test('BLOB-29 a request that ended before it was its turn takes no room', async () => {
  const slots = new Slots(32)
  const response = await closedResponse()
  for (let n = 0; n < 100; n++) slots.hold(device, response)
})
