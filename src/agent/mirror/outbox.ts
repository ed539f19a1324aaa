// Sends edits and seeds over the link and remembers which answer belongs to what.
import type { DocId, FileId } from '../../shared/ids.ts'
import type { AgentMessage } from '../../shared/protocol/agent-message.ts'
import type { FileStat } from '../core/facts.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { Ledger } from './ledger.ts'

/** First content that waits for the relay's word. */
export type Seed = {
  readonly id: FileId
  readonly path: VaultPath
  readonly hash: string
  readonly stat: FileStat
  readonly update: Uint8Array
}

export type Sent =
  | { readonly type: 'seed'; readonly seed: Seed }
  | { readonly type: 'update'; readonly doc: DocId; readonly positions: readonly number[] }

export class Outbox {
  readonly #ledger: Ledger
  readonly #send: (messages: readonly AgentMessage[]) => void
  readonly #sent = new Map<number, Sent>()
  readonly #seeding = new Set<FileId>()
  #queue: AgentMessage[] = []
  #lastRef = 0

  constructor(ledger: Ledger, send: (messages: readonly AgentMessage[]) => void) {
    this.#ledger = ledger
    this.#send = send
  }

  /** Seeds and edits that the relay has not answered. */
  get waiting(): number {
    return this.#sent.size
  }

  isSeeding(id: FileId): boolean {
    return this.#seeding.has(id)
  }

  seed(seed: Seed): void {
    this.#seeding.add(seed.id)
    const ref = this.#remember({ type: 'seed', seed })
    this.#queue.push({ type: 'seed', ref, doc: seed.id, update: seed.update })
  }

  update(doc: DocId, update: Uint8Array, positions: readonly number[]): void {
    const ref = this.#remember({ type: 'update', doc, positions })
    this.#queue.push({ type: 'update', ref, doc, update })
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
    if (sent?.type === 'seed') this.#seeding.delete(sent.seed.id)
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
   * The connection is gone: no answer will come. Edits are sent again from the ledger; seeds, which are
   * kept nowhere, are returned.
   */
  reset(): Seed[] {
    const seeds = [...this.#sent.values()].flatMap((sent) =>
      sent.type === 'seed' ? [sent.seed] : [],
    )
    this.#sent.clear()
    this.#seeding.clear()
    this.#queue = []
    return seeds
  }

  #remember(sent: Sent): number {
    const ref = ++this.#lastRef
    this.#sent.set(ref, sent)
    return ref
  }
}
