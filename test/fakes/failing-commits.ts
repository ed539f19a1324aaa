// A store's commits that fail when told to, with nothing of them durable or with all of it.
import { AppError } from '../../src/shared/errors.ts'

export type CommitFault = 'nothing' | 'all'

export class FailingCommits {
  #next: CommitFault | undefined

  /** The next commit fails, and so much of it is durable. */
  failNext(fault: CommitFault): void {
    this.#next = fault
  }

  /** Call before a commit takes effect. */
  settle(): void {
    if (this.#next === 'nothing') this.#fail()
  }

  /** Call after it took effect. */
  settled(): void {
    if (this.#next === 'all') this.#fail()
  }

  #fail(): never {
    this.#next = undefined
    throw new AppError('storage', simulatedFailure)
  }
}

export const simulatedFailure = 'the simulated disk failed'
