// What the relay says, from greeting over catch-up to live updates, goes into documents.
import { unreachable } from '../../shared/assert.ts'
import { AppError } from '../../shared/errors.ts'
import { type BlobHash, type DocId, type FileId, INDEX, type SessionId } from '../../shared/ids.ts'
import { maxUpdateBytes } from '../../shared/limits.ts'
import { protocolVersion } from '../../shared/protocol/version.ts'
import type { RelayMessage } from '../../shared/protocol/relay-message.ts'
import type { IndexEdit } from '../../shared/doc/vault-index.ts'
import { acknowledged, found, refuseEdit, refused } from './answers.ts'
import type { MirrorContext } from './context.ts'
import { heldBlobs, holdersOf } from './blobs.ts'
import { confirmOffer } from './ingest.ts'

/** Pulls that wait for an answer at once. */
const pullsAtOnce = 512
const digestsPerMessage = 1_000
/** Connections that break often ask no more often than this whether the relay has the bytes of all files. */
const offerEveryMs = 600_000

export type Phase =
  | { readonly type: 'offline' }
  | { readonly type: 'greeting' }
  | CatchingUp
  | { readonly type: 'live' }

/** What the relay has of a document, or of an edit of it. */
type Content = { readonly doc: DocId; readonly update: Uint8Array; readonly mtime: number }

type CatchingUp = {
  readonly type: 'catching-up'
  epoch: string
  readonly isRecovery: boolean
  /** Highest ledger number heard of so far. */
  head: number
  readonly wanted: Set<DocId>
  readonly asked: Set<DocId>
  isListed: boolean
}

export class Receiver {
  readonly #context: MirrorContext
  readonly #session: SessionId
  #phase: Phase = { type: 'offline' }
  /** Places of new files that the relay has accepted, for the index. */
  #places: IndexEdit[] = []
  #isIndexTouched = false
  /** When this session last asked whether the relay has the bytes of the binary files. */
  #offeredAt = -Infinity

  constructor(context: MirrorContext, session: SessionId) {
    this.#context = context
    this.#session = session
  }

  get phase(): Phase {
    return this.#phase
  }

  /** Documents still to come before this device has everything. */
  get missing(): number {
    return this.#phase.type === 'catching-up' ? this.#phase.wanted.size : 0
  }

  up(): void {
    const { ledger, outbox, clientId } = this.#context
    this.#phase = { type: 'greeting' }
    this.#forgetRefusals()
    outbox.say({
      type: 'hello',
      protocol: protocolVersion,
      session: this.#session,
      clientId,
      epoch: ledger.epoch,
      cursor: ledger.cursor,
    })
    outbox.flush()
  }

  /** What was refused is offered once more: the relay or this device's role may have changed. */
  #forgetRefusals(): void {
    const { refused, hints, clock } = this.#context
    for (const path of refused.paths()) hints.add(path, clock.now(), undefined, true)
    refused.clear()
  }

  down(): void {
    const { outbox, hints, clock, transfers } = this.#context
    transfers.disconnected()
    this.#phase = { type: 'offline' }
    for (const path of outbox.reset()) hints.add(path, clock.now())
  }

  /** Index edits that answers of the relay asked for since the last call. */
  takePlaces(): IndexEdit[] {
    const places = this.#places
    this.#places = []
    return places
  }

  /**
   * Handles what came, in order. Returns why the connection cannot go on, if so: then nothing after that
   * counts, or the cursor would pass what was not heard. Throws only what ends the session.
   */
  async receive(messages: readonly RelayMessage[]): Promise<AppError | undefined> {
    for (const message of messages) {
      const fault = await this.#handle(message)
      if (fault === undefined) continue
      this.down()
      return fault
    }
    if (this.#isIndexTouched) {
      this.#isIndexTouched = false
      for (const id of await this.#context.index.refresh()) this.#context.pending.add(id)
    }
    await this.#proceed()
    return undefined
  }

  async #handle(message: RelayMessage): Promise<AppError | undefined> {
    switch (message.type) {
      case 'bye':
        return new AppError(message.code, message.detail)
      case 'refused':
        return refused(this.#context, message.ref, new AppError(message.code, message.detail))
      case 'welcome':
        await this.#welcome(message)
        break
      case 'changes':
        await this.#changes(message.docs, message.last)
        break
      case 'missing':
        await this.#offerAgain(message.docs)
        break
      case 'state':
        await this.#take(message)
        break
      case 'exists':
        await this.#seedExists(message)
        break
      case 'update':
        await this.#merge(message)
        this.#heard(message.seq)
        break
      case 'ack':
        this.#places.push(...acknowledged(this.#context, message.ref))
        this.#heard(message.seq)
        break
      case 'found':
        found(this.#context, message.ref, message.known)
        break
      case 'wanted':
        this.#offerWanted(message.hash)
        break
      case 'epoch':
        this.#changeEpoch(message.epoch)
        break
      case 'arrived':
        this.#context.transfers.arrived(message.hash)
        break
      default:
        unreachable(message)
    }
    return undefined
  }

  async #take(message: Extract<RelayMessage, { type: 'state' }>): Promise<void> {
    const { doc, exists } = message
    if (exists) await this.#merge(message)
    if (this.#phase.type !== 'catching-up') return
    this.#phase.wanted.delete(doc)
    this.#phase.asked.delete(doc)
  }

  async #welcome({ epoch, head, recover }: Extract<RelayMessage, { type: 'welcome' }>) {
    this.#phase = {
      type: 'catching-up',
      epoch,
      isRecovery: recover,
      head,
      wanted: new Set(),
      asked: new Set(),
      isListed: false,
    }
    if (recover) await this.#compare()
  }

  /** Tells another store of the relay what this device holds, so that nothing depends on its memory. */
  async #compare(): Promise<void> {
    const { ledger, notes, outbox } = this.#context
    const held = [...ledger.files()].filter(({ head }) => head > 0).map(({ id }) => id)
    const docs: DocId[] = ledger.head(INDEX) > 0 ? [INDEX, ...held] : held
    for (let from = 0; from < docs.length || from === 0; from += digestsPerMessage) {
      const part = docs.slice(from, from + digestsPerMessage)
      const digests = []
      for (const doc of part) digests.push({ doc, digest: await notes.digest(doc) })
      outbox.say({ type: 'compare', docs: digests, last: from + part.length >= docs.length })
      outbox.flush()
    }
  }

  async #changes(docs: readonly DocId[], isLast: boolean): Promise<void> {
    if (this.#phase.type !== 'catching-up') return
    if (this.#phase.isRecovery) {
      await this.#offerAgain(docs.filter((doc) => this.#context.ledger.head(doc) > 0))
    }
    for (const doc of docs) this.#phase.wanted.add(doc)
    this.#phase.isListed ||= isLast
  }

  /** The relay may lack parts of these: their whole log is sent again. */
  async #offerAgain(docs: readonly DocId[]): Promise<void> {
    for (const doc of docs) await this.#context.notes.markUnacked(doc)
  }

  async #merge({ doc, update, mtime }: Content): Promise<void> {
    const hasNews = await this.#context.notes.merge(doc, update)
    if (doc === INDEX) {
      this.#isIndexTouched ||= hasNews
      return
    }
    if (!this.#hearTime(doc, mtime) && !hasNews) return
    await confirmOffer(this.#context, doc)
    this.#context.pending.add(doc)
  }

  /** What is not acknowledged comes after this: its time counts. True when it is another one. */
  #hearTime(id: FileId, mtime: number): boolean {
    const { ledger } = this.#context
    if (ledger.mtime(id) === mtime || ledger.unacked(id).length > 0) return false
    ledger.change(id, { mtime })
    return true
  }

  #changeEpoch(epoch: string): void {
    const { ledger } = this.#context
    if (this.#phase.type === 'catching-up') this.#phase.epoch = epoch
    else if (this.#phase.type === 'live') ledger.setCursor(epoch, ledger.cursor)
  }

  #heard(seq: number): void {
    if (this.#phase.type === 'catching-up') this.#phase.head = Math.max(this.#phase.head, seq)
    else if (this.#phase.type === 'live') {
      const { ledger } = this.#context
      ledger.setCursor(ledger.epoch, Math.max(ledger.cursor, seq))
    }
  }

  async #seedExists(message: Extract<RelayMessage, { type: 'exists' }>): Promise<void> {
    const sent = this.#context.outbox.answered(message.ref)
    if (sent?.type !== 'seed') return
    await this.#merge({ ...message, doc: sent.id })
    this.#context.hints.add(sent.path, this.#context.clock.now(), undefined, true)
  }

  async #proceed(): Promise<void> {
    const phase = this.#phase
    if (phase.type === 'live') await this.#sendAgain()
    if (phase.type !== 'catching-up') return
    await this.#pull(phase)
    if (phase.isListed && phase.wanted.size === 0) await this.#goLive(phase)
  }

  async #pull({ wanted, asked }: CatchingUp): Promise<void> {
    const { notes, ledger, outbox } = this.#context
    if (asked.size > pullsAtOnce / 2) return
    for (const doc of wanted) {
      if (asked.size >= pullsAtOnce) break
      if (asked.has(doc)) continue
      asked.add(doc)
      const isHere = ledger.head(doc) > 0
      const stateVector = isHere ? await notes.stateVector(doc) : new Uint8Array([0])
      outbox.say({ type: 'pull', doc, stateVector })
    }
    outbox.flush()
  }

  async #goLive({ epoch, head, isRecovery }: CatchingUp): Promise<void> {
    const { ledger, outbox, transfers } = this.#context
    ledger.setCursor(epoch, head)
    this.#phase = { type: 'live' }
    transfers.connected()
    this.#offerBlobs(isRecovery)
    this.#lookAtUnplaced()
    outbox.hold(ledger.unackedDocs())
    await this.#sendAgain()
  }

  /** A relay may lack bytes that the index names, also when nothing was heard of it. */
  #offerBlobs(isRecovery: boolean): void {
    const { transfers, clock } = this.#context
    const now = clock.now()
    if (!isRecovery && now - this.#offeredAt < offerEveryMs) return
    this.#offeredAt = now
    transfers.offer(heldBlobs(this.#context))
  }

  /** Somebody asked for bytes that the relay has not, or has no more. */
  #offerWanted(hash: BlobHash): void {
    const { ledger, transfers } = this.#context
    const held = holdersOf(ledger, hash)
    if (held.length > 0) transfers.offer(held)
  }

  /** What the relay has not acknowledged on former connections, as far as there is room for it. */
  async #sendAgain(): Promise<void> {
    const { ledger, notes, outbox } = this.#context
    if (outbox.unsent.size === 0) return
    for (const doc of outbox.unsent) {
      if (outbox.isFull) break
      const update = await notes.unackedUpdate(doc)
      outbox.release(doc)
      if (update.length <= maxUpdateBytes) outbox.update(doc, update, ledger.unacked(doc))
      else refuseEdit(this.#context, doc, new AppError('too-large', 'it is too large'))
    }
    await ledger.flush()
    outbox.flush()
  }

  /** A file that the index does not name was accepted by the relay, but its place got lost on the way. */
  #lookAtUnplaced(): void {
    const { ledger, index, pending } = this.#context
    for (const { id, base } of ledger.files()) {
      if (base !== undefined && !index.knows(id)) pending.add(id)
    }
  }
}
