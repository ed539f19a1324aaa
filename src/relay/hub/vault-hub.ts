// One vault while it is in use: takes edits in, makes them durable, gives them a place in the ledger and
// passes them on in that order. Knows documents and members, not sockets.
import { setImmediate } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import * as Y from 'yjs'
import { docDigest } from '../../shared/doc/digest.ts'
import { isEmptyUpdate, seedText } from '../../shared/doc/note-doc.ts'
import { type AppError, toAppError } from '../../shared/errors.ts'
import { type BlobHash, type DocId, INDEX, type VaultId } from '../../shared/ids.ts'
import { maxStateBytes } from '../../shared/limits.ts'
import type { Clock, Logger, Random } from '../../shared/ports.ts'
import { canEdit } from '../core/access.ts'
import { validateUpdate } from '../core/validate-update.ts'
import type { DocStore } from '../store/doc-store.ts'
import { SeqRuns } from '../store/seq-runs.ts'
import { applyUpdate } from './apply-update.ts'
import { type Answer, Commits, type Edit } from './commits.ts'
import { DocumentCache, type Loaded } from './document-cache.ts'
import { hadText } from './had-text.ts'
import { type Change, type HubMember, type Outcome, Published } from './hub-member.ts'
import { KeyedQueue } from './keyed-queue.ts'
import { Members } from './members.ts'
import { diffAll } from './merge-updates.ts'

export type HubOptions = {
  vault: VaultId
  store: DocStore
  clock: Clock
  random: Random
  log: Logger
  /** How long a document must rest before it is compacted. */
  compactAfterMs?: number
  /** Nobody knows what the store holds: once this hub has stopped, another one has to read it. */
  onBroken?: () => void
}

/** Above this many stored updates a resting document is compacted (as y-leveldb does) ... */
const compactAbove = 500
/** ... and when more bytes than this, and than the oldest update has, came after that one. */
const compactAboveBytes = 4 * 1024 * 1024
/** Who asks in vain for more blobs than so many hears of the last of them only when they are there. */
const maxLacking = 10_000
/**
 * Every start leaves out up to so many ledger numbers. So a number tells which history it is from: one that
 * was lost when an old copy of the store was put back is not given out again for another edit.
 */
const maxSkipped = 2 ** 32

export class VaultHub {
  readonly #options: HubOptions
  readonly #members = new Members()
  readonly #lanes = new KeyedQueue<DocId>()
  readonly #documents = new DocumentCache()
  /** What somebody asked for in vain. */
  readonly #lacking = new LRUCache<BlobHash, true>({ max: maxLacking })
  readonly #digests = new Map<DocId, { seq: number; digest: Uint8Array }>()
  readonly #compactions = new Map<DocId, () => void>()
  readonly #commits = new Commits((edit, result) => {
    if (result !== 'durable') this.#giveUp(edit, result)
    else if (this.#isBroken) edit.answer(refused('storage', 'the store failed'))
    else this.#publish(edit)
  })
  #lastSeqs = new Map<DocId, number>()
  #mtimes = new Map<DocId, number>()
  #seqs = new SeqRuns()
  #epoch = ''
  #head = 0
  #assigned = 0
  #stopped = false
  #isBroken = false

  constructor(options: HubOptions) {
    this.#options = options
  }

  /** Reads the vault's state. Before it resolves nothing else may be called. */
  async start(): Promise<void> {
    const state = await this.#options.store.openVault(this.#options.vault)
    this.#epoch = state.epoch
    this.#head = state.head
    this.#assigned = state.head + Math.floor(this.#options.random.fraction() * maxSkipped)
    this.#seqs = state.seqs
    this.#lastSeqs = new Map(state.lastSeqs)
    this.#mtimes = new Map(state.mtimes)
  }

  /** Dismisses all members and waits for what is under way. The store stays open. */
  async stop(): Promise<void> {
    this.#end('stopping', 'the relay stops')
    await this.#lanes.idle()
    await this.#commits.idle()
    this.#documents.clear()
  }

  get epoch(): string {
    return this.#epoch
  }

  /** The last ledger number that was made durable and passed on. */
  get head(): number {
    return this.#head
  }

  /**
   * A device knows a ledger number that we have not: an old copy of the store was put back. Another epoch
   * makes all devices that knew the former one compare what they have. Those that are connected know no more than
   * the ledger, so they only hear of it.
   */
  noticeRollback(): void {
    const { epoch, durable } = this.#options.store.beginEpoch()
    this.#epoch = epoch
    this.#members.tellAgents({ type: 'epoch', epoch })
    durable.catch((thrown: unknown) => {
      this.#options.log.warn('epoch not stored', { why: String(thrown) })
    })
  }

  /** Whether a device that heard everything up to `cursor` heard it from this very ledger. */
  knows(cursor: number): boolean {
    return cursor === 0 || this.#seqs.has(cursor)
  }

  /**
   * From now on `member` gets every edit above `head`. A session connected already is dismissed, and so is
   * whoever comes after the end.
   */
  join(member: HubMember): void {
    if (this.#stopped) return member.dismiss('stopping', 'the relay stops')
    this.#members.join(member)
  }

  /** Like `join`, for the edits of one document only. */
  watch(member: HubMember, doc: DocId): void {
    if (this.#stopped) return member.dismiss('stopping', 'the relay stops')
    this.#members.watch(member, doc)
  }

  /** Somebody asked for bytes that are not here: the agents are asked for them. */
  lacks(hash: BlobHash): void {
    this.#lacking.set(hash, true)
    this.#members.tellAgents({ type: 'wanted', hash })
  }

  /** These bytes are here: those who asked in vain hear of it. */
  arrived(hash: BlobHash): void {
    if (this.#lacking.delete(hash)) this.#members.tellAgents({ type: 'arrived', hash })
  }

  leave(member: HubMember): void {
    this.#members.leave(member)
  }

  exists(doc: DocId): boolean {
    return this.#lastSeqs.has(doc)
  }

  /** When the newest content of a note was written, in microseconds since 1970; 0 where nobody knows. */
  mtime(doc: DocId): number {
    return this.#mtimes.get(doc) ?? 0
  }

  /** Documents with an entry after ledger number `cursor`, the longest unchanged first. */
  changedSince(cursor: number): DocId[] {
    const changed = [...this.#lastSeqs].filter(([, seq]) => seq > cursor)
    return changed.sort(([, a], [, b]) => a - b).map(([doc]) => doc)
  }

  /** What is durable of `doc` beyond `stateVector` (empty: all), or undefined if nothing is. */
  async read(doc: DocId, stateVector: Uint8Array): Promise<Uint8Array | undefined> {
    if (!this.exists(doc)) return undefined
    const updates = await this.#options.store.read(this.#options.vault, doc)
    return diffAll(updates, stateVector)
  }

  /** Whether the text of `doc` had this SHA-256 at some time, as far as the relay still knows. */
  async everHad(doc: DocId, hash: Uint8Array): Promise<boolean> {
    return hadText(await this.#options.store.read(this.#options.vault, doc), hash)
  }

  /** See shared/doc/digest.ts; of what is durable. Only for a document that exists. */
  async digest(doc: DocId): Promise<Uint8Array> {
    const seq = this.#lastSeqs.get(doc) ?? 0
    const known = this.#digests.get(doc)
    if (known?.seq === seq) return known.digest
    await this.#commits.settled(doc)
    const digest = docDigest((await this.#open(doc)).doc)
    if (!this.#commits.has(doc)) this.#digests.set(doc, { seq, digest })
    return digest
  }

  /**
   * Takes an edit. `answer` is called exactly once: with `stored` when it is durable (in ledger order
   * with everything delivered), with `exists` when another seed was first, or with the refusal.
   */
  submit(from: HubMember, change: Change, answer: Answer): void {
    const refusal = this.#refusal(from, change)
    if (refusal !== undefined) return answer(refusal)
    this.#lanes.run(change.doc, () => this.#take(from, change, answer))
  }

  #end(code: AppError['code'], detail: string): void {
    this.#stopped = true
    this.#compactions.forEach((cancel) => cancel())
    this.#compactions.clear()
    this.#members.dismissAll(code, detail)
  }

  #refusal(from: HubMember, { doc, update }: Change): Outcome | undefined {
    if (this.#stopped) return refused('stopping', 'the relay stops')
    if (!canEdit(from.access.role)) return refused('forbidden', 'this device may only read')
    const validity = validateUpdate(doc, update)
    return validity.ok ? undefined : refused(validity.code, validity.reason)
  }

  /** Runs alone among the edits of its document. */
  async #take(from: HubMember, change: Change, answer: Answer): Promise<void> {
    try {
      while (!(await this.#tryTake(from, change, answer)));
    } catch (thrown) {
      const error = toAppError(thrown)
      this.#options.log.error('edit failed', { code: error.code, reason: error.message })
      this.#documents.drop(change.doc)
      answer(refused(error.code, error.message))
    }
  }

  /** False when an earlier edit that this one relied on was lost, so that it must be judged again. */
  async #tryTake(from: HubMember, change: Change, answer: Answer): Promise<boolean> {
    const { doc, kind, update, mtime } = change
    const begun = this.exists(doc) || this.#commits.has(doc)
    if (begun && kind === 'seed') return this.#answerExists(doc, answer)
    if (begun && isEmptyUpdate(update)) {
      if (mtime === 0 || mtime === this.mtime(doc)) return this.#answerKnown(doc, answer)
      this.#commit(from, change, answer)
      return true
    }
    if (kind === 'seed' && doc !== INDEX && seedText(update) !== undefined) {
      // Where nothing is it always applies: no document is needed to see that.
      this.#commit(from, change, answer)
      return true
    }
    if (this.#documents.hasNoRoomFor(doc, update)) return answerNoRoom(answer)
    const loaded = await this.#open(doc)
    const isLarge = loaded.bytes + update.length > maxStateBytes
    const stateVector = isLarge ? Y.encodeStateVector(loaded.doc) : undefined
    const applied = applyUpdate(doc, loaded.doc, update)
    switch (applied.type) {
      case 'broken':
        this.#documents.drop(doc)
        answer(refused(applied.code, applied.reason))
        return true
      case 'known':
        if (begun) return this.#answerKnown(doc, answer)
        break
      case 'changed':
        break
    }
    if (stateVector !== undefined) {
      const bytes = Y.encodeStateAsUpdate(loaded.doc).length
      if (bytes > maxStateBytes) {
        this.#documents.dropFull(doc, { stateVector, bytes: bytes - update.length })
        return answerNoRoom(answer)
      }
    }
    this.#commit(from, change, answer)
    this.#documents.grew(doc, loaded, update.length)
    await this.#compactWhenDue(doc, loaded)
    return true
  }

  async #answerExists(doc: DocId, answer: Answer): Promise<boolean> {
    await this.#commits.settled(doc)
    const update = await this.read(doc, new Uint8Array())
    if (update === undefined) return false
    answer({ type: 'exists', update, mtime: this.mtime(doc) })
    return true
  }

  async #answerKnown(doc: DocId, answer: Answer): Promise<boolean> {
    const isDurable = await this.#commits.settled(doc)
    const seq = this.#lastSeqs.get(doc)
    if (seq === undefined || !isDurable) return false
    answer({ type: 'stored', seq })
    return true
  }

  /** The relay's copy of a document; it may hold edits that are not durable yet. */
  async #open(doc: DocId): Promise<Loaded> {
    const cached = this.#documents.get(doc)
    if (cached !== undefined) return cached
    const seed = this.#commits.seed(doc)
    if (seed !== undefined) return this.#documents.load(doc, [seed])
    await this.#commits.settled(doc)
    const { store, vault } = this.#options
    const updates = this.exists(doc) ? await store.read(vault, doc) : []
    return this.#documents.get(doc) ?? this.#documents.load(doc, updates)
  }

  /** An editor does not say when a note was written: that is now. */
  #commit(from: HubMember, { doc, kind, update, mtime }: Change, answer: Answer): void {
    const { store, vault, clock } = this.#options
    const time = clock.now()
    const isUntold = mtime === 0 && doc !== INDEX
    const change = { doc, kind, update, mtime: isUntold ? time * 1000 : mtime }
    const seq = ++this.#assigned
    const { device } = from.access
    const { session } = from
    const entry = { ...change, vault, seq, device, session, time }
    this.#commits.add({ change, seq, from, answer }, store.append([entry]))
  }

  #publish({ change, seq, from, answer }: Edit): void {
    this.#head = seq
    this.#seqs.add(seq)
    this.#lastSeqs.set(change.doc, seq)
    if (change.mtime > 0) this.#mtimes.set(change.doc, change.mtime)
    answer({ type: 'stored', seq })
    this.#members.deliver(new Published(change, seq, from.access.device), from)
  }

  #giveUp({ change: { doc }, answer }: Edit, { code, message }: AppError): void {
    this.#options.log.error('edit not stored', { doc, code, reason: message })
    this.#documents.drop(doc)
    answer(refused(code, message))
    if (code !== 'storage-full') this.#break()
  }

  /**
   * The store may have what it did not acknowledge. Passed on is nothing more, so that no cursor goes beyond
   * an edit that its agent has not heard.
   */
  #break(): void {
    if (this.#isBroken) return
    this.#isBroken = true
    if (this.#stopped) return
    this.#end('storage', 'the store failed')
    this.#options.onBroken?.()
  }

  /** When it rests; but before the next edit when no peer could take what is stored, deleted text included. */
  async #compactWhenDue(doc: DocId, loaded: Loaded): Promise<void> {
    this.#compactions.get(doc)?.()
    this.#compactions.delete(doc)
    if (!isWorthCompacting(loaded)) return
    if (loaded.bytes > maxStateBytes) return this.#compact(doc)
    const { clock, compactAfterMs = 5_000 } = this.#options
    const cancel = clock.after(compactAfterMs, () => {
      this.#compactions.delete(doc)
      this.#lanes.run(doc, () => this.#compact(doc))
    })
    this.#compactions.set(doc, cancel)
  }

  async #compact(doc: DocId): Promise<void> {
    const { store, vault, log } = this.#options
    try {
      await this.#commits.settled(doc)
      await store.compact(vault, doc)
      this.#documents.drop(doc)
    } catch (thrown) {
      const { code, message } = toAppError(thrown, 'storage')
      log.warn('compaction failed', { doc, code, reason: message })
    }
  }
}

function isWorthCompacting({ updates, bytes, firstBytes }: Loaded): boolean {
  return updates > compactAbove || bytes - firstBytes > Math.max(compactAboveBytes, firstBytes)
}

/** To have seen that cost more than to send the edit, so everybody else has a turn after each one. */
async function answerNoRoom(answer: Answer): Promise<true> {
  const mebibytes = maxStateBytes / 1024 ** 2
  answer(refused('too-large', `with its history it would have more than ${mebibytes} MiB`))
  await setImmediate()
  return true
}

function refused(code: AppError['code'], detail: string): Outcome {
  return { type: 'refused', code, detail }
}
