// What binary files are on their way, both ways: small ones first, some at a time, again after a failure.
import PQueue from 'p-queue'
import { maxChunkBytes } from '../../shared/blob/cut.ts'
import { sizeOfParts } from '../../shared/blob/parts.ts'
import { type AppError, toAppError } from '../../shared/errors.ts'
import type { BlobHash } from '../../shared/ids.ts'
import type { Clock, Logger, Random } from '../../shared/ports.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { backoffMs } from '../core/backoff.ts'
import type { BlobDisk, Fingerprinted } from './blob-disk.ts'
import { type DownloadOptions, download } from './download.ts'
import { LocalChunks, type LocalFile } from './local-chunks.ts'
import type { Placed } from './placed.ts'
import type { RemoteBlobs } from './remote-blobs.ts'
import { upload } from './upload.ts'

export type TransferPorts = {
  readonly disk: BlobDisk
  readonly remote: RemoteBlobs
  /** Files on this disk that had these bytes when they were last looked at. */
  readonly holders: (hash: BlobHash) => readonly LocalFile[]
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

export type TransferEvents = {
  /** The relay has the file's bytes, or the file is another by now. */
  onSent(path: VaultPath): void
  /** The bytes are on this disk, in `BlobDisk.openPart`. */
  onReceived(hash: BlobHash): void
  /** Why it does not go on; it is tried again. */
  onFailure(what: VaultPath | BlobHash, reason: AppError): void
}

/** A file on its way up (by its path) or down (by its hash). */
type Job = {
  readonly key: string
  /** Bytes. */
  readonly size: number
  readonly run: (signal: AbortSignal, onBytes: (bytes: number) => void) => Promise<void>
  readonly failed: (reason: AppError) => 'again' | 'never'
  done: number
  failures: number
  isRunning: boolean
  cancelWait: () => void
}

/** How far the files that are on their way are, together, in bytes. */
export type Progress = { readonly files: number; readonly bytes: number; readonly done: number }

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
  readonly #jobs = new Map<string, Job>()
  readonly #small = new PQueue({ concurrency: smallAtOnce })
  readonly #large = new PQueue({ concurrency: largeAtOnce })
  /** What the relay was seen to have on this connection. */
  readonly #sent = new Set<BlobHash>()
  readonly #received = new Set<BlobHash>()
  /** Ends what runs when the connection does; undefined while there is none. */
  #connection: AbortController | undefined

  constructor(ports: TransferPorts, events: TransferEvents) {
    this.#ports = ports
    this.#events = events
  }

  get up(): Progress {
    return this.#progress('up')
  }

  get down(): Progress {
    return this.#progress('down')
  }

  /** There is a connection: what waits goes on. */
  connected(): void {
    this.#connection = new AbortController()
    const smallFirst = [...this.#jobs.values()].sort((a, b) => a.size - b.size)
    for (const job of smallFirst) this.#enqueue(job)
  }

  /** The relay is away, and may have lost what it had: nothing runs until there is a connection again. */
  disconnected(): void {
    this.#connection?.abort()
    this.#connection = undefined
    this.#sent.clear()
    this.#small.clear()
    this.#large.clear()
    for (const job of this.#jobs.values()) job.cancelWait()
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
    const size = sizeOfParts(file.parts)
    this.#start(`up ${path} ${file.hash}`, size, {
      run: (signal, onSent) => this.#upload(path, { file, stat }, signal, onSent),
      failed: (reason) => {
        this.#events.onFailure(path, reason)
        return reason.code === 'forbidden' || reason.code === 'too-large' ? 'never' : 'again'
      },
    })
    return false
  }

  /**
   * Whether these bytes are on this disk, in their part; if not they are on their way. `former`: what they are to
   * replace.
   */
  fetch(hash: BlobHash, size: number, former?: LocalFile): boolean {
    if (this.#received.has(hash)) return true
    this.#start(`down ${hash}`, size, {
      run: (signal, onReceived) => this.#download({ hash, size, former }, signal, onReceived),
      failed: (reason) => {
        this.#events.onFailure(hash, reason)
        return 'again'
      },
    })
    return false
  }

  /** The part was given its name, or is not wanted any more. */
  taken(hash: BlobHash): void {
    this.#received.delete(hash)
  }

  #progress(way: 'up' | 'down'): Progress {
    const jobs = [...this.#jobs.values()].filter(({ key }) => key.startsWith(way))
    const sum = (of: (job: Job) => number): number => jobs.reduce((all, job) => all + of(job), 0)
    return { files: jobs.length, bytes: sum(({ size }) => size), done: sum(({ done }) => done) }
  }

  #start(key: string, size: number, how: Pick<Job, 'run' | 'failed'>): void {
    if (this.#jobs.has(key)) return
    const job = { key, size, ...how, done: 0, failures: 0, isRunning: false, cancelWait: () => {} }
    this.#jobs.set(key, job)
    this.#enqueue(job)
  }

  #enqueue(job: Job): void {
    const connection = this.#connection
    if (connection === undefined || job.isRunning) return
    const queue = job.size <= maxChunkBytes ? this.#small : this.#large
    void queue.add(() => this.#run(job, connection.signal), { priority: -job.size })
  }

  async #run(job: Job, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#jobs.get(job.key) !== job) return
    job.isRunning = true
    job.done = 0
    try {
      await job.run(signal, (bytes) => void (job.done += bytes))
      this.#jobs.delete(job.key)
    } catch (thrown) {
      if (!signal.aborted) this.#failed(job, toAppError(thrown))
    } finally {
      job.isRunning = false
    }
    // The connection may have come back while this one ended.
    if (signal.aborted && this.#jobs.get(job.key) === job) this.#enqueue(job)
  }

  #failed(job: Job, reason: AppError): void {
    const { clock, random, log } = this.#ports
    log.debug('transfer.failed', { job: job.key, code: reason.code, why: reason.message })
    if (job.failed(reason) === 'never') {
      this.#jobs.delete(job.key)
      return
    }
    const delayMs = backoffMs(job.failures++, random.fraction())
    job.cancelWait = clock.after(delayMs, () => this.#enqueue(job))
  }

  async #upload(
    path: VaultPath,
    { file, stat }: Fingerprinted,
    signal: AbortSignal,
    onSent: (bytes: number) => void,
  ): Promise<void> {
    const source = await this.#ports.disk.openFile(path, stat)
    try {
      if (source !== undefined) {
        const read = (at: number, size: number) => source.read(at, size)
        await upload({ remote: this.#ports.remote, file, read, signal, onSent })
        this.#sent.add(file.hash)
      }
    } catch (thrown) {
      if (toAppError(thrown).code !== 'hash-mismatch') throw thrown
    } finally {
      await source?.close()
    }
    this.#events.onSent(path)
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
    const target = await disk.openPart(options.hash)
    try {
      await download({ ...options, target })
      await target.finish(options.size)
    } catch (thrown) {
      if (toAppError(thrown).code === 'hash-mismatch') await disk.dropPart(options.hash)
      throw thrown
    } finally {
      await target.close()
    }
  }
}
