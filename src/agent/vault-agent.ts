// Composition root of one vault's agent: runs mirror sessions one after the other and answers commands.
import { AppError, toAppError } from '../shared/errors.ts'
import type { DeviceId, VaultId } from '../shared/ids.ts'
import type { Clock, Logger, Random } from '../shared/ports.ts'
import type { BlobDisk } from './blob/blob-disk.ts'
import type { RemoteBlobs } from './blob/remote-blobs.ts'
import { backoffMs } from './core/backoff.ts'
import { type Status, type SyncState, heldSummary, statusOf } from './core/status.ts'
import type { Disk, Watcher } from './disk/disk.ts'
import { type Link, type LinkEvents, RelayLink } from './link/relay-link.ts'
import type { Connect } from './link/socket.ts'
import { Mirror } from './mirror/mirror.ts'
import type { Down } from './mirror/inbox.ts'
import type { Preview } from './mirror/preview.ts'
import type { LocalStore } from './store/local-store.ts'
import type { PauseMark } from './store/pause-mark.ts'

export type VaultAgentOptions = {
  readonly vault: { readonly id: VaultId; readonly name: string }
  readonly device: { readonly id: DeviceId; readonly name: string }
  readonly folder: string
  /** What this device mirrors; it is the disk that keeps to it. */
  readonly only: readonly string[]
  readonly relayUrl: string
  readonly pid: number
  readonly disk: Disk
  readonly watcher: Watcher
  readonly blobs: BlobDisk
  readonly remoteBlobs: RemoteBlobs
  readonly store: LocalStore
  readonly pauseMark: PauseMark
  readonly connect: Connect
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

/** Waits until so many sweeps are finished and all is synced. */
type Waiter = {
  sweeps: number
  /** What the relay had said before: no answer to this one. */
  readonly heardBefore: Down | undefined
  readonly done: () => void
  readonly failed: (reason: AppError) => void
}

/** How long `preview` waits for the relay. */
const previewTimeoutMs = 120_000

export class VaultAgent {
  readonly #options: VaultAgentOptions
  #mirror: Mirror
  /** That of `#mirror`. */
  #link: RelayLink | undefined
  #state: 'stopped' | 'running' | 'paused' = 'stopped'
  #crash: AppError | undefined
  #crashes = 0
  #cancelRestart: () => void = () => undefined
  #beginning: Promise<void> = Promise.resolve()
  #waiters: Waiter[] = []
  #lastSyncedAt: number | undefined

  constructor(options: VaultAgentOptions) {
    this.#options = options
    this.#mirror = this.#newMirror()
  }

  get isPaused(): boolean {
    return this.#state === 'paused'
  }

  /**
   * Resolves once the first sweep is done; at once, and paused, where the last agent of the vault was paused.
   * Throws `AppError('locked')` when another agent has the vault.
   */
  async start(): Promise<void> {
    if (this.#options.pauseMark.isSet) {
      this.#state = 'paused'
      return
    }
    this.#state = 'running'
    const starting = this.#mirror.start()
    // Who pauses or stops meanwhile waits for its end: it opens the store.
    this.#beginning = starting.catch(() => undefined)
    await starting
  }

  async stop(): Promise<void> {
    this.#state = 'stopped'
    this.#cancelRestart()
    this.#failWaiters(Infinity, this.#stopping())
    await this.#mirror.stop()
    await this.#beginning
    await this.#options.store.close()
  }

  /**
   * Ends the session: nothing is read, written or sent until `resume`, also by the agents after this one. Before
   * the start it holds from the start on.
   */
  async pause(): Promise<void> {
    this.#options.pauseMark.set()
    if (this.#state !== 'running') return
    this.#state = 'paused'
    this.#cancelRestart()
    this.#failWaiters(Infinity, this.#paused())
    await this.#mirror.stop()
    await this.#beginning
  }

  /** `confirm` lets through what the brake holds. */
  async resume(confirm: boolean): Promise<void> {
    this.#options.pauseMark.clear()
    if (this.#state === 'paused') {
      this.#state = 'running'
      await this.#restart()
    }
    if (confirm) this.#mirror.confirm()
  }

  /**
   * Sweeps, asks a relay that is away at once, and waits until this device and the relay have the same. Throws
   * `AppError` where that waits for a person: `held`, `paused`, or why the relay now refuses this device for good.
   */
  async sync(timeoutMs: number): Promise<'synced' | 'timeout'> {
    if (this.#state === 'paused') throw this.#paused()
    if (this.#state === 'stopped') throw this.#stopping()
    const { sweeps, lastDown } = this.#mirror
    return new Promise((resolve, reject) => {
      const cancel = this.#options.clock.after(timeoutMs, () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter)
        resolve('timeout')
      })
      const done = (): void => {
        cancel()
        resolve('synced')
      }
      const failed = (reason: AppError): void => {
        cancel()
        reject(reason)
      }
      const waiter = { sweeps: sweeps + 1, heardBefore: lastDown, done, failed }
      this.#waiters.push(waiter)
      this.#link?.hurry()
      this.#mirror.hint({ type: 'tree', folder: undefined })
    })
  }

  async status(): Promise<Status> {
    const { relayUrl, pid } = this.#options
    const { session } = this.#mirror
    // Of one moment with the queue in the report, which awaits only the digest.
    const state = this.#syncState()
    const { relay, scan, queue, transfers, files, digest, problems, held } =
      await this.#mirror.report()
    return statusOf(this.#options, {
      pid,
      session,
      state,
      relay: { url: relayUrl, ...relay },
      scan: { ...scan, startedAt: iso(scan.startedAt), finishedAt: iso(scan.finishedAt) },
      queue,
      transfers,
      files,
      digest,
      problems: [
        ...problems.map((problem) => ({ ...problem, since: isoOf(problem.since) })),
        ...this.#ownProblems(),
      ],
      held: held === null ? null : { ...held, since: isoOf(held.since) },
      lastSyncedAt: this.#lastSyncedAt === undefined ? null : isoOf(this.#lastSyncedAt),
    })
  }

  /** Compares the folder with what the relay has, and changes neither. The agent must not be started. */
  async preview(): Promise<Preview> {
    const { clock, store } = this.#options
    const mirror = this.#mirror
    let cancel = (): void => undefined
    try {
      await new Promise<void>((resolve, reject) => {
        this.#onIdle = () => {
          if (mirror.isCaughtUp) resolve()
          else if (mirror.lastDown !== undefined) reject(mirror.lastDown.reason)
        }
        const late = new AppError('timeout', 'the relay did not answer in time')
        cancel = clock.after(previewTimeoutMs, () => reject(late))
        mirror.listen().catch(reject)
      })
      return await mirror.preview()
    } finally {
      cancel()
      await mirror.stop()
      await store.close()
    }
  }

  #onIdle = (): void => {
    const { held, isSynced, sweeps, lastDown } = this.#mirror
    if (lastDown?.isFatal === true) {
      const isAnswer = ({ heardBefore }: Waiter): boolean => heardBefore !== lastDown
      for (const waiter of this.#takeWaiters(isAnswer)) waiter.failed(lastDown.reason)
    }
    if (held !== null) {
      const text = `${this.#options.folder} is held: ${heldSummary(held)}. Nothing was changed. ${held.advice}`
      this.#failWaiters(sweeps, new AppError('held', text))
    }
    if (!isSynced) return
    this.#crashes = 0
    this.#lastSyncedAt = this.#options.clock.now()
    for (const waiter of this.#takeWaiters(hasSwept(sweeps))) waiter.done()
  }

  #failWaiters(sweeps: number, reason: AppError): void {
    for (const waiter of this.#takeWaiters(hasSwept(sweeps))) waiter.failed(reason)
  }

  #takeWaiters(isTaken: (waiter: Waiter) => boolean): readonly Waiter[] {
    const taken = this.#waiters.filter(isTaken)
    this.#waiters = this.#waiters.filter((waiter) => !taken.includes(waiter))
    return taken
  }

  #paused(): AppError {
    const todo = 'Nothing was changed. To go on: "undrift resume".'
    return new AppError('paused', `${this.#options.folder} is paused. ${todo}`)
  }

  #stopping(): AppError {
    return new AppError('stopping', `the agent of ${this.#options.folder} is stopping`)
  }

  #newMirror(): Mirror {
    const { vault, device } = this.#options
    const openLink = (events: LinkEvents): Link =>
      (this.#link = new RelayLink(this.#options, events))
    return new Mirror(
      { ...this.#options, vault: vault.id, device: device.id, openLink },
      { onIdle: () => this.#onIdle(), onCrash: (reason) => this.#crashed(reason) },
    )
  }

  /** One session after the other, whatever is asked while one begins. A failure is tried again later. */
  #restart(): Promise<void> {
    this.#beginning = this.#beginning
      .then(() => this.#begin())
      .catch((thrown: unknown) => this.#crashed(toAppError(thrown)))
    return this.#beginning
  }

  /** A new session starts from what is durable, under a new clientID. */
  async #begin(): Promise<void> {
    await this.#mirror.stop()
    await this.#options.store.close()
    if (this.#state !== 'running') return
    this.#crash = undefined
    for (const waiter of this.#waiters) waiter.sweeps = 1
    this.#mirror = this.#newMirror()
    await this.#mirror.start()
  }

  #crashed(reason: AppError): void {
    const { clock, random, log } = this.#options
    log.error('session ended', { code: reason.code, why: reason.message, stack: reason.cause })
    this.#crash = reason
    const delayMs = backoffMs(this.#crashes++, random.fraction())
    this.#cancelRestart = clock.after(delayMs, () => {
      if (this.#state === 'running') void this.#restart()
    })
  }

  #syncState(): SyncState {
    const { held, isSynced, isConnected } = this.#mirror
    if (this.#state === 'paused') return 'paused'
    if (this.#failure !== undefined) return 'error'
    if (held !== null) return 'held'
    if (!isConnected) return 'offline'
    return isSynced ? 'synced' : 'syncing'
  }

  /** Why nothing is synced, where waiting for the relay alone does not help. */
  get #failure(): AppError | undefined {
    const { lastDown } = this.#mirror
    if (this.#crash !== undefined) return this.#crash
    const isFailure = lastDown?.isFatal === true || lastDown?.reason.code === 'storage-full'
    return isFailure ? lastDown.reason : undefined
  }

  #ownProblems(): Status['problems'] {
    const reason = this.#failure
    if (reason === undefined) return []
    const since = isoOf(this.#options.clock.now())
    return [{ path: '.', code: reason.code, message: reason.message, since }]
  }
}

/** Whether a waiter waits for so many sweeps, or fewer. */
function hasSwept(sweeps: number): (waiter: Waiter) => boolean {
  return (waiter) => waiter.sweeps <= sweeps
}

function iso(ms: number): string | null {
  return ms === 0 ? null : isoOf(ms)
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}
