// Binary files of a MemoryFolder. Every step of an operation can be the last one before a crash.
import type { BlobDisk, Fingerprinted, Part, Readable } from '../../src/agent/blob/blob-disk.ts'
import { fingerprint } from '../../src/agent/blob/fingerprint.ts'
import { type FileStat, sameStat } from '../../src/agent/core/facts.ts'
import type { BlobHash } from '../../src/shared/ids.ts'
import type { VaultPath } from '../../src/shared/vault-path.ts'
import type { DiskFaults } from './disk-faults.ts'
import { type Inode, type MemoryFolder, statOf } from './memory-folder.ts'

export class MemoryBlobDisk implements BlobDisk {
  readonly #folder: MemoryFolder
  readonly #step: () => Promise<void>
  readonly #faults: DiskFaults | undefined

  /** `step` as that of a MemoryDisk. */
  constructor(
    folder: MemoryFolder,
    step: () => Promise<void> = () => Promise.resolve(),
    faults?: DiskFaults,
  ) {
    this.#folder = folder
    this.#step = step
    this.#faults = faults
  }

  async fingerprint(path: VaultPath): Promise<Fingerprinted | undefined> {
    await this.#step()
    const inode = this.#fileAt(path)
    if (inode === undefined) return undefined
    const stat = statOf(inode)
    const file = await fingerprint(inParts(inode.bytes))
    await this.#step()
    return sameStat(stat, statOf(inode)) ? { file, stat } : undefined
  }

  async openFile(path: VaultPath, expected: FileStat): Promise<Readable | undefined> {
    await this.#step()
    const inode = this.#fileAt(path)
    if (inode === undefined || !sameStat(statOf(inode), expected)) return undefined
    return this.#open(inode)
  }

  async openPart(hash: BlobHash): Promise<Part> {
    await this.#step()
    const key = partKey(hash)
    const inode = this.#folder.aside.get(key) ?? this.#folder.create(new Uint8Array())
    this.#folder.aside.set(key, inode)
    const write = async (at: number, bytes: Uint8Array): Promise<void> => {
      await this.#step()
      const longer = new Uint8Array(Math.max(inode.bytes.length, at + bytes.length))
      longer.set(inode.bytes)
      longer.set(bytes, at)
      inode.bytes = longer
    }
    const finish = async (size: number): Promise<void> => {
      await this.#step()
      inode.bytes = inode.bytes.slice(0, size)
    }
    return { ...this.#open(inode), write, finish }
  }

  async keepParts(wanted: ReadonlySet<BlobHash>): Promise<void> {
    const kept = new Set([...wanted].map(partKey))
    const parts = [...this.#folder.aside.keys()].filter((key) => key.startsWith('parts/'))
    for (const key of parts.filter((part) => !kept.has(part))) {
      await this.#step()
      this.#folder.aside.delete(key)
    }
  }

  #fileAt(path: VaultPath): Inode | undefined {
    if (this.#faults?.coverOf(path) !== undefined) return undefined
    const inode = this.#folder.files.get(path)
    return inode?.isLink === false ? inode : undefined
  }

  #open(inode: Inode): Readable {
    const read = async (at: number, size: number): Promise<Uint8Array> => {
      await this.#step()
      return inode.bytes.slice(at, at + size)
    }
    return { read, close: () => Promise.resolve() }
  }
}

/** Where a MemoryFolder has the bytes that are put together. */
export function partKey(hash: BlobHash): string {
  return `parts/${hash}`
}

async function* inParts(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
