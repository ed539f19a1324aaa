// Requests for bytes, as the app takes them.
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { someVault } from '../../../test/fakes/facts.ts'
import { silentLogger } from '../../../test/fakes/silent-logger.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import { type BlobHash, type DeviceId, type VaultId, parseBlobHash } from '../../shared/ids.ts'
import { maxBlobParts } from '../../shared/limits.ts'
import { Blobs } from '../blobs/blobs.ts'
import { MemoryBlobStore } from '../store/memory-blob-store.ts'
import { addBlobs } from './blobs.ts'
import { problemResponse } from './problem.ts'
import type { Env } from './requests.ts'

const chunk = new TextEncoder().encode('x')
const hashOf = (bytes: Uint8Array): BlobHash =>
  parseBlobHash(createHash('sha256').update(bytes).digest('hex')) ?? expect.unreachable()
const part = { hash: hashOf(chunk), size: chunk.length }
const listed = hashOf(new Uint8Array(9))

class CountingStore extends MemoryBlobStore {
  lists = 0
  isOver = false

  override async partsOf(vault: VaultId, hash: BlobHash) {
    this.lists += 1
    return await super.partsOf(vault, hash)
  }

  /** Each chunk takes as long as a look at a disk. */
  override async *read(...range: Parameters<MemoryBlobStore['read']>): AsyncGenerator<Uint8Array> {
    await stat('.')
    if (this.isOver) throw new AppError('storage', 'the test is over')
    yield* super.read(...range)
  }
}

/** Who asks is who the token says. */
async function newRelay() {
  const store = new CountingStore(() => 0)
  await store.put(someVault, part.hash, chunk)
  await store.putParts(someVault, listed, [part, part])
  const app = new Hono<Env>()
  app.onError((thrown) => problemResponse(toAppError(thrown)))
  const common = { vault: someVault, name: '', tokenHash: '', inviteHash: '' }
  addBlobs(app, {
    authenticate: async (token = '') => ({
      ...{ ...common, id: token as DeviceId, role: 'editor' },
      ...{ createdAt: 0, hasWritten: true },
    }),
    clientAddress: () => '',
    blobs: new Blobs(store),
    log: silentLogger,
    onLacking: () => undefined,
    onArrived: () => undefined,
  })
  const ask = (device: string, method: string, path: string, body?: unknown) => {
    const socket = new Socket()
    const outgoing = new ServerResponse(new IncomingMessage(socket))
    outgoing.assignSocket(socket)
    const url = `/api/v1/vaults/${someVault}/blobs/${path}`
    const headers = { authorization: `Bearer ${device}` }
    const content = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = app.request(url, { method, headers, ...content }, { outgoing })
    return { socket, status: Promise.resolve(response).then(({ status }) => status) }
  }
  return { store, ask }
}

test.each(['', '/parts'])(
  'BLOB-90 who asks for more than it may have under way is refused before a list is read: GET :hash%s',
  async (path) => {
    const { store, ask } = await newRelay()
    for (let n = 0; n < 32; n++) expect(await ask('a', 'GET', listed + path).status).toBe(200)
    expect(store.lists).toBe(32)
    expect(await ask('a', 'GET', listed + path).status).toBe(429)
    expect(store.lists).toBe(32)
    expect(await ask('b', 'GET', listed + path).status).toBe(200)
  },
)

test('BLOB-91 what is put together for somebody who has gone keeps nobody else waiting', async () => {
  const { store, ask } = await newRelay()
  const parts = Array<typeof part>(maxBlobParts).fill(part)
  const join = (device: string) => ask(device, 'PUT', `${listed}/parts`, { parts })
  const gone = [join('a'), join('a')]
  const there = [join('b'), join('b')]
  for (const { socket } of gone) socket.destroy()
  const two = hashOf(new TextEncoder().encode('xx'))
  const waiting = ask('c', 'PUT', `${two}/parts`, { parts: [part, part] })
  expect(await waiting.status).toBe(200)
  const ended = await Promise.race(gone.map(({ status }) => status))
  expect(ended).toBe(503)
  store.isOver = true
  await Promise.all([...gone, ...there].map(({ status }) => status))
})

test('BLOB-91 where nobody waits it is put together all the same', async () => {
  const { store, ask } = await newRelay()
  const two = hashOf(new TextEncoder().encode('xx'))
  const { socket, status } = ask('a', 'PUT', `${two}/parts`, { parts: [part, part] })
  socket.destroy()
  expect(await status).toBe(200)
  expect(await store.partsOf(someVault, two)).toHaveLength(2)
})
