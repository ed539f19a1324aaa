// A clock for tests: time passes when they say so.
import type { Clock } from '../../src/shared/ports.ts'

/** A clock that moves only when told. */
export class ManualClock implements Clock {
  #now = Date.UTC(2026, 10, 20)
  #timers: { at: number; run: () => void }[] = []

  now(): number {
    return this.#now
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#now + delayMs, run }
    this.#timers.push(timer)
    return () => void (this.#timers = this.#timers.filter((other) => other !== timer))
  }

  /** Moves on and runs what has come due. */
  advance(ms: number): void {
    this.#now += ms
    const due = this.#timers.filter(({ at }) => at <= this.#now)
    this.#timers = this.#timers.filter(({ at }) => at > this.#now)
    due.sort((a, b) => a.at - b.at).forEach(({ run }) => run())
  }
}
