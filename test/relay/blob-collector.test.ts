// What goes from the relay once a day, and what never does.
import { hash as hashOf } from 'node:crypto'
import { expect, test } from 'vitest'
import { BlobCollector } from '../../src/relay/blobs/collector.ts'
import { Blobs } from '../../src/relay/blobs/blobs.ts'
import { MemoryBlobStore } from '../../src/relay/store/memory-blob-store.ts'
import { captureUpdate, openDoc } from '../../src/shared/doc/note-doc.ts'
import { applyIndexEdits } from '../../src/shared/doc/vault-index.ts'
import {
  type BlobHash,
  type DeviceId,
  type VaultId,
  parseBlobHash,
  parseId,
} from '../../src/shared/ids.ts'
import { fileId, pathOf, someVault } from '../fakes/facts.ts'
import { ManualClock } from '../fakes/manual-clock.ts'
import { SeededRandom } from '../fakes/seeded-random.ts'
import { silentLogger } from '../fakes/silent-logger.ts'

const day = 86_400_000
const device = parseId<DeviceId>('d'.repeat(26)) ?? expect.unreachable()

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function given() {
  const clock = new ManualClock()
  const store = new MemoryBlobStore(() => clock.now())
  const blobs = new Blobs(store)
  const index = openDoc([])
  const updates: Uint8Array[] = []
  const docs = { read: async () => updates }
  const options = { blobs, store, docs, retentionMs: 30 * day, clock, log: silentLogger }
  const collector = new BlobCollector(options)
  const keep = async (seed: number, size: number): Promise<BlobHash> => {
    const bytes = new SeededRandom(seed).bytes(size)
    const hash = parseBlobHash(hashOf('sha256', bytes)) ?? expect.unreachable()
    await blobs.receive(someVault, hash, once(bytes))
    return hash
  }
  const name = (edits: Parameters<typeof applyIndexEdits>[1]): void => {
    updates.push(captureUpdate(index, () => applyIndexEdits(index, edits)))
  }
  const has = async (hash: BlobHash) => (await blobs.find(someVault, hash)) !== undefined
  return { clock, store, docs, blobs, collector, keep, name, has }
}

test('BLOB-32 what the index names stays, also of deleted files; the rest goes after 30 days without use', async () => {
  const { clock, blobs, collector, keep, name, has } = given()
  const [live, deleted, replaced, asked] = [
    await keep(1, 9_000_000),
    await keep(2, 10),
    await keep(3, 9_000_000),
    await keep(4, 20),
  ]
  const blob = (hash: BlobHash) => ({ hash, size: 1, mtime: 1 })
  const tombstone = { at: 1, by: device, seen: new Uint8Array([0]) }
  name([
    { type: 'blob', id: fileId(1), blob: blob(live) },
    { type: 'delete', id: fileId(2), tombstone: { ...tombstone, hash: deleted } },
  ])
  clock.advance(29 * day)
  await blobs.missing(someVault, [asked])
  await collector.collect()
  expect(await Promise.all([live, deleted, replaced, asked].map(has))).toEqual(Array(4).fill(true))
  clock.advance(2 * day)
  await collector.collect()
  expect(await Promise.all([live, deleted, replaced, asked].map(has))).toEqual([
    true,
    true,
    false,
    true,
  ])
})

test('BLOB-32 a vault whose index is not there loses nothing', async () => {
  const { clock, collector, keep, has } = given()
  const hash = await keep(5, 10)
  clock.advance(100 * day)
  await collector.collect()
  expect(await has(hash)).toBe(true)
})

test('BLOB-32 it happens by itself every day, and no more after the end', async () => {
  const { clock, collector, keep, name, has } = given()
  const hash = await keep(6, 10)
  name([{ type: 'folder', path: pathOf('f') }])
  collector.start()
  clock.advance(600_000)
  clock.advance(31 * day)
  await expect
    .poll(async () => {
      clock.advance(day)
      return await has(hash)
    })
    .toBe(false)
  const late = await keep(7, 10)
  await collector.stop()
  clock.advance(100 * day)
  expect(await has(late)).toBe(true)
})

test('BLOB-32 a vault whose index cannot be read keeps none of the others from it', async () => {
  const { clock, store, blobs, docs, has, keep } = given()
  const broken = parseId<VaultId>('b'.repeat(26)) ?? expect.unreachable()
  await blobs.receive(
    broken,
    parseBlobHash(hashOf('sha256', '')) ?? expect.unreachable(),
    once(new Uint8Array()),
  )
  const hash = await keep(7, 10)
  clock.advance(31 * day)
  const index = captureUpdate(openDoc([]), () => undefined)
  const read = async (vault: VaultId) => (vault === broken ? expect.unreachable() : [index])
  const options = {
    blobs,
    store,
    docs: { ...docs, read },
    retentionMs: 30 * day,
    clock,
    log: silentLogger,
  }
  await new BlobCollector(options).collect()
  expect(await has(hash)).toBe(false)
})
