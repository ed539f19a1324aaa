// Whose question of a device is answered next, over all its connections: so many at once, and none while the
// device leaves much unread.
import { Allowance } from './allowance.ts'

/** The questions of one connection. */
export interface Asking {
  /** Bytes sent that the peer has not taken yet. */
  unread(): number
  /** Whether a question waits and its answer may begin. */
  isReady(): boolean
  /** Resolves when the answer was handed over. Must not reject. */
  answerNext(): Promise<void>
}

/** Beyond this no answer to the device begins ... */
const pausedAboveBytes = 64 * 1024 * 1024
/** ... and beyond this whichever of its connections would get more is dropped. */
const maxUnreadBytes = 256 * 1024 * 1024

export class AnswerTurns {
  /** What waits or is being answered. */
  readonly allowance: Allowance
  readonly #atOnce: number
  /** The one that had its turn last comes last. */
  readonly #asking = new Set<Asking>()
  #running = 0

  constructor({ items, bytes, atOnce }: { items: number; bytes: number; atOnce: number }) {
    this.allowance = new Allowance({ items, bytes })
    this.#atOnce = atOnce
  }

  join(asking: Asking): void {
    this.#asking.add(asking)
  }

  leave(asking: Asking): void {
    this.#asking.delete(asking)
  }

  /** Whether the device leaves so much unread that no more may be sent to it. */
  get hasTooMuchUnread(): boolean {
    return this.#unread() > maxUnreadBytes
  }

  /** Begins as many answers as there is room for. */
  pump(): void {
    while (this.#running < this.#atOnce && this.#unread() < pausedAboveBytes) {
      const next = [...this.#asking].find((asking) => asking.isReady())
      if (next === undefined) return
      this.#asking.delete(next)
      this.#asking.add(next)
      this.#running += 1
      void next.answerNext().then(() => {
        this.#running -= 1
        this.pump()
      })
    }
  }

  #unread(): number {
    return [...this.#asking].reduce((sum, asking) => sum + asking.unread(), 0)
  }
}
