// Edits on their way to the disk. In whatever order the store answers, they settle in that of the ledger.
import { type AppError, toAppError } from '../../shared/errors.ts'
import type { DocId } from '../../shared/ids.ts'
import type { Change, HubMember, Outcome } from './hub-member.ts'

export type Answer = (outcome: Outcome) => void

export type Edit = {
  readonly change: Change
  readonly seq: number
  readonly from: HubMember
  readonly answer: Answer
}

type Result = 'durable' | AppError

type Ticket = {
  readonly edit: Edit
  result: 'pending' | Result
  readonly settled: Promise<void>
  readonly settle: () => void
}

export class Commits {
  readonly #onSettled: (edit: Edit, result: Result) => void
  /** In ledger order; the first ones settle first. */
  readonly #underWay: Ticket[] = []
  readonly #last = new Map<DocId, Ticket>()

  /** `onSettled` is called once for every edit. Must not throw. */
  constructor(onSettled: (edit: Edit, result: Result) => void) {
    this.#onSettled = onSettled
  }

  /** In ledger order. `stored` says what became of it. */
  add(edit: Edit, stored: Promise<void>): void {
    const ticket = newTicket(edit)
    this.#underWay.push(ticket)
    this.#last.set(edit.change.doc, ticket)
    const finish = (result: Result): void => {
      ticket.result = result
      this.#settleFirst()
    }
    stored.then(
      () => finish('durable'),
      (thrown: unknown) => finish(toAppError(thrown, 'storage')),
    )
  }

  /** Whether an edit of `doc` is under way. */
  has(doc: DocId): boolean {
    return this.#last.has(doc)
  }

  /** The seed of `doc`, while it is under way and no edit after it. */
  seed(doc: DocId): Uint8Array | undefined {
    const change = this.#last.get(doc)?.edit.change
    return change?.kind === 'seed' ? change.update : undefined
  }

  /** Waits for the last edit of `doc`; false when that one was not stored. */
  async settled(doc: DocId): Promise<boolean> {
    const last = this.#last.get(doc)
    await last?.settled
    return last === undefined || last.result === 'durable'
  }

  async idle(): Promise<void> {
    while (this.#underWay.length > 0) await this.#underWay.at(-1)?.settled
  }

  #settleFirst(): void {
    let ticket = this.#underWay[0]
    while (ticket !== undefined && ticket.result !== 'pending') {
      this.#underWay.shift()
      const { doc } = ticket.edit.change
      if (this.#last.get(doc) === ticket) this.#last.delete(doc)
      this.#onSettled(ticket.edit, ticket.result)
      ticket.settle()
      ticket = this.#underWay[0]
    }
  }
}

function newTicket(edit: Edit): Ticket {
  let settle = (): void => undefined
  const settled = new Promise<void>((resolve) => void (settle = resolve))
  return { edit, result: 'pending', settled, settle }
}
