// Sends edits and seeds over the link and remembers which answer belongs to what.
import { fromHexString } from 'lib0/buffer'
import type { DocId, FileId } from '../../shared/ids.ts'
import type { AgentMessage } from '../../shared/protocol/agent-message.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { Ledger } from './ledger.ts'

export type Sent =
  | {
      readonly type: 'seed'
      readonly id: FileId
      readonly path: VaultPath
      readonly update: Uint8Array
    }
  | Find
  | {
      readonly type: 'update'
      readonly doc: DocId
      readonly positions: readonly number[]
      readonly bytes: number
    }
type Find = {
  readonly type: 'find'
  readonly id: FileId
  readonly path: VaultPath
  readonly hash: string
}

/** What was sent is in memory until the relay has answered: no more is read or sent again beyond so much. */
const unansweredAtMostBytes = 4 * 1024 * 1024
/** The relay sends away who asks more than 64 at once: each may make it read a whole history. */
const findsAtOnce = 32

export class Outbox {
  readonly #ledger: Ledger
  readonly #send: (messages: readonly AgentMessage[]) => void
  readonly #sent = new Map<number, Sent>()
  readonly #asking = new Set<FileId>()
  readonly #unsent = new Set<DocId>()
  #queue: AgentMessage[] = []
  #finds: Find[] = []
  #openFinds = 0
  #unansweredBytes = 0
  #lastRef = 0

  constructor(ledger: Ledger, send: (messages: readonly AgentMessage[]) => void) {
    this.#ledger = ledger
    this.#send = send
  }

  /** What the relay has not answered. */
  get waiting(): number {
    return this.#sent.size + this.#finds.length
  }

  /** Whether so much waits for the relay's answers that no more should be read for it. */
  get isFull(): boolean {
    return this.#unansweredBytes > unansweredAtMostBytes
  }

  /** Documents of which all that is not acknowledged is still to be sent on this connection. */
  get unsent(): ReadonlySet<DocId> {
    return this.#unsent
  }

  /** Whether the relay has been asked about the file's first content and has not answered. */
  isAsking(id: FileId): boolean {
    return this.#asking.has(id)
  }

  seed(id: FileId, path: VaultPath, update: Uint8Array): void {
    const ref = this.#remember({ type: 'seed', id, path, update })
    this.#queue.push({ type: 'seed', ref, doc: id, update, mtime: this.#ledger.mtime(id) })
  }

  /** Sends an edit, unless it goes with the rest of its document, which must come before it. */
  update(doc: DocId, update: Uint8Array, positions: readonly number[]): void {
    if (this.#unsent.has(doc)) return
    const ref = this.#remember({ type: 'update', doc, positions, bytes: update.length })
    this.#queue.push({ type: 'update', ref, doc, update, mtime: this.#ledger.mtime(doc) })
  }

  /** Nothing more of these is sent until `release`. */
  hold(docs: Iterable<DocId>): void {
    for (const doc of docs) this.#unsent.add(doc)
  }

  release(doc: DocId): void {
    this.#unsent.delete(doc)
  }

  /** Asks whether the note ever had the text with this SHA-256 (hex). */
  find(id: FileId, path: VaultPath, hash: string): void {
    this.#asking.add(id)
    this.#finds.push({ type: 'find', id, path, hash })
    this.#askNext()
  }

  say(message: AgentMessage): void {
    this.#queue.push(message)
  }

  /** Sends what was queued. Whatever it relies on must be durable here by now. */
  flush(): void {
    if (this.#queue.length === 0) return
    const messages = this.#queue
    this.#queue = []
    this.#send(messages)
  }

  /** What `ref` was about; answered once. */
  answered(ref: number): Sent | undefined {
    const sent = this.#sent.get(ref)
    if (sent === undefined) return undefined
    this.#sent.delete(ref)
    this.#unansweredBytes -= sizeOf(sent)
    if (sent.type !== 'update') this.#asking.delete(sent.id)
    if (sent.type === 'find') {
      this.#openFinds -= 1
      this.#askNext()
    }
    return sent
  }

  acknowledge({ doc, positions }: { doc: DocId; positions: readonly number[] }): void {
    const done = new Set(positions)
    this.#ledger.setUnacked(
      doc,
      this.#ledger.unacked(doc).filter((at) => !done.has(at)),
    )
  }

  /**
   * The connection is gone: no answer will come. Edits are sent again from the ledger; returned are the
   * paths of the notes that have to be looked at again.
   */
  reset(): VaultPath[] {
    const open = [...this.#sent.values(), ...this.#finds].filter((sent) => sent.type !== 'update')
    this.#sent.clear()
    this.#asking.clear()
    this.#unsent.clear()
    this.#finds = []
    this.#openFinds = 0
    this.#unansweredBytes = 0
    this.#queue = []
    return open.map(({ path }) => path)
  }

  #askNext(): void {
    while (this.#openFinds < findsAtOnce) {
      const next = this.#finds.shift()
      if (next === undefined) return
      this.#openFinds += 1
      const ref = this.#remember(next)
      this.#queue.push({ type: 'find', ref, doc: next.id, hash: fromHexString(next.hash) })
    }
  }

  #remember(sent: Sent): number {
    const ref = ++this.#lastRef
    this.#sent.set(ref, sent)
    this.#unansweredBytes += sizeOf(sent)
    if (sent.type !== 'update') this.#asking.add(sent.id)
    return ref
  }
}

/** Bytes of content that it keeps in memory. */
function sizeOf(sent: Sent): number {
  if (sent.type === 'find') return 0
  return sent.type === 'seed' ? sent.update.length : sent.bytes
}
