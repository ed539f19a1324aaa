// Port: where the relay keeps the bytes of binary files, by their SHA-256.
import type { BlobPart } from '../../shared/blob/parts.ts'
import { AppError } from '../../shared/errors.ts'
import type { BlobHash, VaultId } from '../../shared/ids.ts'

export interface BlobStore {
  /** Those of which it has anything. */
  vaults(): Promise<VaultId[]>
  /** The size in bytes of what `put` has stored under this hash; undefined when nothing has. */
  sizeOf(vault: VaultId, hash: BlobHash): Promise<number | undefined>
  /** The parts of which `putParts` was told; undefined when it was not, or what is left of that is damaged. */
  partsOf(vault: VaultId, hash: BlobHash): Promise<readonly BlobPart[] | undefined>
  /** Durable when it resolves. Throws `storage-full` or `storage`: then nothing is stored. */
  put(vault: VaultId, hash: BlobHash, bytes: Uint8Array): Promise<void>
  /**
   * The same for what `source` gives, no more than a chunk; `size` is what it is said to be. Throws `hash-mismatch`
   * for other bytes, and what `source` throws.
   */
  receive(
    vault: VaultId,
    hash: BlobHash,
    size: number,
    source: AsyncIterable<Uint8Array>,
  ): Promise<void>
  /** The same for the parts of a longer blob. That they are its parts is the caller's word. */
  putParts(vault: VaultId, hash: BlobHash, parts: readonly BlobPart[]): Promise<void>
  /** Bytes `from`..`to` of what `put` has stored. Throws `storage` when it cannot be read. */
  read(vault: VaultId, hash: BlobHash, from: number, to: number): AsyncIterable<Uint8Array>
  /** What is stored under this hash is not that: it is missing from now on. The bytes stay for as long as unused ones do. */
  setAside(vault: VaultId, hash: BlobHash): Promise<void>
  /** Notes that these are in use now. */
  touch(vault: VaultId, hashes: Iterable<BlobHash>): Promise<void>
  /** Removes what has not been stored or touched since `before` (ms since 1970); returns how many bytes went. */
  removeUnused(vault: VaultId, before: number): Promise<number>
}

export function otherBytes(): AppError {
  return new AppError('hash-mismatch', 'these bytes have another SHA-256 than their address says')
}
