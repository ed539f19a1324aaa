// Virtual time and a seeded choice of who goes next. A process that was killed never goes on.
import type { Clock } from '../../src/shared/ports.ts'
import type { SeededRandom } from './seeded-random.ts'

/** One run of a program; `kill` ends it between any two steps. */
export class Process {
  readonly name: string
  #isAlive = true

  constructor(name: string) {
    this.name = name
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  kill(): void {
    this.#isAlive = false
  }
}

type Task = { readonly process: Process; readonly run: () => void }
type Timer = Task & { readonly at: number; readonly order: number }

/** A history that takes more steps than this has a loop in it. */
const maxSteps = 300_000

export class Scheduler {
  readonly #random: SeededRandom
  #ready: Task[] = []
  #timers: Timer[] = []
  #now = 1_800_000_000_000
  #order = 0
  /** Steps taken so far, for limits and reports. */
  steps = 0

  constructor(random: SeededRandom) {
    this.#random = random
  }

  now(): number {
    return this.#now
  }

  /** Resolves when `process` may take its next step. */
  step(process: Process): Promise<void> {
    return new Promise((resolve) => {
      this.#ready.push({ process, run: resolve })
    })
  }

  after(process: Process, delayMs: number, run: () => void): () => void {
    const timer: Timer = {
      process,
      run,
      at: this.#now + Math.max(0, delayMs),
      order: ++this.#order,
    }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  clock(process: Process): Clock {
    return { now: () => this.#now, after: (delayMs, run) => this.after(process, delayMs, run) }
  }

  sleep(process: Process, delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(process, delayMs, resolve)
    })
  }

  /** Runs until `until` (virtual ms) or until `isDone`. */
  async run(until: number, isDone: () => boolean = () => false): Promise<void> {
    while (!isDone()) {
      if (this.steps > maxSteps) throw new Error('the simulation does not come to rest')
      await drainMicrotasks()
      if (this.#runOneReady()) continue
      if (!this.#advance(until)) return
    }
  }

  #runOneReady(): boolean {
    this.#ready = this.#ready.filter(({ process }) => process.isAlive)
    if (this.#ready.length === 0) return false
    const [task] = this.#ready.splice(this.#random.below(this.#ready.length), 1)
    this.steps++
    task?.run()
    return true
  }

  #advance(until: number): boolean {
    this.#timers = this.#timers.filter(({ process }) => process.isAlive)
    const next = this.#timers.reduce<Timer | undefined>(
      (first, timer) =>
        first === undefined ||
        timer.at < first.at ||
        (timer.at === first.at && timer.order < first.order)
          ? timer
          : first,
      undefined,
    )
    if (next === undefined || next.at > until) {
      this.#now = Math.max(this.#now, until)
      return false
    }
    this.#now = Math.max(this.#now, next.at)
    this.#timers = this.#timers.filter((timer) => timer !== next)
    this.steps++
    next.run()
    return true
  }
}

/** Lets every promise chain run until it waits for a step or a timer. */
function drainMicrotasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
