// A file's bytes from the relay: only the chunks that are not on this disk, several at a time, each checked.
import { createHash } from 'node:crypto'
import { type BlobPart, sizeOfParts } from '../../shared/blob/parts.ts'
import { maxChunkBytes } from '../../shared/blob/cut.ts'
import { AppError } from '../../shared/errors.ts'
import type { BlobHash } from '../../shared/ids.ts'
import { blobHashOf } from './fingerprint.ts'
import { inParallel } from './in-parallel.ts'
import { type Placed, placed } from './placed.ts'
import type { RemoteBlobs } from './remote-blobs.ts'
import { chunksAtOnce } from './upload.ts'

/** Where the bytes go: a file that may hold some of them from a time before. */
export interface Target {
  /** Reads `size` bytes at `at`; fewer where there are none. */
  read(at: number, size: number): Promise<Uint8Array>
  write(at: number, bytes: Uint8Array): Promise<void>
}

export type DownloadOptions = {
  readonly remote: RemoteBlobs
  readonly hash: BlobHash
  /** Bytes, as the index says. */
  readonly size: number
  readonly target: Target
  /** A chunk that this device has in another file; undefined, or other bytes, when it has not. */
  readonly local: (part: Placed) => Promise<Uint8Array | undefined>
  readonly signal: AbortSignal
  /** Called with the size of each chunk that is in the target from now on. */
  readonly onReceived: (bytes: number) => void
}

/**
 * Resolves when the target holds exactly the file. Throws what `remote` throws, and `hash-mismatch` when the
 * relay's chunks are not those of this hash and size.
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { remote, hash, size, signal } = options
  const parts = size <= maxChunkBytes ? whole(hash, size) : await remote.partsOf(hash, signal)
  if (sizeOfParts(parts) !== size || parts.some((part) => part.size > maxChunkBytes)) throw lie()
  const all = placed(parts)
  await inParallel(all, chunksAtOnce, signal, (part, running) =>
    fetchOne({ ...options, signal: running }, part),
  )
  if (parts.length !== 1) await checkWhole(options, all)
}

function whole(hash: BlobHash, size: number): readonly BlobPart[] {
  return size === 0 ? [] : [{ hash, size }]
}

async function fetchOne(options: DownloadOptions, part: Placed): Promise<void> {
  const { remote, target, local, signal, onReceived } = options
  const { hash, size, at } = part
  const isIt = (bytes: Uint8Array): boolean => bytes.length === size && blobHashOf(bytes) === hash
  if (!isIt(await target.read(at, size))) {
    const here = await local(part)
    const isHere = here !== undefined && isIt(here)
    const bytes = isHere ? here : await remote.get(hash, size, signal)
    if (!isHere && !isIt(bytes)) throw lie()
    await target.write(at, bytes)
  }
  onReceived(size)
}

/** Chunks that are right one by one may still be those of another file. */
async function checkWhole(options: DownloadOptions, parts: readonly Placed[]): Promise<void> {
  const { target, hash, signal } = options
  const digest = createHash('sha256')
  for (const { at, size } of parts) {
    signal.throwIfAborted()
    digest.update(await target.read(at, size))
  }
  if (digest.digest('hex') !== hash) throw lie()
}

function lie(): AppError {
  return new AppError('hash-mismatch', 'what the relay has is not the file that the vault names')
}
