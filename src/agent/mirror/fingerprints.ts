// What binary files are called by their bytes. Long ones are read beside the turns, for notes do not wait for them.
import pLimit from 'p-limit'
import { toAppError } from '../../shared/errors.ts'
import type { Clock } from '../../shared/ports.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { BlobDisk, Fingerprinted } from '../blob/blob-disk.ts'
import { type FileStat, type Unreadable, changedAtMs, racyMs, sameStat } from '../core/facts.ts'

type Found = {
  readonly content: Fingerprinted | Unreadable
  readonly stat: FileStat
}

/** A shorter file is read at once. */
const longBytes = 1024 * 1024
/** Each has some chunks in memory, and a folder of pictures is found all at once. */
const longAtOnce = 2

export class Fingerprints {
  readonly #disk: BlobDisk
  readonly #clock: Clock
  readonly #onRead: (path: VaultPath) => void
  readonly #reading = new Map<VaultPath, FileStat>()
  readonly #found = new Map<VaultPath, Found>()
  readonly #racy = new Set<VaultPath>()
  readonly #limit = pLimit(longAtOnce)
  readonly #stopped = new AbortController()

  /** `onRead`: a long file was read, and should be looked at again. */
  constructor(disk: BlobDisk, clock: Clock, onRead: (path: VaultPath) => void) {
    this.#disk = disk
    this.#clock = clock
    this.#onRead = onRead
  }

  /** What was found at `path` is not needed again. */
  forget(path: VaultPath): void {
    this.#found.delete(path)
    this.#racy.delete(path)
  }

  /** Whether what was found at `path` may be no more what stands there, though its times are the same. */
  isRacy(path: VaultPath): boolean {
    return this.#racy.has(path)
  }

  /** Files that are being read, or wait for that. */
  get reading(): number {
    return this.#reading.size
  }

  /** What stood there when that began. */
  filesInReading(): Iterable<FileStat> {
    return this.#reading.values()
  }

  isReading(path: VaultPath): boolean {
    return this.#reading.has(path)
  }

  /** `later` while it is being read; `changed` when it is another than `stat`. What is unreadable is told once. */
  async of(
    path: VaultPath,
    stat: FileStat,
  ): Promise<Fingerprinted | Unreadable | 'later' | 'changed'> {
    const found = this.#found.get(path)
    const isIt = found !== undefined && sameStat(found.stat, stat)
    if (isIt && isRead(found.content)) return found.content
    this.#found.delete(path)
    if (isIt) return found.content
    if (this.#reading.has(path)) return 'later'
    if (stat.size > longBytes) {
      this.#reading.set(path, stat)
      void this.#limit(() => this.#read(path, stat))
      return 'later'
    }
    const now = await this.#readNow(path)
    if (now !== undefined && !isRead(now)) return now
    return now !== undefined && sameStat(now.stat, stat) ? now : 'changed'
  }

  /** Reads all of the file now, however long; undefined when it cannot be read from one moment. */
  async whole(path: VaultPath): Promise<Fingerprinted | undefined> {
    const found = await this.#disk.fingerprint(path)
    return found !== undefined && isRead(found) ? found : undefined
  }

  /** Long files are not read on. */
  stop(): void {
    this.#limit.clearQueue()
    this.#stopped.abort()
  }

  async #read(path: VaultPath, seen: FileStat): Promise<void> {
    const content = await this.#readNow(path, this.#stopped.signal).catch(unexpected)
    this.#reading.delete(path)
    if (content !== undefined) {
      this.#found.set(path, { content, stat: isRead(content) ? content.stat : seen })
    }
    this.#onRead(path)
  }

  async #readNow(
    path: VaultPath,
    signal?: AbortSignal,
  ): Promise<Fingerprinted | Unreadable | undefined> {
    const begunAt = this.#clock.now()
    const content = await this.#disk.fingerprint(path, signal)
    const isYoung =
      content !== undefined && isRead(content) && begunAt - changedAtMs(content.stat) < racyMs
    if (isYoung) this.#racy.add(path)
    else this.#racy.delete(path)
    return content
  }
}

/** Whether a file could be read. */
export function isRead(content: Fingerprinted | Unreadable): content is Fingerprinted {
  return 'file' in content
}

function unexpected(thrown: unknown): Unreadable {
  return { kind: 'unreadable', why: toAppError(thrown).message }
}
