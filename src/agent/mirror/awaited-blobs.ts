// Files that can be written once their bytes are here.
import type { BlobHash, FileId } from '../../shared/ids.ts'

/** Which files wait for bytes that are on their way; each for one version of itself. */
export class AwaitedBlobs {
  readonly #waiting = new Map<BlobHash, Set<FileId>>()
  readonly #hashes = new Map<FileId, BlobHash>()

  add(hash: BlobHash, id: FileId): void {
    this.keepOnly(id, hash)
    this.#hashes.set(id, hash)
    const ids = this.#waiting.get(hash)
    if (ids === undefined) this.#waiting.set(hash, new Set([id]))
    else ids.add(id)
  }

  /** The file waits for no other bytes than these any more; for none where that is undefined. */
  keepOnly(id: FileId, hash: BlobHash | undefined): void {
    const former = this.#hashes.get(id)
    if (former === undefined || former === hash) return
    this.#hashes.delete(id)
    const ids = this.#waiting.get(former)
    ids?.delete(id)
    if (ids?.size === 0) this.#waiting.delete(former)
  }

  /** Files that wait for these bytes, or did: they may wait for others by now. */
  waitingFor(hash: BlobHash): Iterable<FileId> {
    return this.#waiting.get(hash) ?? []
  }

  take(hash: BlobHash): Iterable<FileId> {
    const ids = this.#waiting.get(hash) ?? []
    this.#waiting.delete(hash)
    for (const id of ids) this.#hashes.delete(id)
    return ids
  }
}
