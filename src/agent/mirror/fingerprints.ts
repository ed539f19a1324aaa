// What binary files are called by their bytes. Long ones are read beside the turns, for notes do not wait for them.
import type { VaultPath } from '../../shared/vault-path.ts'
import type { BlobDisk, Fingerprinted } from '../blob/blob-disk.ts'
import { type FileStat, sameStat } from '../core/facts.ts'

/** A shorter file is read at once. */
const longBytes = 1024 * 1024

export class Fingerprints {
  readonly #disk: BlobDisk
  readonly #onRead: (path: VaultPath) => void
  readonly #reading = new Set<VaultPath>()
  readonly #found = new Map<VaultPath, Fingerprinted>()

  /** `onRead`: a long file was read, and should be looked at again. */
  constructor(disk: BlobDisk, onRead: (path: VaultPath) => void) {
    this.#disk = disk
    this.#onRead = onRead
  }

  /** Files that are being read. */
  get reading(): number {
    return this.#reading.size
  }

  /** `later` while it is being read; `changed` when it is another than `stat`. */
  async of(path: VaultPath, stat: FileStat): Promise<Fingerprinted | 'later' | 'changed'> {
    const found = this.#found.get(path)
    this.#found.delete(path)
    if (found !== undefined && sameStat(found.stat, stat)) return found
    if (this.#reading.has(path)) return 'later'
    if (stat.size > longBytes) {
      void this.#read(path)
      return 'later'
    }
    const now = await this.#disk.fingerprint(path)
    return now !== undefined && sameStat(now.stat, stat) ? now : 'changed'
  }

  /** Reads all of the file now, however long; undefined when it cannot be read from one moment. */
  whole(path: VaultPath): Promise<Fingerprinted | undefined> {
    return this.#disk.fingerprint(path)
  }

  async #read(path: VaultPath): Promise<void> {
    this.#reading.add(path)
    const found = await this.#disk.fingerprint(path).catch(() => undefined)
    this.#reading.delete(path)
    if (found !== undefined) this.#found.set(path, found)
    this.#onRead(path)
  }
}
