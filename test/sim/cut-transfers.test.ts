// What a transfer that is cut in the middle of its bytes leaves at the relay.
import { expect, test } from 'vitest'
import { blobHashOf } from '../../src/agent/blob/fingerprint.ts'
import { Blobs } from '../../src/relay/blobs/blobs.ts'
import { MemoryBlobStore } from '../../src/relay/store/memory-blob-store.ts'
import { AppError } from '../../src/shared/errors.ts'
import { someVault } from '../fakes/facts.ts'
import { MemoryRemote } from '../fakes/memory-remote.ts'

test('BLOB-11 of bytes that were cut off on their way the relay has none, until all of them come', async () => {
  const bytes = Buffer.alloc(50_000, 'picture')
  const hash = blobHashOf(bytes)
  const blobs = new Blobs(new MemoryBlobStore(() => 0))
  const cut = new AppError('unreachable', 'cut')
  const broken = new MemoryRemote(blobs, () => Promise.reject(cut))
  await expect(broken.put(hash, bytes)).rejects.toBe(cut)
  expect(await blobs.find(someVault, hash)).toBeUndefined()
  await new MemoryRemote(blobs).put(hash, bytes)
  expect(await blobs.find(someVault, hash)).toMatchObject({ size: bytes.length })
})
