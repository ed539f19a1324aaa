// Port: the bytes of binary files on this device.
import type { BlobHash } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { FileStat, Unreadable } from '../core/facts.ts'
import type { Target } from './download.ts'
import type { Fingerprint } from './fingerprint.ts'

export type Fingerprinted = { readonly file: Fingerprint; readonly stat: FileStat }

/** To be closed. */
export interface Readable {
  /** Reads `size` bytes at `at`; fewer where there are none. */
  read(at: number, size: number): Promise<Uint8Array>
  close(): Promise<void>
}

/** To be closed. */
export interface Part extends Readable, Target {
  /** Cuts or extends it to `size` bytes, and makes all of it durable. */
  finish(size: number): Promise<void>
}

export interface BlobDisk {
  /** From one moment; undefined when the file changed meanwhile, or is none. Throws when aborted. */
  fingerprint(
    path: VaultPath,
    signal?: AbortSignal,
  ): Promise<Fingerprinted | Unreadable | undefined>
  /** Undefined when the file is not `expected` any more, or cannot be opened. */
  openFile(path: VaultPath, expected: FileStat): Promise<Readable | undefined>
  /**
   * Where the `size` bytes of this hash are put together; what an earlier run has put there stays. It and what it gives
   * throw `storage-full` where there is not that much room, and some to spare, and `storage` where the disk does not
   * take them.
   */
  openPart(hash: BlobHash, size: number): Promise<Part>
  /** Removes what was put together for other bytes than these. What the disk does not let go stays. */
  keepParts(wanted: ReadonlySet<BlobHash>): Promise<void>
}
