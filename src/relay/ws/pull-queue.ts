// Answers pulls a few at a time, and only while the peer reads what it gets.
import type { Pull } from '../../shared/protocol/agent-message.ts'

const maxAtOnce = 8

export class PullQueue {
  readonly #answer: (pull: Pull) => Promise<void>
  readonly #hasRoom: () => boolean
  #waiting: Pull[] = []
  #next = 0
  #running = 0

  /** `answer` must not reject. */
  constructor(answer: (pull: Pull) => Promise<void>, { hasRoom }: { hasRoom: () => boolean }) {
    this.#answer = answer
    this.#hasRoom = hasRoom
  }

  add(pull: Pull): void {
    this.#waiting.push(pull)
    this.pump()
  }

  /** Starts as many answers as there is room for. */
  pump(): void {
    while (this.#running < maxAtOnce && this.#hasRoom()) {
      const pull = this.#shift()
      if (pull === undefined) return
      this.#running += 1
      void this.#answer(pull).then(() => {
        this.#running -= 1
        this.pump()
      })
    }
  }

  clear(): void {
    this.#waiting = []
    this.#next = 0
  }

  /** Array.shift would move 10,000 waiting pulls for each one answered. */
  #shift(): Pull | undefined {
    const pull = this.#waiting[this.#next]
    if (pull === undefined) this.clear()
    else this.#next += 1
    return pull
  }
}
