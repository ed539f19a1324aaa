// The documents a hub has in memory: the ones used last, bounded in number and bytes.
import { LRUCache } from 'lru-cache'
import type * as Y from 'yjs'
import type { DocId } from '../../shared/ids.ts'
import { bytesOf, openDoc } from '../../shared/doc/note-doc.ts'
import { type FullDocument, isOverfull } from './full-document.ts'

/** A loaded document and how much the store holds of it; `firstBytes` is the oldest update's part. */
export type Loaded = { doc: Y.Doc; updates: number; bytes: number; firstBytes: number }

const maxDocuments = 200
const maxBytes = 48 * 1024 * 1024
/** An edited note takes about 15 times its stored bytes in memory (spike.md 1). */
const memoryPerStoredByte = 15
const memoryPerDocument = 8 * 1024

export class DocumentCache {
  readonly #cache = new LRUCache<DocId, Loaded>({
    max: maxDocuments,
    maxSize: maxBytes,
    sizeCalculation: ({ bytes }) => memoryPerDocument + memoryPerStoredByte * bytes,
  })
  /** Those to which nothing was added since an edit had no room. */
  readonly #full = new LRUCache<DocId, FullDocument>({ max: maxDocuments })

  get(id: DocId): Loaded | undefined {
    return this.#cache.get(id)
  }

  /** Loads a document from its stored updates. One too large for the cache is used once. */
  load(id: DocId, updates: readonly Uint8Array[]): Loaded {
    const bytes = bytesOf(updates)
    const firstBytes = updates[0]?.length ?? 0
    const loaded = { doc: openDoc(updates), updates: updates.length, bytes, firstBytes }
    this.#cache.set(id, loaded)
    return loaded
  }

  /** Tells that `loaded` holds one more update. */
  grew(id: DocId, loaded: Loaded, bytes: number): void {
    this.#full.delete(id)
    if (loaded.updates === 0) loaded.firstBytes = bytes
    loaded.updates += 1
    loaded.bytes += bytes
    if (this.#cache.peek(id) === loaded) this.#cache.set(id, loaded)
  }

  drop(id: DocId): void {
    this.#cache.delete(id)
    this.#full.delete(id)
  }

  /** Drops a copy that holds an edit for which there was no room. `full` is the document without it. */
  dropFull(id: DocId, full: FullDocument): void {
    this.#cache.delete(id)
    this.#full.set(id, full)
  }

  /** False when that is not known without loading the document. */
  hasNoRoomFor(id: DocId, update: Uint8Array): boolean {
    const full = this.#full.get(id)
    return full !== undefined && isOverfull(full, update)
  }

  clear(): void {
    this.#cache.clear()
    this.#full.clear()
  }
}
