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
  | { readonly type: 'find'; readonly id: FileId; readonly path: VaultPath; readonly hash: string }
  | { readonly type: 'update'; readonly doc: DocId; readonly positions: readonly number[] }

/** The contents of seeds are in memory until the relay has answered: no more are read beyond so much. */
const seedsAtMostBytes = 4 * 1024 * 1024

export class Outbox {
  readonly #ledger: Ledger
  readonly #send: (messages: readonly AgentMessage[]) => void
  readonly #sent = new Map<number, Sent>()
  readonly #asking = new Set<FileId>()
  #queue: AgentMessage[] = []
  #seedBytes = 0
  #lastRef = 0

  constructor(ledger: Ledger, send: (messages: readonly AgentMessage[]) => void) {
    this.#ledger = ledger
    this.#send = send
  }

  /** What the relay has not answered. */
  get waiting(): number {
    return this.#sent.size
  }

  /** Whether so much waits for the relay's answers that no more should be read for it. */
  get isFull(): boolean {
    return this.#seedBytes > seedsAtMostBytes
  }

  /** Whether the relay has been asked about the file's first content and has not answered. */
  isAsking(id: FileId): boolean {
    return this.#asking.has(id)
  }

  seed(id: FileId, path: VaultPath, update: Uint8Array): void {
    this.#seedBytes += update.length
    const ref = this.#remember({ type: 'seed', id, path, update })
    this.#queue.push({ type: 'seed', ref, doc: id, update })
  }

  update(doc: DocId, update: Uint8Array, positions: readonly number[]): void {
    const ref = this.#remember({ type: 'update', doc, positions })
    this.#queue.push({ type: 'update', ref, doc, update })
  }

  /** Asks whether the note ever had the text with this SHA-256 (hex). */
  find(id: FileId, path: VaultPath, hash: string): void {
    const ref = this.#remember({ type: 'find', id, path, hash })
    this.#queue.push({ type: 'find', ref, doc: id, hash: fromHexString(hash) })
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
    this.#sent.delete(ref)
    if (sent !== undefined && sent.type !== 'update') this.#asking.delete(sent.id)
    if (sent?.type === 'seed') this.#seedBytes -= sent.update.length
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
    const open = [...this.#sent.values()].filter((sent) => sent.type !== 'update')
    this.#sent.clear()
    this.#asking.clear()
    this.#seedBytes = 0
    this.#queue = []
    return open.map(({ path }) => path)
  }

  #remember(sent: Sent): number {
    const ref = ++this.#lastRef
    this.#sent.set(ref, sent)
    if (sent.type !== 'update') this.#asking.add(sent.id)
    return ref
  }
}
