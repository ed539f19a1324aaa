// The blob store in memory, for tests and the simulation.
import { hash as hashOf } from 'node:crypto'
import type { BlobPart } from '../../shared/blob/parts.ts'
import { AppError } from '../../shared/errors.ts'
import { type BlobHash, type VaultId, parseId } from '../../shared/ids.ts'
import { type BlobStore, otherBytes } from './blob-store.ts'

type Stored = { readonly bytes?: Uint8Array; readonly parts?: readonly BlobPart[]; usedAt: number }

export class MemoryBlobStore implements BlobStore {
  readonly #stored = new Map<string, Stored>()
  readonly #now: () => number

  /** `now` in ms. */
  constructor(now: () => number) {
    this.#now = now
  }

  async vaults(): Promise<VaultId[]> {
    const names = [...this.#stored.keys()].map((key) => key.slice(0, key.indexOf('/')))
    return [...new Set(names)].flatMap((name) => parseId<VaultId>(name) ?? [])
  }

  async sizeOf(vault: VaultId, hash: BlobHash): Promise<number | undefined> {
    return this.#stored.get(`${vault}/${hash}`)?.bytes?.length
  }

  async partsOf(vault: VaultId, hash: BlobHash): Promise<readonly BlobPart[] | undefined> {
    return this.#stored.get(`${vault}/${hash}`)?.parts
  }

  async put(vault: VaultId, hash: BlobHash, bytes: Uint8Array): Promise<void> {
    this.#stored.set(`${vault}/${hash}`, { bytes: bytes.slice(), usedAt: this.#now() })
  }

  async receive(
    vault: VaultId,
    hash: BlobHash,
    _size: number,
    source: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const parts: Uint8Array[] = []
    for await (const part of source) parts.push(part)
    const bytes = Buffer.concat(parts)
    if (hashOf('sha256', bytes) !== hash) throw otherBytes()
    await this.put(vault, hash, bytes)
  }

  async putParts(vault: VaultId, hash: BlobHash, parts: readonly BlobPart[]): Promise<void> {
    this.#stored.set(`${vault}/${hash}`, { parts, usedAt: this.#now() })
  }

  async *read(
    vault: VaultId,
    hash: BlobHash,
    from: number,
    to: number,
  ): AsyncGenerator<Uint8Array> {
    const bytes = this.#stored.get(`${vault}/${hash}`)?.bytes
    if (bytes === undefined) throw new AppError('storage', `blob ${hash} cannot be read`)
    yield bytes.subarray(from, to)
  }

  async setAside(vault: VaultId, hash: BlobHash): Promise<void> {
    this.#stored.delete(`${vault}/${hash}`)
  }

  async touch(vault: VaultId, hashes: Iterable<BlobHash>): Promise<void> {
    for (const hash of hashes) {
      const stored = this.#stored.get(`${vault}/${hash}`)
      if (stored !== undefined) stored.usedAt = this.#now()
    }
  }

  async removeUnused(vault: VaultId, before: number): Promise<number> {
    let removed = 0
    for (const [key, { bytes, usedAt }] of this.#stored) {
      if (usedAt >= before || !key.startsWith(`${vault}/`)) continue
      this.#stored.delete(key)
      removed += bytes?.length ?? 0
    }
    return removed
  }
}
