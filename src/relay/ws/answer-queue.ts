// What one connection asks, answered a few at a time, when it is its turn, and only while the peer reads what
// it gets.
import type { AnswerTurns, Asking } from './answer-turns.ts'

export type AnswerQueueOptions<Question> = {
  /** Resolves when the answer was handed over. Must not reject. */
  answer: (question: Question) => Promise<void>
  /** Bytes sent that the peer has not taken yet. */
  unread: () => number
  atOnce: number
  /** Of the device, shared with its other connections. */
  turns: AnswerTurns
}

type Waiting<Question> = { question: Question; bytes: number }

/** Answers wait while so much is unread. */
const pausedAboveBytes = 4 * 1024 * 1024
/** An array is shortened when so many of its first places are empty. */
const emptyPlaces = 1024

export class AnswerQueue<Question> implements Asking {
  readonly #options: AnswerQueueOptions<Question>
  #waiting: Waiting<Question>[] = []
  #next = 0
  #running = 0

  constructor(options: AnswerQueueOptions<Question>) {
    this.#options = options
    options.turns.join(this)
  }

  /** False when too much waits already; then the question is not taken. */
  add(question: Question, bytes: number): boolean {
    const { turns } = this.#options
    if (!turns.allowance.take(bytes)) return false
    this.#waiting.push({ question, bytes })
    turns.pump()
    return true
  }

  /** Forgets what waits; what is being answered counts until it is. */
  close(): void {
    const { turns } = this.#options
    for (const { bytes } of this.#waiting.slice(this.#next)) turns.allowance.give(bytes)
    this.#waiting = []
    this.#next = 0
    turns.leave(this)
    turns.pump()
  }

  unread(): number {
    return this.#options.unread()
  }

  isReady(): boolean {
    const { atOnce, unread } = this.#options
    return (
      this.#next < this.#waiting.length && this.#running < atOnce && unread() < pausedAboveBytes
    )
  }

  async answerNext(): Promise<void> {
    const next = this.#shift()
    if (next === undefined) return
    const { answer, turns } = this.#options
    this.#running += 1
    await answer(next.question)
    this.#running -= 1
    turns.allowance.give(next.bytes)
  }

  /** Array.shift would move 10,000 waiting questions for each one answered. */
  #shift(): Waiting<Question> | undefined {
    const next = this.#waiting[this.#next]
    this.#next += 1
    if (this.#next >= emptyPlaces && 2 * this.#next >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next)
      this.#next = 0
    }
    return next
  }
}
