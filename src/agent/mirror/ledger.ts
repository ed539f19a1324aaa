// Everything the agent remembers of the vault's files, in memory and as changes for the store.
// Changes collect until `flush`, which must come before any effect that relies on them.
import { type AppError, toAppError } from '../../shared/errors.ts'
import { type DocId, type FileId, INDEX } from '../../shared/ids.ts'
import { type VaultPath, isUnder, parentOf } from '../../shared/vault-path.ts'
import {
  type Base,
  type EarlierBase,
  type FileFacts,
  type FileStat,
  changedAtMs,
  inodeKey,
  noFacts,
} from '../core/facts.ts'
import type { LocalStore, StoreChange } from '../store/local-store.ts'

type LogFacts = { readonly head: number; readonly unacked: readonly number[] }

/** A log that grew by so many entries, or bytes, is worth merging into one. */
const longLog = { entries: 64, bytes: 8 * 1024 * 1024 }

export class Ledger {
  readonly #store: LocalStore
  readonly #files = new Map<FileId, FileFacts>()
  readonly #byPath = new Map<VaultPath, FileId>()
  /** Paths in `#byPath` by the folder they are in; '' is the vault's own. */
  readonly #inFolder = new Map<VaultPath | '', Set<VaultPath>>()
  readonly #byInode = new Map<string, FileId>()
  /** Binary files only. */
  readonly #byHash = new Map<string, Set<FileId>>()
  readonly #unackedDocs = new Set<DocId>()
  #changed = new Set<FileId>()
  #grown = new Set<DocId>()
  #displaced = new Set<FileId>()
  /** What was added to logs in this session and not compacted since. */
  readonly #growth = new Map<DocId, { readonly entries: number; readonly bytes: number }>()
  /** Those of them that are worth it: asked for after every turn, so not looked for among all. */
  readonly #long = new Set<DocId>()
  #folders = new Set<VaultPath>()
  #areFoldersChanged = false
  #pending: StoreChange[] = []
  #index: LogFacts = { head: 0, unacked: [] }
  #failure: AppError | undefined
  /** The last commit; it is durable only after all before it. */
  #committed: Promise<void> = Promise.resolve()
  #epoch = ''
  #cursor = 0

  constructor(store: LocalStore) {
    this.#store = store
  }

  async open(): Promise<void> {
    const stored = await this.#store.open()
    this.#epoch = stored.epoch
    this.#cursor = stored.cursor
    this.#index = stored.index
    this.#folders = new Set(stored.folders)
    this.#trackUnacked(INDEX, stored.index.unacked)
    for (const facts of stored.files) {
      const holder = facts.base === undefined ? undefined : this.at(facts.base.path)
      this.#files.set(facts.id, facts)
      this.#link(facts)
      if (holder !== undefined && changedLast(holder, facts)) this.#link(holder)
    }
  }

  get epoch(): string {
    return this.#epoch
  }

  get cursor(): number {
    return this.#cursor
  }

  setCursor(epoch: string, cursor: number): void {
    if (epoch === this.#epoch && cursor === this.#cursor) return
    this.#epoch = epoch
    this.#cursor = cursor
    this.#pending.push({ type: 'cursor', epoch, cursor })
  }

  /** Folders that were both named by the index and on this disk. */
  get folders(): ReadonlySet<VaultPath> {
    return this.#folders
  }

  agreeFolder(path: VaultPath): void {
    if (this.#folders.has(path)) return
    this.#folders.add(path)
    this.#areFoldersChanged = true
  }

  forgetFolder(path: VaultPath): void {
    if (this.#folders.delete(path)) this.#areFoldersChanged = true
  }

  files(): Iterable<FileFacts> {
    return this.#files.values()
  }

  facts(id: FileId): FileFacts {
    return this.#files.get(id) ?? noFacts(id)
  }

  /** Where the file of a known note is on this disk. */
  pathOf(doc: DocId): VaultPath | undefined {
    return doc === INDEX ? undefined : this.facts(doc).base?.path
  }

  /** When a note's newest content was written, in microseconds; 0 where nobody has said, and for the index. */
  mtime(doc: DocId): number {
    return doc === INDEX ? 0 : (this.facts(doc).mtime ?? 0)
  }

  /** The file whose base is at `path` on this disk. */
  at(path: VaultPath): FileFacts | undefined {
    const id = this.#byPath.get(path)
    return id === undefined ? undefined : this.#files.get(id)
  }

  /** The file whose base was this inode when it was last seen. */
  withInode(stat: FileStat): FileFacts | undefined {
    const id = this.#byInode.get(inodeKey(stat))
    return id === undefined ? undefined : this.#files.get(id)
  }

  /** Binary files that are made of these bytes. */
  withHash(hash: string): Base[] {
    return [...(this.#byHash.get(hash) ?? [])].flatMap((id) => this.facts(id).base ?? [])
  }

  /** The file of which this inode was the base once, wherever it is by now, and what it held then. */
  withEarlier(stat: FileStat): { id: FileId; earlier: EarlierBase } | undefined {
    const inode = inodeKey(stat)
    for (const { id, earlier } of this.#files.values()) {
      const found = earlier.findLast((some) => some.inode === inode)
      if (found !== undefined) return { id, earlier: found }
    }
    return undefined
  }

  /** How many files this disk has that are in step or were. */
  get placed(): number {
    return this.#byPath.size
  }

  /** Where they are: at or below `folder`, or anywhere in the vault. */
  *paths(folder?: VaultPath): Generator<VaultPath> {
    if (folder === undefined) return yield* this.#byPath.keys()
    if (this.#byPath.has(folder)) yield folder
    for (const [inner, paths] of this.#inFolder) {
      if (inner === folder || (inner !== '' && isUnder(inner, folder))) yield* paths
    }
  }

  /** Files whose base's path came to hold another file: they are gone from there. */
  takeDisplaced(): FileId[] {
    const displaced = [...this.#displaced].filter((id) => this.displacedFrom(id) !== undefined)
    this.#displaced = new Set()
    return displaced
  }

  /** The path of the file's base, where that came to hold another file. */
  displacedFrom(id: FileId): VaultPath | undefined {
    const path = this.pathOf(id)
    return path === undefined || this.#byPath.get(path) === id ? undefined : path
  }

  /** Only a new base takes a path: what is heard of a displaced file gives it no place. */
  change(id: FileId, change: Partial<Omit<FileFacts, 'id'>>): FileFacts {
    const before = this.facts(id)
    const after: FileFacts = { ...before, ...change }
    this.#files.set(id, after)
    this.#trackUnacked(id, after.unacked)
    if (after.base !== before.base) {
      this.#unlink(before)
      this.#link(after)
    }
    this.#changed.add(id)
    return after
  }

  /**
   * `text` is the base's own text where it is not the document's (`merged` false). What `base` does not say of the
   * file's attributes stays as it was.
   */
  setBase(id: FileId, base: Base, text?: string): void {
    if (!base.merged || this.facts(id).base?.merged === false) {
      this.#pending.push({ type: 'base-text', id, text: base.merged ? undefined : text })
    }
    const before = this.facts(id).base
    const attributes = { mode: base.mode ?? before?.mode, mtime: base.mtime ?? before?.mtime }
    const done = { intent: undefined, leaving: undefined, offer: undefined }
    this.change(id, { base: { ...base, ...attributes }, ...done })
  }

  /** We take it nowhere any more. */
  stays(id: FileId): void {
    if (this.facts(id).leaving !== undefined) this.change(id, { leaving: undefined })
  }

  dropBase(id: FileId): void {
    this.change(id, { base: undefined, intent: undefined, leaving: undefined })
  }

  /** Last position of the document's log. */
  head(doc: DocId): number {
    return this.#log(doc).head
  }

  unacked(doc: DocId): readonly number[] {
    return this.#log(doc).unacked
  }

  /** Documents with edits that the relay has not acknowledged as durable. */
  unackedDocs(): ReadonlySet<DocId> {
    return this.#unackedDocs
  }

  setUnacked(doc: DocId, unacked: readonly number[]): void {
    this.#setLog(doc, { head: this.head(doc), unacked })
  }

  /** Adds `update` to the document's log; `isOurs` until the relay has acknowledged it. */
  append(doc: DocId, update: Uint8Array, isOurs: boolean): number {
    const log = this.#log(doc)
    const at = log.head + 1
    this.#pending.push({ type: 'append', doc, at, update })
    this.#grown.add(doc)
    this.#grow(doc, update.length)
    this.#setLog(doc, { head: at, unacked: isOurs ? [...log.unacked, at] : log.unacked })
    return at
  }

  /** Documents whose log has grown much and was not compacted since. */
  long(): DocId[] {
    return [...this.#long]
  }

  /** Replaces the document's log up to its head by `update`. */
  compact(doc: DocId, update: Uint8Array): void {
    this.#growth.delete(doc)
    this.#long.delete(doc)
    this.#pending.push({ type: 'compact', doc, upTo: this.head(doc), update })
  }

  /** Makes the document's log in the store complete. */
  async flushLog(doc: DocId): Promise<void> {
    await (this.#grown.has(doc) ? this.flush() : this.#committed)
  }

  /**
   * Makes everything so far durable, also what another flush has taken along. Throws when the store cannot,
   * and from then on always: what later changes rest on is missing, so only a new session may go on.
   */
  async flush(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    const changes = this.#pending
    for (const id of this.#changed) changes.push({ type: 'facts', facts: this.facts(id) })
    if (this.#areFoldersChanged) changes.push({ type: 'folders', folders: [...this.#folders] })
    this.#pending = []
    this.#areFoldersChanged = false
    this.#changed = new Set()
    this.#grown = new Set()
    if (changes.length > 0) this.#committed = this.#commit(changes)
    await this.#committed
  }

  async #commit(changes: readonly StoreChange[]): Promise<void> {
    try {
      await this.#store.commit(changes)
    } catch (thrown) {
      this.#failure = toAppError(thrown, 'storage')
      throw this.#failure
    }
  }

  #grow(doc: DocId, more: number): void {
    const before = this.#growth.get(doc)
    const [entries, bytes] = [(before?.entries ?? 0) + 1, (before?.bytes ?? 0) + more]
    this.#growth.set(doc, { entries, bytes })
    if (entries >= longLog.entries || bytes >= longLog.bytes) this.#long.add(doc)
  }

  #log(doc: DocId): LogFacts {
    return doc === INDEX ? this.#index : this.facts(doc)
  }

  #setLog(doc: DocId, log: LogFacts): void {
    if (doc !== INDEX) {
      this.change(doc, log)
      return
    }
    this.#index = log
    this.#trackUnacked(INDEX, log.unacked)
    this.#pending.push({ type: 'index', ...log })
  }

  #link(facts: FileFacts): void {
    this.#trackUnacked(facts.id, facts.unacked)
    if (facts.base === undefined) return
    const other = this.#byPath.get(facts.base.path)
    if (other !== undefined && other !== facts.id) this.#displaced.add(other)
    this.#place(facts.base.path, facts.id)
    this.#byInode.set(inodeKey(facts.base.stat), facts.id)
    if (facts.base.kind === 'binary') this.#share(facts.base.hash).add(facts.id)
  }

  #unlink({ id, base }: FileFacts): void {
    if (base === undefined) return
    if (this.#byPath.get(base.path) === id) this.#unplace(base.path)
    const inode = inodeKey(base.stat)
    if (this.#byInode.get(inode) === id) this.#byInode.delete(inode)
    const sharing = this.#byHash.get(base.hash)
    sharing?.delete(id)
    if (sharing?.size === 0) this.#byHash.delete(base.hash)
  }

  #share(hash: string): Set<FileId> {
    const sharing = this.#byHash.get(hash) ?? new Set()
    this.#byHash.set(hash, sharing)
    return sharing
  }

  #place(path: VaultPath, id: FileId): void {
    this.#byPath.set(path, id)
    const folder = parentOf(path) ?? ''
    const paths = this.#inFolder.get(folder)
    if (paths === undefined) this.#inFolder.set(folder, new Set([path]))
    else paths.add(path)
  }

  #unplace(path: VaultPath): void {
    this.#byPath.delete(path)
    const folder = parentOf(path) ?? ''
    const paths = this.#inFolder.get(folder)
    paths?.delete(path)
    if (paths?.size === 0) this.#inFolder.delete(folder)
  }

  #trackUnacked(doc: DocId, unacked: readonly number[]): void {
    if (unacked.length > 0) this.#unackedDocs.add(doc)
    else this.#unackedDocs.delete(doc)
  }
}

/** Of two files at one path the one that came there last, as a rename sets ctime, has displaced the other. */
function changedLast({ base }: FileFacts, { base: other }: FileFacts): boolean {
  if (base === undefined || other === undefined) return false
  return changedAtMs(base.stat) > changedAtMs(other.stat)
}
