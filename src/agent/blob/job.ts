// One thing that transfers do, from when it is wanted until it is done: where it is, and what keeps it.
import type { AppError, ErrorCode } from '../../shared/errors.ts'
import type { BlobHash } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'

export type JobOptions = {
  /** A file goes up from its path or comes down by its hash; a check asks what the relay lacks. */
  readonly what:
    | { readonly way: 'up'; readonly path: VaultPath; readonly hash: BlobHash }
    | { readonly way: 'down'; readonly hash: BlobHash }
    | { readonly way: 'check' }
  /** Bytes. */
  readonly size: number
  readonly run: (signal: AbortSignal, onBytes: (bytes: number) => void) => Promise<void>
  /** Asked now and then; one that is not wanted any more ends. */
  readonly isWanted: () => boolean
}

/** Why a file does not go on, and since when, in ms. */
export type Failure = {
  readonly what: JobOptions['what']
  readonly reason: AppError
  readonly since: number
}

/** Another attempt on this connection changes nothing. */
const final: ReadonlySet<ErrorCode> = new Set(['forbidden', 'too-large'])
/** A connection that breaks, or a relay that is busy, is nothing to tell of before it has been so for some time. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'unreachable',
  'timeout',
  'stopping',
  'slow-reader',
  'rate-limited',
  'internal',
])
const passingAttempts = 3

export class Job {
  readonly options: JobOptions
  /** Bytes that are across. */
  done = 0
  isRunning = false
  /** Whether the attempt after this one, if there is one, is made at once. */
  isHurried = false
  /** Whether it was wanted again after it had ended, and begins anew when it has come to rest. */
  isWantedAgain = false
  #endPause: (() => void) | undefined
  readonly #end = new AbortController()
  #attempts = 0
  #failure: Failure | undefined

  constructor(options: JobOptions) {
    this.options = options
  }

  get key(): string {
    return keyOf(this.options.what)
  }

  get isEnded(): boolean {
    return this.#end.signal.aborted
  }

  /** Attempts that failed, so far. */
  get attempts(): number {
    return this.#attempts
  }

  /** What is to be told of it. */
  get failure(): Failure | undefined {
    const isPassing = this.#failure !== undefined && passing.has(this.#failure.reason.code)
    return isPassing && this.#attempts < passingAttempts ? undefined : this.#failure
  }

  /** Whether there is no use in trying again before the next connection. */
  get isRefused(): boolean {
    return this.#failure !== undefined && final.has(this.#failure.reason.code)
  }

  /** Throws what `run` throws, and why it ended if that was meant. */
  async run(connection: AbortSignal): Promise<void> {
    const { run, isWanted } = this.options
    const signal = AbortSignal.any([connection, this.#end.signal])
    this.isRunning = true
    this.isHurried = false
    this.done = 0
    try {
      await run(signal, (bytes) => {
        this.done += bytes
        if (!isWanted()) this.end()
      })
    } finally {
      this.isRunning = false
    }
  }

  /** Before the next attempt; `end` takes that attempt back. */
  pause(end: () => void): void {
    this.#endPause = end
  }

  /** Whether there was one. */
  endPause(): boolean {
    const end = this.#endPause
    this.#endPause = undefined
    end?.()
    return end !== undefined
  }

  failed(reason: AppError, now: number): void {
    this.#attempts += 1
    this.#failure = { what: this.options.what, reason, since: this.#failure?.since ?? now }
  }

  /** It is not wanted any more. */
  end(): void {
    this.endPause()
    this.#end.abort()
  }
}

type About =
  | { readonly way: 'up'; readonly path: VaultPath }
  | { readonly way: 'down'; readonly hash: BlobHash }
  | { readonly way: 'check' }

/** There is one job about a path, about bytes that are fetched, and one check. */
export function keyOf(what: About): string {
  switch (what.way) {
    case 'up':
      return `up ${what.path}`
    case 'down':
      return `down ${what.hash}`
    case 'check':
      return 'check'
  }
}
