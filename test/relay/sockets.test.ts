import { connect as connectTcp } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { ManualClock } from '../fakes/manual-clock.ts'
import { emptyUpdate } from '../../src/shared/doc/note-doc.ts'
import { subprotocol } from '../../src/shared/protocol/version.ts'
import { fileId, noteUpdates, rewrites, textOf } from './support/hub-agent.ts'
import { LiveRelay, SocketAgent, refusedStatus } from './support/live-relay.ts'

const doc = fileId('a')
const [seed = emptyUpdate(), edit = emptyUpdate()] = noteUpdates(['hello', ' world'])

test('two agents on real sockets, the relay restarted between', async () => {
  await using relay = await LiveRelay.start()
  const owner = await relay.owner()
  const friend = await relay.join(await relay.invite(owner, 'editor'))
  const [a, b] = [await SocketAgent.connect(relay, owner), await SocketAgent.connect(relay, friend)]
  a.say(
    { type: 'seed', ref: 1, doc, update: seed, mtime: 0 },
    { type: 'update', ref: 2, doc, update: edit, mtime: 0 },
  )
  const { seq } = await a.next('ack', 2)
  expect((await b.next('update', 2)).seq).toBe(seq)
  await relay.stop()
  expect(await a.closed).toBe(1012)
  expect((await b.next('bye')).code).toBe('stopping')
  await using again = await LiveRelay.start({ folder: relay.folder })
  expect(again.ready.setup).toBeUndefined()
  const c = await SocketAgent.connect(again, friend)
  expect(await c.next('changes')).toEqual({ type: 'changes', docs: [doc], last: true })
  c.say({ type: 'pull', doc, stateVector: new Uint8Array() })
  expect(textOf((await c.next('state')).update)).toBe('hello world')
})

test('RELAY-4 HC-155 garbage, text and empty frames close one connection and no other', async () => {
  await using relay = await LiveRelay.start()
  const owner = await relay.owner()
  const witness = await SocketAgent.connect(relay, owner)
  const frames: (string | Uint8Array)[] = [
    'text',
    new Uint8Array(),
    Uint8Array.from([250, 3, 1]),
    Uint8Array.from([4, 1, 255, 255, 255, 255, 15]),
  ]
  for (const frame of frames) {
    const hostile = await SocketAgent.connect(relay, owner)
    hostile.socket.send(frame)
    expect([1003, 1008]).toContain(await hostile.closed)
  }
  witness.say({ type: 'seed', ref: 1, doc, update: seed, mtime: 0 })
  expect((await witness.next('ack')).ref).toBe(1)
})

test('HC-156 a frame that announces 1 GB is closed before it comes', async () => {
  await using relay = await LiveRelay.start()
  const owner = await relay.owner()
  const agent = await SocketAgent.connect(relay, owner)
  const before = process.memoryUsage().rss
  // FIN + binary, masked, 64-bit length 2^30, mask, and a little of it.
  const header = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 1, 2, 3, 4])
  rawSocketOf(agent.socket).write(Buffer.concat([header, Buffer.alloc(1000)]))
  expect(await agent.closed).toBe(1009)
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024)
  expect((await relay.request('/healthz')).status).toBe(200)
})

test('RELAY-22 HC-188 a note of 5 MB that was written anew nine times comes whole to a new device', async () => {
  await using relay = await LiveRelay.start()
  const owner = await relay.owner()
  const writer = await SocketAgent.connect(relay, owner)
  const texts = Array.from({ length: 10 }, (_, n) => `${n} `.repeat(2_500_000).slice(0, 5_000_000))
  const updates = rewrites(texts)
  updates.forEach((update, ref) =>
    writer.say({ type: ref === 0 ? 'seed' : 'update', ref, doc, update, mtime: 0 }),
  )
  await writer.next('ack', updates.length)
  const fresh = await SocketAgent.connect(relay, owner)
  fresh.say({ type: 'pull', doc, stateVector: new Uint8Array() })
  const { update } = await fresh.next('state')
  expect(textOf(update) === texts.at(-1)).toBe(true)
  expect(update.length).toBeLessThan(6_000_000)
}, 60_000)

test('RELAY-14 HC-162 another tenant’s vault is answered like a missing one', async () => {
  await using relay = await LiveRelay.start()
  const { token } = await relay.owner()
  for (const path of [`/sync/${'z'.repeat(26)}`, '/sync/nonsense', `/yjs/${'z'.repeat(26)}/x`]) {
    const headers = { authorization: `Bearer ${token}` }
    const socket = new WebSocket(`${relay.wsUrl}${path}`, [subprotocol], { headers })
    expect(await refusedStatus(socket)).toBe(404)
  }
  expect(
    (await relay.request(`/api/v1/vaults/${'z'.repeat(26)}`, 'GET', undefined, token)).status,
  ).toBe(404)
})

test('RELAY-15 HC-167 HC-168 a wrong token is refused before the upgrade, one in the URL is not looked at', async () => {
  await using relay = await LiveRelay.start()
  const { vault, token } = await relay.owner()
  const url = `${relay.wsUrl}/sync/${vault.id}`
  const bare = new WebSocket(`${url}?token=${token}`, [subprotocol])
  expect(await refusedStatus(bare)).toBe(401)
  const statuses: (number | undefined)[] = []
  for (let i = 0; i < 11; i++) {
    const headers = { authorization: `Bearer ${'x'.repeat(43)}` }
    statuses.push(await refusedStatus(new WebSocket(url, [subprotocol], { headers })))
  }
  expect(statuses).toEqual([...Array.from({ length: 9 }, () => 401), 429, 429])
})

test('RELAY-15 HC-167 bad tokens of one client keep nobody out who comes from the same address', async () => {
  await using relay = await LiveRelay.start()
  const owner = await relay.owner()
  const path = `/api/v1/vaults/${owner.vault.id}`
  const statusOf = async (token: string) =>
    (await relay.request(path, 'GET', undefined, token)).status
  for (let n = 0; n < 10; n++) expect(await statusOf('x'.repeat(43))).toBe(401)
  expect(await statusOf('x'.repeat(43))).toBe(429)
  expect(await statusOf(owner.token)).toBe(200)
  await SocketAgent.connect(relay, owner)
})

/** Statuses of requests with a wrong token, each with its own X-Forwarded-For. */
async function failuresFrom(relay: LiveRelay, ...forwarded: string[]): Promise<number[]> {
  const statuses: number[] = []
  for (const via of forwarded) {
    const headers = { authorization: `Bearer ${'x'.repeat(43)}`, 'x-forwarded-for': via }
    statuses.push((await fetch(`${relay.url}/api/v1/vaults/x`, { headers })).status)
  }
  return statuses
}

const spoofed = Array.from({ length: 10 }, (_, n) => `203.0.113.${n}`)

test('RELAY-20 nobody is believed who says that a request came from elsewhere', async () => {
  await using relay = await LiveRelay.start()
  expect(await failuresFrom(relay, ...spoofed, '198.51.100.7')).toEqual([
    ...spoofed.map(() => 401),
    429,
  ])
})

test('RELAY-20 a trusted proxy is believed, and what its client claims is not', async () => {
  await using relay = await LiveRelay.start({ trustedProxies: ['loopback', '10.0.0.0/8'] })
  const one = spoofed.map((address) => `${address}, 198.51.100.7, 10.1.2.3`)
  expect(await failuresFrom(relay, ...one, '198.51.100.7', '198.51.100.8')).toEqual([
    ...one.map(() => 401),
    429,
    401,
  ])
})

test('RELAY-13 HC-169 a device that leaves is out at once, its socket too', async () => {
  await using relay = await LiveRelay.start()
  const owner = await relay.owner()
  const agent = await SocketAgent.connect(relay, owner)
  expect(
    (await relay.request('/api/v1/devices/self', 'DELETE', undefined, owner.token)).status,
  ).toBe(204)
  expect(await agent.closed).toBe(4401)
  expect((await agent.next('bye')).code).toBe('unauthorized')
  expect(
    (await relay.request(`/api/v1/vaults/${owner.vault.id}`, 'GET', undefined, owner.token)).status,
  ).toBe(401)
})

test('RELAY-21 HC-169 a revoked device is out at once, all its sockets too, and nobody else', async () => {
  await using relay = await LiveRelay.start()
  const owner = await relay.owner()
  const friend = await relay.join(await relay.invite(owner, 'editor'))
  const witness = await SocketAgent.connect(relay, owner)
  const agents = [
    await SocketAgent.connect(relay, friend),
    await SocketAgent.connect(relay, friend),
  ]
  const path = `/api/v1/vaults/${owner.vault.id}/devices/${friend.device.id}`
  expect((await relay.request(path, 'DELETE', undefined, owner.token)).status).toBe(200)
  expect(await Promise.all(agents.map(({ closed }) => closed))).toEqual([4401, 4401])
  const again = { headers: { authorization: `Bearer ${friend.token}` } }
  const url = `${relay.wsUrl}/sync/${owner.vault.id}`
  expect(await refusedStatus(new WebSocket(url, [subprotocol], again))).toBe(401)
  witness.say({ type: 'seed', ref: 1, doc, update: seed, mtime: 0 })
  expect((await witness.next('ack')).ref).toBe(1)
})

test('RELAY-25 an invite of a device that is revoked after a restart lets nobody in', async () => {
  await using before = await LiveRelay.start()
  const owner = await before.owner()
  const friend = await before.join(await before.invite(owner, 'editor'))
  const invite = new URL(await before.invite(friend, 'editor')).hash.slice(1)
  await before.stop()
  await using relay = await LiveRelay.start({ folder: before.folder })
  const path = `/api/v1/vaults/${owner.vault.id}/devices/${friend.device.id}`
  expect((await relay.request(path, 'DELETE', undefined, owner.token)).status).toBe(200)
  const join = await relay.request('/api/v1/join', 'POST', { invite, name: 'again' })
  expect(join.status).toBe(404)
})

test('RELAY-24 HC-149 who says anything between two beats lives on, pong or not; who says nothing is cut', async () => {
  const clock = new ManualClock()
  await using relay = await LiveRelay.start({ clock })
  const owner = await relay.owner()
  const connect = () => SocketAgent.connect(relay, owner, { autoPong: false })
  const [silent, talking] = [await connect(), await connect()]
  for (let beat = 0; beat < 3; beat++) {
    const heard = new Promise((resolve) => talking.socket.once('pong', resolve))
    talking.socket.ping()
    await heard
    clock.advance(25_000)
  }
  expect(await silent.closed).toBe(1006)
  talking.say({ type: 'pull', doc, stateVector: new Uint8Array() })
  expect((await talking.next('state')).exists).toBe(false)
})

test('RELAY-16 HC-174 a page of another origin is refused', async () => {
  await using relay = await LiveRelay.start()
  const { vault, token } = await relay.owner()
  const url = `${relay.wsUrl}/sync/${vault.id}`
  const socket = new WebSocket(url, [`bearer.${token}`], { origin: 'https://evil.example' })
  expect(await refusedStatus(socket)).toBe(403)
  const own = new WebSocket(url, [subprotocol, `bearer.${token}`], { origin: relay.url })
  await new Promise((resolve) => own.once('open', resolve))
  expect(own.protocol).toBe(subprotocol)
  own.close()
})

test('half an HTTP request does not keep the relay from stopping', async () => {
  await using relay = await LiveRelay.start()
  const socket = connectTcp(relay.port, '127.0.0.1')
  socket.on('error', () => undefined)
  await new Promise<void>((resolve) => socket.write('GET / HTTP/1.1\r\n', () => resolve()))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await relay.stop()
  await closed
})

/** ws hides it; there is no other way to send a frame that ws itself would refuse to make. */
function rawSocketOf(socket: WebSocket): { write(bytes: Uint8Array): void } {
  const raw: unknown = Reflect.get(socket, '_socket')
  if (typeof raw !== 'object' || raw === null || !('write' in raw)) throw new Error('not open')
  const { write } = raw
  if (typeof write !== 'function') throw new Error('not a stream')
  return { write: (bytes) => void Reflect.apply(write, raw, [bytes]) }
}
