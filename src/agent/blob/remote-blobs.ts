// Port: the binary files that the relay keeps for the vault. All calls throw `AppError`s, or what `signal` was
// aborted with.
import type { BlobPart } from '../../shared/blob/parts.ts'
import type { BlobHash } from '../../shared/ids.ts'

export interface RemoteBlobs {
  /** Which of these, at most `maxHashesAtOnce`, the relay has not; it keeps the others at hand. */
  missing(hashes: readonly BlobHash[], signal: AbortSignal): Promise<readonly BlobHash[]>
  /** Sends a chunk, which the relay has for good when it resolves. Throws `hash-mismatch` for other bytes. */
  put(hash: BlobHash, bytes: Uint8Array, signal: AbortSignal): Promise<void>
  /** Has the relay put a file together; returns which chunks it lacks, and then it has not. */
  join(
    hash: BlobHash,
    parts: readonly BlobPart[],
    signal: AbortSignal,
  ): Promise<readonly BlobHash[]>
  /** Of what chunks the file is made, says the relay. */
  partsOf(hash: BlobHash, signal: AbortSignal): Promise<readonly BlobPart[]>
  /** What the relay has under this hash, at most `maxBytes` of it. */
  get(hash: BlobHash, maxBytes: number, signal: AbortSignal): Promise<Uint8Array>
}
