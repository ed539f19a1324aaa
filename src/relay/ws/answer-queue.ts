// Answers what a peer asks a few at a time, and only while the peer reads what it gets.
import type { Allowance } from './allowance.ts'

export type AnswerQueueOptions<Question> = {
  /** Must not reject. */
  answer: (question: Question) => Promise<void>
  hasRoom: () => boolean
  atOnce: number
  /** What waits is taken from it; others may share it. */
  allowance: Allowance
}

type Waiting<Question> = { question: Question; bytes: number }

/** An array is shortened when so many of its first places are empty. */
const emptyPlaces = 1024

export class AnswerQueue<Question> {
  readonly #options: AnswerQueueOptions<Question>
  #waiting: Waiting<Question>[] = []
  #next = 0
  #running = 0

  constructor(options: AnswerQueueOptions<Question>) {
    this.#options = options
  }

  /** False when too much waits already; then the question is not taken. */
  add(question: Question, bytes: number): boolean {
    if (!this.#options.allowance.take(bytes)) return false
    this.#waiting.push({ question, bytes })
    this.pump()
    return true
  }

  /** Starts as many answers as there is room for. */
  pump(): void {
    const { answer, hasRoom, atOnce } = this.#options
    while (this.#running < atOnce && hasRoom()) {
      const next = this.#shift()
      if (next === undefined) return
      this.#running += 1
      void answer(next.question).then(() => {
        this.#running -= 1
        this.pump()
      })
    }
  }

  clear(): void {
    for (const { bytes } of this.#waiting.slice(this.#next)) this.#options.allowance.give(bytes)
    this.#waiting = []
    this.#next = 0
  }

  /** Array.shift would move 10,000 waiting questions for each one answered. */
  #shift(): Waiting<Question> | undefined {
    const next = this.#waiting[this.#next]
    if (next === undefined) {
      this.clear()
      return undefined
    }
    this.#options.allowance.give(next.bytes)
    this.#next += 1
    if (this.#next >= emptyPlaces && 2 * this.#next >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next)
      this.#next = 0
    }
    return next
  }
}
