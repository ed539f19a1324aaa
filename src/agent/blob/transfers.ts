// What binary files are on their way, both ways: small ones first, some at a time, again after a failure.
import PQueue from 'p-queue'
import { maxChunkBytes } from '../../shared/blob/cut.ts'
import { sizeOfParts } from '../../shared/blob/parts.ts'
import { type AppError, toAppError } from '../../shared/errors.ts'
import type { BlobHash } from '../../shared/ids.ts'
import { maxHashesAtOnce } from '../../shared/limits.ts'
import type { Clock, Logger, Random } from '../../shared/ports.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { backoffMs } from '../core/backoff.ts'
import type { TransferStatus } from '../core/status.ts'
import type { BlobDisk, Fingerprinted } from './blob-disk.ts'
import { type DownloadOptions, download } from './download.ts'
import { type Failure, Job, type JobOptions, keyOf } from './job.ts'
import { LocalChunks, type LocalFile } from './local-chunks.ts'
import type { Placed } from './placed.ts'
import type { RemoteBlobs } from './remote-blobs.ts'
import { upload } from './upload.ts'

export type TransferPorts = {
  readonly disk: BlobDisk
  readonly remote: RemoteBlobs
  /** Files on this disk that had these bytes when they were last looked at. */
  readonly holders: (hash: BlobHash) => readonly LocalFile[]
  /** Whether a file still waits for these bytes. */
  readonly isWanted: (hash: BlobHash) => boolean
  /** Whether no rule leaves the file out. */
  readonly maySend: (path: VaultPath) => boolean
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

export type TransferEvents = {
  /** The relay has the file's bytes. */
  onSent(path: VaultPath): void
  /** The file is not the one that was to be sent. */
  onChanged(path: VaultPath): void
  /** The bytes are on this disk, in `BlobDisk.openPart`. */
  onReceived(hash: BlobHash): void
  /** What comes in has no room. */
  onDiskFull(): void
  /** One of what was on its way is no more. */
  onEnded(): void
}

type Wanted = {
  readonly hash: BlobHash
  readonly size: number
  readonly former: LocalFile | undefined
}

const smallAtOnce = 4
const largeAtOnce = 2

export class Transfers {
  readonly #ports: TransferPorts
  readonly #events: TransferEvents
  /** By what they are about: files that go up by their paths, those that come down by their hashes. */
  readonly #jobs = new Map<string, Job>()
  readonly #small = new PQueue({ concurrency: smallAtOnce })
  readonly #large = new PQueue({ concurrency: largeAtOnce })
  /** What the relay was seen to have on this connection. */
  readonly #sent = new Set<BlobHash>()
  readonly #received = new Set<BlobHash>()
  /** Files of which the relay is still to be asked whether it has them. */
  readonly #offered = new Map<BlobHash, LocalFile>()
  /** Ends what runs when the connection does; undefined while there is none. */
  #connection: AbortController | undefined

  constructor(ports: TransferPorts, events: TransferEvents) {
    this.#ports = ports
    this.#events = events
  }

  get up(): TransferStatus {
    return this.#progress('up')
  }

  get down(): TransferStatus {
    return this.#progress('down')
  }

  get isIdle(): boolean {
    return this.#jobs.size === 0
  }

  /** What does not go on, as far as it is more than a connection that broke. */
  get failures(): Failure[] {
    return [...this.#jobs.values()].flatMap(({ failure }) => failure ?? [])
  }

  /** There is a connection: what waits goes on. */
  connected(): void {
    this.#connection = new AbortController()
    const smallFirst = [...this.#jobs.values()].sort((a, b) => a.options.size - b.options.size)
    for (const job of smallFirst) this.#enqueue(job)
  }

  /** The relay is away, and may have lost what it had: nothing runs until there is a connection again. */
  disconnected(): void {
    this.#connection?.abort()
    this.#connection = undefined
    this.#sent.clear()
    this.#small.clear()
    this.#large.clear()
    for (const job of this.#jobs.values()) job.endPause()
  }

  /** Ends everything; resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.disconnected()
    this.#jobs.clear()
    await Promise.all([this.#small.onIdle(), this.#large.onIdle()])
  }

  /** Whether the relay has these bytes; if not they are on their way, instead of what was at `path` before. */
  send(path: VaultPath, { file, stat }: Fingerprinted): boolean {
    if (this.#sent.has(file.hash)) return true
    const what = { way: 'up', path, hash: file.hash } as const
    if (this.#isSending(path, file.hash)) return false
    this.#start({
      what,
      size: sizeOfParts(file.parts),
      run: (signal, onBytes) => this.#upload(path, { file, stat }, signal, onBytes),
      isWanted: () => this.#ports.maySend(path),
    })
    return false
  }

  /** Whether `send` was asked for these bytes of this file before, on this connection or while they wait. */
  isGiven(path: VaultPath, hash: BlobHash): boolean {
    return this.#sent.has(hash) || this.#isSending(path, hash)
  }

  #isSending(path: VaultPath, hash: BlobHash): boolean {
    const job = this.#jobs.get(keyOf({ way: 'up', path }))
    if (job === undefined || job.isEnded) return false
    const { what } = job.options
    return what.way === 'up' && what.hash === hash
  }

  /** Nothing is at `path` that should be sent. */
  forget(path: VaultPath): void {
    const key = keyOf({ way: 'up', path })
    this.#jobs.get(key)?.end()
    this.#jobs.delete(key)
  }

  /** Other rules are in force: what they leave out ends. */
  endUnwanted(): void {
    for (const job of this.#jobs.values()) {
      if (job.options.isWanted()) continue
      job.end()
      if (!job.isRunning) this.#remove(job)
    }
  }

  /** Sends those of these files, and of those offered before, that the relay lacks. */
  offer(files: readonly LocalFile[]): void {
    for (const file of files) this.#offered.set(file.hash, file)
    this.#start({
      what: { way: 'check' },
      size: 0,
      run: (signal) => this.#check(signal),
      isWanted: () => true,
    })
  }

  /**
   * Whether these bytes are on this disk, in their part; if not they are on their way. `former`: what they are to
   * replace.
   */
  fetch(hash: BlobHash, size: number, former?: LocalFile): boolean {
    if (this.#received.has(hash)) return true
    const what = { way: 'down', hash } as const
    const job = this.#jobs.get(keyOf(what))
    if (job !== undefined) {
      // Two would write into one part.
      job.isWantedAgain = job.isEnded
      return false
    }
    this.#start({
      what,
      size,
      run: (signal, onBytes) => this.#download({ hash, size, former }, signal, onBytes),
      isWanted: () => this.#ports.isWanted(hash),
    })
    return false
  }

  /** The relay has these bytes, which it was asked for in vain: what waits for them goes on. */
  arrived(hash: BlobHash): void {
    const job = this.#jobs.get(keyOf({ way: 'down', hash }))
    if (job === undefined) return
    job.isHurried = job.isRunning
    if (job.endPause()) this.#enqueue(job)
  }

  /** The part was given its name, or is not there any more. */
  taken(hash: BlobHash): void {
    this.#received.delete(hash)
  }

  #progress(way: 'up' | 'down'): TransferStatus {
    const jobs = [...this.#jobs.values()].filter(({ options }) => options.what.way === way)
    const sum = (of: (job: Job) => number): number => jobs.reduce((all, job) => all + of(job), 0)
    const bytes = sum(({ options }) => options.size)
    return { files: jobs.length, bytes, done: sum(({ done }) => done) }
  }

  /** Instead of what was to do about the same. */
  #start(options: JobOptions): void {
    const job = new Job(options)
    this.#jobs.get(job.key)?.end()
    this.#jobs.set(job.key, job)
    this.#enqueue(job)
  }

  #enqueue(job: Job): void {
    const connection = this.#connection
    if (connection === undefined || job.isRunning) return
    const { size } = job.options
    const queue = size <= maxChunkBytes ? this.#small : this.#large
    void queue.add(() => this.#run(job, connection.signal), { priority: -size })
  }

  async #run(job: Job, connection: AbortSignal): Promise<void> {
    if (connection.aborted || !this.#has(job)) return
    if (!job.options.isWanted()) return this.#remove(job)
    try {
      await job.run(connection)
      this.#remove(job)
    } catch (thrown) {
      if (job.isEnded) this.#hasEnded(job)
      else if (connection.aborted) this.#enqueueAgain(job)
      else this.#failed(job, toAppError(thrown))
    }
  }

  #hasEnded(job: Job): void {
    if (job.isWantedAgain && this.#has(job)) this.#start(job.options)
    else this.#remove(job)
  }

  #has(job: Job): boolean {
    return this.#jobs.get(job.key) === job
  }

  #remove(job: Job): void {
    if (!this.#has(job)) return
    this.#jobs.delete(job.key)
    this.#events.onEnded()
  }

  /** The connection may have come back while this job ended. */
  #enqueueAgain(job: Job): void {
    if (this.#has(job)) this.#enqueue(job)
  }

  #failed(job: Job, reason: AppError): void {
    const { clock, random, log } = this.#ports
    log.debug('transfer.failed', { job: job.key, code: reason.code, why: reason.message })
    job.failed(reason, clock.now())
    if (job.options.what.way === 'down' && reason.code === 'storage-full') this.#events.onDiskFull()
    if (job.isRefused && job.options.what.way === 'check') this.#remove(job)
    if (job.isRefused || !this.#has(job)) return
    if (job.isHurried) return this.#enqueue(job)
    const delayMs = backoffMs(job.attempts - 1, random.fraction())
    const next = (): void => {
      job.endPause()
      this.#enqueue(job)
    }
    job.pause(clock.after(delayMs, next))
  }

  async #upload(
    path: VaultPath,
    { file, stat }: Fingerprinted,
    signal: AbortSignal,
    onBytes: (bytes: number) => void,
  ): Promise<void> {
    const { disk, remote } = this.#ports
    const source = await disk.openFile(path, stat)
    if (source === undefined) return this.#events.onChanged(path)
    try {
      const read = (at: number, size: number) => source.read(at, size)
      await upload({ remote, file, read, signal, onSent: onBytes, onThere: onBytes })
    } catch (thrown) {
      if (toAppError(thrown).code !== 'hash-mismatch') throw thrown
      return this.#events.onChanged(path)
    } finally {
      await source.close()
    }
    this.#sent.add(file.hash)
    this.#events.onSent(path)
  }

  async #check(signal: AbortSignal): Promise<void> {
    while (this.#offered.size > 0) {
      const some = [...this.#offered.keys()].slice(0, maxHashesAtOnce)
      const lacking = new Set(await this.#ports.remote.missing(some, signal))
      for (const hash of some) {
        signal.throwIfAborted()
        if (lacking.has(hash)) await this.#sendOffered(hash, signal)
        this.#offered.delete(hash)
      }
    }
  }

  /** The relay may have had it on this connection, and have lost it. */
  async #sendOffered(hash: BlobHash, signal: AbortSignal): Promise<void> {
    const path = this.#offered.get(hash)?.path
    const { disk } = this.#ports
    const found = path === undefined ? undefined : await disk.fingerprint(path, signal)
    this.#sent.delete(hash)
    const isThere = found !== undefined && 'file' in found && found.file.hash === hash
    if (path !== undefined && isThere) this.send(path, found)
  }

  async #download(
    { hash, size, former }: Wanted,
    signal: AbortSignal,
    onReceived: (bytes: number) => void,
  ): Promise<void> {
    const { disk, remote, holders } = this.#ports
    const sources = { disk, remote, copies: holders(hash), former }
    const chunks = await LocalChunks.open(sources, signal)
    try {
      const local = (part: Placed) => chunks.read(part)
      await this.#fill({ remote, hash, size, local, signal, onReceived })
    } finally {
      await chunks.close()
    }
    this.#received.add(hash)
    this.#events.onReceived(hash)
  }

  async #fill(options: Omit<DownloadOptions, 'target'>): Promise<void> {
    const { disk } = this.#ports
    const target = await disk.openPart(options.hash, options.size)
    try {
      await download({ ...options, target })
      await target.finish(options.size)
    } finally {
      await target.close()
    }
  }
}
