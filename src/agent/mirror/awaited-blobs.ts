// Files that can be written once their bytes are here.
import type { BlobHash, FileId } from '../../shared/ids.ts'

/** Which files wait for bytes that are on their way. */
export class AwaitedBlobs {
  readonly #waiting = new Map<BlobHash, Set<FileId>>()

  add(hash: BlobHash, id: FileId): void {
    const ids = this.#waiting.get(hash)
    if (ids === undefined) this.#waiting.set(hash, new Set([id]))
    else ids.add(id)
  }

  /** Files that wait for these bytes, or did: they may wait for others by now. */
  waitingFor(hash: BlobHash): Iterable<FileId> {
    return this.#waiting.get(hash) ?? []
  }

  take(hash: BlobHash): Iterable<FileId> {
    const ids = this.#waiting.get(hash) ?? []
    this.#waiting.delete(hash)
    return ids
  }
}
