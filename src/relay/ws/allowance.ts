// How much may wait at the relay, in number and in bytes.
import { AppError } from '../../shared/errors.ts'

type AllowanceLimit = { items: number; bytes: number }

export class Allowance {
  readonly #limit: AllowanceLimit
  #items = 0
  #bytes = 0

  constructor(limit: AllowanceLimit) {
    this.#limit = limit
  }

  /** False, and nothing is taken, if that were too much. One item may always wait, however large. */
  take(bytes: number): boolean {
    const isTooMuch = this.#items >= this.#limit.items || this.#bytes + bytes > this.#limit.bytes
    if (this.#items > 0 && isTooMuch) return false
    this.#items += 1
    this.#bytes += bytes
    return true
  }

  /** Whether nothing is taken. */
  get isUntouched(): boolean {
    return this.#items === 0
  }

  give(bytes: number): void {
    this.#items -= 1
    this.#bytes -= bytes
  }
}

/** Throws `rate-limited` when there was no room. */
export function assertTaken(isTaken: boolean): void {
  if (!isTaken) throw new AppError('rate-limited', 'too much at once')
}
