// The documents a hub has in memory: the ones used last, bounded in number and bytes.
import { LRUCache } from 'lru-cache'
import type * as Y from 'yjs'
import type { DocId } from '../../shared/ids.ts'
import { openDoc } from '../../shared/doc/note-doc.ts'

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

  get(id: DocId): Loaded | undefined {
    return this.#cache.get(id)
  }

  /** Loads a document from its stored updates. One too large for the cache is used once. */
  load(id: DocId, updates: readonly Uint8Array[]): Loaded {
    const bytes = updates.reduce((sum, { length }) => sum + length, 0)
    const firstBytes = updates[0]?.length ?? 0
    const loaded = { doc: openDoc(updates), updates: updates.length, bytes, firstBytes }
    this.#cache.set(id, loaded)
    return loaded
  }

  /** Tells that `loaded` holds one more update. */
  grew(id: DocId, loaded: Loaded, bytes: number): void {
    if (loaded.updates === 0) loaded.firstBytes = bytes
    loaded.updates += 1
    loaded.bytes += bytes
    if (this.#cache.peek(id) === loaded) this.#cache.set(id, loaded)
  }

  drop(id: DocId): void {
    this.#cache.delete(id)
  }

  clear(): void {
    this.#cache.clear()
  }
}
