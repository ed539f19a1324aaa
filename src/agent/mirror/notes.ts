// The one owner of every document: loads them from the store on demand, lets them go again, and is the
// only place where a document changes.
import { LRUCache } from 'lru-cache'
import * as Y from 'yjs'
import { type DocId, type FileId, INDEX } from '../../shared/ids.ts'
import { docDigest } from '../../shared/doc/digest.ts'
import {
  bytesOf,
  captureUpdate,
  editNote,
  emptyUpdate,
  isEmptyUpdate,
  noteText,
  openDoc,
  seedText,
} from '../../shared/doc/note-doc.ts'
import type { Origin } from '../../shared/doc/origins.ts'
import { covers } from '../../shared/doc/state-vector.ts'
import { maxStateBytes } from '../../shared/limits.ts'
import type { Splice } from '../../shared/text/splice.ts'
import type { LocalStore } from '../store/local-store.ts'
import type { Ledger } from './ledger.ts'

/** Documents kept in memory at rest. Their size follows their history, not their text. */
const docsAtRest = 128
/** While much happens at once more are kept, so that none is loaded again for what comes next. */
const docsAtMost = 1_024
/** Of their updates, as they were when the documents were loaded. */
const docsAtMostBytes = 32 * 1024 * 1024
/** First contents that wait to be opened: most are only written to disk, and many come before their place. */
const firstsAtMostBytes = 4 * 1024 * 1024

export class Notes {
  readonly #store: LocalStore
  readonly #ledger: Ledger
  readonly #clientId: number
  readonly #cache = new LRUCache<FileId, Promise<Y.Doc>>({
    max: docsAtMost,
    maxSize: docsAtMostBytes,
  })
  readonly #firsts = new LRUCache<FileId, Uint8Array>({
    maxSize: firstsAtMostBytes,
    sizeCalculation: ({ length }) => length + 100,
  })
  #index: Promise<Y.Doc> | undefined

  constructor(store: LocalStore, ledger: Ledger, clientId: number) {
    this.#store = store
    this.#ledger = ledger
    this.#clientId = clientId
  }

  /** The live document, with everything that the log says. */
  open(doc: DocId): Promise<Y.Doc> {
    if (doc === INDEX) {
      this.#index ??= this.#load(INDEX)
      return this.#index
    }
    const known = this.#cache.get(doc)
    if (known !== undefined) return known
    let size = 1
    const opening = this.#readAll(doc).then((updates) => {
      size = weightOf(updates)
      return openDoc(updates, this.#clientId)
    })
    this.#cache.set(doc, opening, { size })
    const letGo = () => this.#cache.peek(doc) === opening && this.#cache.delete(doc)
    opening.then(
      () => letGo() && this.#cache.set(doc, opening, { size }),
      () => letGo(),
    )
    return opening
  }

  /** A note that only goes to disk costs no document. */
  async text(id: FileId): Promise<string> {
    const first = this.#first(id)
    const text = first === undefined ? undefined : seedText(first)
    if (text === undefined) return noteText(await this.open(id))
    this.#firsts.delete(id)
    return text
  }

  /** The document's text as it was at log position `at`. */
  async textAt(id: FileId, at: number): Promise<string> {
    return at === this.#ledger.head(id) ? this.text(id) : noteText(await this.#load(id, at))
  }

  /** The exact text of the file's base. */
  async baseText(id: FileId): Promise<string> {
    const { base } = this.#ledger.facts(id)
    if (base === undefined) return ''
    if (base.merged) return this.textAt(id, base.at)
    await this.#ledger.flush()
    return (await this.#store.readBaseText(id)) ?? ''
  }

  /** Merges what came from elsewhere. False when there was nothing new in it. */
  async merge(doc: DocId, update: Uint8Array): Promise<boolean> {
    if (this.#ledger.head(doc) === 0) {
      this.adopt(doc, update)
      if (doc !== INDEX) this.#firsts.set(doc, update)
      return true
    }
    const live = await this.open(doc)
    const origin: Origin = 'remote'
    const news = captureUpdate(live, () => Y.applyUpdate(live, update, origin))
    const isPending = live.store.pendingStructs !== null || live.store.pendingDs !== null
    if (isEmptyUpdate(news) && !isPending) return false
    this.#ledger.append(doc, isPending ? update : news, false)
    return true
  }

  /** Writes a local edit; returns the update to send. */
  async edit(id: FileId, splices: readonly Splice[]): Promise<Uint8Array> {
    const update = editNote(await this.open(id), splices, 'disk')
    this.#ledger.append(id, update, true)
    return update
  }

  /** An edit that changes nothing: another time goes with it. Returns the update to send. */
  touch(id: FileId): Uint8Array {
    const update = emptyUpdate()
    this.#ledger.append(id, update, true)
    return update
  }

  /** Changes the index in one transaction; returns the update to send, undefined if nothing changed. */
  async editIndex(change: (index: Y.Doc) => void): Promise<Uint8Array | undefined> {
    const index = await this.open(INDEX)
    const origin: Origin = 'disk'
    const update = captureUpdate(index, () => index.transact(() => change(index), origin))
    if (isEmptyUpdate(update)) return undefined
    this.#ledger.append(INDEX, update, true)
    return update
  }

  /** Lets documents go that were used long ago. */
  rest(): void {
    while (this.#cache.size > docsAtRest) void this.#cache.pop()
  }

  /** Takes over the first content of a document; a note is loaded when somebody asks for it. */
  adopt(doc: DocId, update: Uint8Array): void {
    if (doc === INDEX) this.#index = Promise.resolve(openDoc([update], this.#clientId))
    else this.#cache.delete(doc)
    this.#ledger.append(doc, update, false)
  }

  /**
   * Everything that the relay has not acknowledged, as one update: the whole document where that is smaller,
   * since deleted text is not in it.
   */
  async unackedUpdate(doc: DocId): Promise<Uint8Array> {
    await this.#ledger.flushLog(doc)
    const wanted = new Set(this.#ledger.unacked(doc))
    const log = await this.#store.readLog(doc)
    const updates = log.filter(({ at }) => wanted.has(at)).map(({ update }) => update)
    const isMuch = bytesOf(updates) > maxStateBytes
    return isMuch ? Y.encodeStateAsUpdate(await this.open(doc)) : Y.mergeUpdates(updates)
  }

  /** Treats the whole log as not acknowledged: the relay may have lost parts of it. */
  async markUnacked(doc: DocId): Promise<void> {
    await this.#ledger.flushLog(doc)
    const log = await this.#store.readLog(doc)
    this.#ledger.setUnacked(
      doc,
      log.map(({ at }) => at),
    )
  }

  async stateVector(doc: DocId): Promise<Uint8Array> {
    return Y.encodeStateVector(await this.open(doc))
  }

  async digest(doc: DocId): Promise<Uint8Array> {
    return docDigest(await this.open(doc))
  }

  /** Whether the document holds writing that a deleter at state vector `seen` did not know. */
  async isBeyond(id: FileId, seen: Uint8Array): Promise<boolean> {
    return !covers(seen, await this.stateVector(id))
  }

  async holdsWritingOf(id: FileId, clientId: number): Promise<boolean> {
    return Y.decodeStateVector(await this.stateVector(id)).has(clientId)
  }

  /** The state vector of the file's base: what somebody who deletes the file here has seen. */
  async seenAtBase(id: FileId): Promise<Uint8Array> {
    const at = this.#ledger.facts(id).base?.at ?? 0
    if (at === this.#ledger.head(id)) return this.stateVector(id)
    return Y.encodeStateVector(await this.#load(id, at))
  }

  /** Merges a log into one entry where no base, earlier base, intent or unsent edit points into it. */
  async compact(doc: DocId): Promise<void> {
    if (this.#ledger.unacked(doc).length > 0) return
    if (doc !== INDEX) {
      const { base, earlier, intent, head } = this.#ledger.facts(doc)
      if (base?.at !== head || !base.merged || earlier.length > 0 || intent !== undefined) return
    }
    const live = await this.open(doc)
    if (live.store.pendingStructs === null) this.#ledger.compact(doc, Y.encodeStateAsUpdate(live))
  }

  async #readAll(id: FileId): Promise<Uint8Array[]> {
    const first = this.#first(id)
    this.#firsts.delete(id)
    return first === undefined ? await this.#readLog(id, this.#ledger.head(id)) : [first]
  }

  /** Before `open` nothing can have changed the document, so its first content is all of it. */
  #first(id: FileId): Uint8Array | undefined {
    return this.#ledger.head(id) === 1 ? this.#firsts.get(id) : undefined
  }

  async #load(doc: DocId, upTo = this.#ledger.head(doc)): Promise<Y.Doc> {
    const updates = await this.#readLog(doc, upTo)
    return openDoc(updates, upTo === this.#ledger.head(doc) ? this.#clientId : undefined)
  }

  async #readLog(doc: DocId, upTo: number): Promise<Uint8Array[]> {
    if (upTo === 0) return []
    await this.#ledger.flushLog(doc)
    const log = await this.#store.readLog(doc)
    return log.filter(({ at }) => at <= upTo).map(({ update }) => update)
  }
}

/** The largest has the place of all others. */
function weightOf(updates: readonly Uint8Array[]): number {
  return Math.min(Math.max(bytesOf(updates), 1), docsAtMostBytes)
}
