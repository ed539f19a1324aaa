// Binary files over a relay's real HTTP.
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { maxBlobParts } from '../../src/shared/limits.ts'
import { SeededRandom } from '../fakes/seeded-random.ts'
import { LiveRelay, type Member, SocketAgent } from './support/live-relay.ts'

const megabyte = 1024 * 1024
const large = new SeededRandom(8).bytes(6 * megabyte)
const small = new TextEncoder().encode('a small picture')

let relay: LiveRelay
let owner: Member
beforeAll(async () => {
  relay = await LiveRelay.start()
  owner = await relay.owner()
})
afterAll(() => relay[Symbol.asyncDispose]())

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

type Asked = { by?: Member; headers?: Record<string, string>; body?: BodyInit; vault?: string }

async function ask(method: string, path: string, { by = owner, headers, body, vault }: Asked = {}) {
  const response = await fetch(
    `${relay.url}/api/v1/vaults/${vault ?? owner.vault.id}/blobs/${path}`,
    {
      method,
      headers: { authorization: `Bearer ${by.token}`, ...headers },
      ...(body === undefined ? {} : { body }),
    },
  )
  const bytes = Buffer.from(await response.arrayBuffer())
  const isJson = response.headers.get('content-type')?.includes('json') === true
  const json: unknown = isJson ? JSON.parse(bytes.toString()) : undefined
  return { status: response.status, headers: response.headers, bytes, json }
}

const put = (bytes: Uint8Array, asked: Asked = {}) =>
  ask('PUT', hashOf(bytes), { body: new Blob([Buffer.from(bytes)]), ...asked })

test.each([
  ['a small one', small],
  ['a large one', large],
])('BLOB-2 %s comes back whole, by HEAD, and in ranges', async (_, bytes) => {
  const hash = hashOf(bytes)
  expect((await put(bytes)).status).toBe(204)
  const whole = await ask('GET', hash)
  expect([whole.status, whole.bytes.equals(bytes)]).toEqual([200, true])
  const head = await ask('HEAD', hash)
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)])
  const [from, to] = [3, bytes.length - 4]
  const part = await ask('GET', hash, { headers: { range: `bytes=${from}-${to}` } })
  expect([part.status, part.bytes.equals(bytes.subarray(from, to + 1))]).toEqual([206, true])
  expect(part.headers.get('content-range')).toBe(`bytes ${from}-${to}/${bytes.length}`)
  const tail = await ask('GET', hash, { headers: { range: 'bytes=-4' } })
  expect(tail.bytes.equals(bytes.subarray(-4))).toBe(true)
})

test('BLOB-2 a range beyond the end, one of an older file, and no range at all', async () => {
  await put(small)
  const hash = hashOf(small)
  const beyond = await ask('GET', hash, { headers: { range: 'bytes=100-200' } })
  expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */15'])
  for (const headers of [{ range: 'lines=1-2' }, { range: 'bytes=0-1', 'if-range': '"other"' }]) {
    const whole = await ask('GET', hash, { headers })
    expect([whole.status, whole.bytes.equals(small)]).toEqual([200, true])
  }
})

test('BLOB-4 only what is missing is asked for, and a file is put together from what is here', async () => {
  const [start, rest] = [large.subarray(0, 4 * megabyte), large.subarray(4 * megabyte)]
  const both = Buffer.concat([rest, start])
  const parts = [rest, start].map((bytes) => ({ hash: hashOf(bytes), size: bytes.length }))
  await put(rest)
  const hashes = [hashOf(both), ...parts.map(({ hash }) => hash)]
  const asked = await ask('POST', 'missing', { body: JSON.stringify({ hashes }) })
  expect(asked.json).toEqual({ missing: [hashOf(both), hashOf(start)] })
  const join = () => ask('PUT', `${hashOf(both)}/parts`, { body: JSON.stringify({ parts }) })
  const early = await join()
  expect([early.status, early.json]).toEqual([200, { missing: [hashOf(start)] }])
  await put(start)
  expect((await join()).json).toEqual({ missing: [] })
  expect((await ask('GET', hashOf(both))).bytes.equals(both)).toBe(true)
  expect((await ask('GET', `${hashOf(both)}/parts`)).json).toEqual({ size: both.length, parts })
})

test('BLOB-3 BLOB-4 HC-164 lies about hashes, sizes and chunks are refused', async () => {
  await put(small)
  const wrong = await ask('PUT', hashOf(large), { body: 'something else' })
  expect([wrong.status, wrong.json]).toMatchObject([422, { code: 'hash-mismatch' }])
  const lie = (parts: unknown, hash = hashOf(new Uint8Array([1]))) =>
    ask('PUT', `${hash}/parts`, { body: JSON.stringify({ parts }) })
  const part = { hash: hashOf(small), size: small.length }
  const lies = [
    [[part, part], 422],
    [[{ ...part, size: 14 }], 200],
    [[{ ...part, size: -1 }], 400],
    [[{ ...part, hash: '../../../etc/passwd' }], 400],
    ['parts', 400],
  ] as const
  for (const [parts, status] of lies) expect((await lie(parts)).status).toBe(status)
  for (const path of ['..%2f..%2fstore', 'A'.repeat(64), 'x']) {
    expect((await ask('GET', path)).status).toBe(404)
    expect((await ask('PUT', path, { body: 'x' })).status).toBe(404)
  }
})

test.each([20, 6 * megabyte])(
  'BLOB-63 BLOB-69 %i bytes that are asked for in vain: the agents hear of it, and once they are here',
  async (size) => {
    const agent = await SocketAgent.connect(relay, owner)
    const bytes = new SeededRandom(size).bytes(size)
    const hash = hashOf(bytes)
    expect((await ask('GET', hash)).status).toBe(404)
    expect(await agent.next('wanted')).toEqual({ type: 'wanted', hash })
    await put(bytes)
    expect(await agent.next('arrived')).toEqual({ type: 'arrived', hash })
    await put(bytes)
    const other = hashOf(bytes.subarray(1))
    await ask('GET', other)
    expect(await agent.next('wanted', 2)).toEqual({ type: 'wanted', hash: other })
    expect(agent.received.filter(({ type }) => type === 'arrived')).toHaveLength(1)
    agent.socket.close()
  },
)

test('BLOB-33 a list of more chunks than a file may have is refused, and the next request is served', async () => {
  const [part] = [{ hash: hashOf(small), size: small.length }]
  const parts = Array.from({ length: maxBlobParts + 1 }, () => part)
  const headers = { 'content-type': 'application/json' }
  const join = (body: unknown) =>
    ask('PUT', `${'0'.repeat(64)}/parts`, { body: JSON.stringify(body), headers })
  expect((await join({ parts })).status).toBe(400)
  expect((await join({ parts, more: 'x'.repeat(9 * megabyte) })).status).toBe(413)
  expect((await ask('GET', '0'.repeat(64))).status).toBe(404)
  expect((await put(small)).status).toBe(204)
})

test('BLOB-10 HC-165 viewers read, strangers and other vaults see nothing', async () => {
  await put(small)
  const viewer = await relay.join(await relay.invite(owner, 'viewer'))
  expect((await ask('GET', hashOf(small), { by: viewer })).status).toBe(200)
  expect((await put(large, { by: viewer })).status).toBe(403)
  const vault = 'z'.repeat(26)
  expect((await ask('GET', hashOf(small), { vault })).status).toBe(404)
  const stranger = { ...owner, token: 'x'.repeat(43) }
  expect((await ask('GET', hashOf(small), { by: stranger })).status).toBe(401)
})

test.each([20, megabyte])(
  'BLOB-61 %i bytes that rotted on the relay are not given out, and come back with the next upload',
  async (size) => {
    const bytes = new SeededRandom(10).bytes(size)
    const hash = hashOf(bytes)
    await put(bytes)
    const name = readdirSync(relay.folder, { recursive: true, encoding: 'utf8' })
    const file = join(relay.folder, name.find((path) => path.endsWith(hash)) ?? '')
    writeFileSync(file, readFileSync(file).fill(0, size / 2))
    await expect(ask('GET', hash)).rejects.toThrow()
    expect((await ask('GET', hash)).status).toBe(404)
    expect((await put(bytes)).status).toBe(204)
    expect((await ask('GET', hash)).bytes.equals(bytes)).toBe(true)
  },
)

test('BLOB-11 HC-164 an upload that ends early leaves no file, and the next one goes on', async () => {
  const bytes = new SeededRandom(9).bytes(6 * megabyte)
  const { hostname, port } = new URL(relay.url)
  const path = `/api/v1/vaults/${owner.vault.id}/blobs/${hashOf(bytes)}`
  const headers = { authorization: `Bearer ${owner.token}`, 'content-length': bytes.length }
  await new Promise<void>((resolve) => {
    const upload = request({ hostname, port, path, method: 'PUT', headers })
    upload.on('error', () => resolve())
    upload.write(bytes.subarray(0, 5 * megabyte), () => upload.destroy(new Error('cut')))
  })
  expect((await ask('GET', hashOf(bytes))).status).toBe(404)
  expect((await put(bytes)).status).toBe(204)
  expect((await ask('GET', hashOf(bytes))).bytes.equals(bytes)).toBe(true)
})
