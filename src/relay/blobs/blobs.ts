// What is taken as the bytes of a binary file, and what is given back: nothing counts before its hash is right.
import { createHash, hash as hashOf } from 'node:crypto'
import pLimit from 'p-limit'
import { chunksOf } from '../../shared/blob/chunks.ts'
import { type BlobPart, sizeOfParts } from '../../shared/blob/parts.ts'
import { AppError } from '../../shared/errors.ts'
import type { BlobHash, VaultId } from '../../shared/ids.ts'
import { maxBlobBytes } from '../../shared/limits.ts'
import { type BlobStore, otherBytes } from '../store/blob-store.ts'

/** A blob that is here, whole. */
export type Blob = {
  /** Bytes. */
  readonly size: number
  /** What it is stored as, in order: itself, if it is no longer than a chunk. */
  readonly parts: readonly BlobPart[]
}

/** Lists of chunks that are read and looked through: one may have some megabytes, and many chunks to ask for. */
const listsAtOnce = 4

export class Blobs {
  readonly #store: BlobStore
  readonly #lists = pLimit(listsAtOnce)

  constructor(store: BlobStore) {
    this.#store = store
  }

  /** Undefined when it is not here, or not all of it. */
  async find(vault: VaultId, hash: BlobHash): Promise<Blob | undefined> {
    const size = await this.#store.sizeOf(vault, hash)
    if (size !== undefined) return { size, parts: [{ hash, size }] }
    return await this.#lists(async () => {
      const parts = await this.#store.partsOf(vault, hash)
      if (parts === undefined || (await this.#lacking(vault, parts)).length > 0) return undefined
      return { size: sizeOfParts(parts), parts }
    })
  }

  /** Which of these are not here. The others are in use from now on, for whoever asks is about to name them. */
  async missing(vault: VaultId, hashes: readonly BlobHash[]): Promise<BlobHash[]> {
    const missing: BlobHash[] = []
    for (const hash of new Set(hashes)) {
      if (!(await this.#keep(vault, hash))) missing.push(hash)
    }
    return missing
  }

  /** Whether it is here; then it is in use from now on, and what has been removed until then is not here. */
  async #keep(vault: VaultId, hash: BlobHash): Promise<boolean> {
    if ((await this.find(vault, hash)) === undefined) return false
    await this.touch(vault, [hash])
    return (await this.find(vault, hash)) !== undefined
  }

  /** Notes that these are in use now, with the chunks that they are made of. */
  async touch(vault: VaultId, hashes: Iterable<BlobHash>): Promise<void> {
    for (const hash of hashes) {
      await this.#store.touch(vault, [hash])
      await this.#lists(async () => {
        await this.#touchParts(vault, (await this.#store.partsOf(vault, hash)) ?? [])
      })
    }
  }

  /** However often a chunk is one of them. */
  async #touchParts(vault: VaultId, parts: readonly BlobPart[]): Promise<void> {
    await this.#store.touch(vault, new Set(parts.map(({ hash }) => hash)))
  }

  /** Stores what `source` gives, which is said to be `size` bytes; see `receive`. Never has all of it in memory. */
  async receiveChunk(
    vault: VaultId,
    hash: BlobHash,
    size: number,
    source: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    await this.#store.receive(vault, hash, size, source)
  }

  /**
   * Stores what `source` gives, chunk by chunk. Durable when it resolves. Throws `hash-mismatch`, `too-large`,
   * `storage-full` or `storage`: chunks stored by then stay until they were unused for long.
   */
  async receive(vault: VaultId, hash: BlobHash, source: AsyncIterable<Uint8Array>): Promise<void> {
    const whole = createHash('sha256')
    const parts: BlobPart[] = []
    let size = 0
    for await (const chunk of chunksOf(source)) {
      size += chunk.length
      if (size > maxBlobBytes) throw tooLarge()
      whole.update(chunk)
      const part = { hash: hashOf('sha256', chunk) as BlobHash, size: chunk.length }
      await this.#store.put(vault, part.hash, chunk)
      parts.push(part)
    }
    if (whole.digest('hex') !== hash) throw otherBytes()
    if (parts.length !== 1) await this.#store.putParts(vault, hash, parts)
  }

  /**
   * Takes chunks that are here already for one blob. Returns those that are not here; then nothing is done. Throws
   * `hash-mismatch` when they are not what `hash` and their sizes say, and `unreachable` as soon as `isWanted` says
   * that nobody waits for it.
   */
  async join(
    vault: VaultId,
    hash: BlobHash,
    parts: readonly BlobPart[],
    isWanted: () => boolean = () => true,
  ): Promise<BlobHash[]> {
    const check = (): void => {
      if (!isWanted()) throw new AppError('unreachable', 'who asked for it has gone')
    }
    check()
    if (sizeOfParts(parts) > maxBlobBytes) throw tooLarge()
    await this.#touchParts(vault, parts)
    const lacking = await this.#lacking(vault, parts)
    if (lacking.length > 0) return lacking
    if ((await this.#hashOf(vault, parts, check)) !== hash) {
      const damaged = await this.#damaged(vault, parts, check)
      if (damaged.length === 0) throw otherBytes()
      return damaged
    }
    await this.#store.putParts(vault, hash, parts)
    return []
  }

  /** Of all their bytes. They were right one by one when they came: who is to blame is asked where the whole is wrong. */
  async #hashOf(vault: VaultId, parts: readonly BlobPart[], check: () => void): Promise<string> {
    const whole = createHash('sha256')
    for (const { hash, size } of parts) {
      for await (const bytes of this.#store.read(vault, hash, 0, size)) {
        check()
        whole.update(bytes)
      }
    }
    return whole.digest('hex')
  }

  /** Which of these are not what their hashes say; they are missing from now on. */
  async #damaged(
    vault: VaultId,
    parts: readonly BlobPart[],
    check: () => void,
  ): Promise<BlobHash[]> {
    const damaged = new Set<BlobHash>()
    for (const part of parts) {
      const { hash } = part
      if (damaged.has(hash) || (await this.#hashOf(vault, [part], check)) === hash) continue
      await this.#store.setAside(vault, hash)
      damaged.add(hash)
    }
    return [...damaged]
  }

  /**
   * Bytes `from`..`to` of the blob. Throws `storage` where a whole chunk is not what its hash says, before the last of
   * it: then it is missing from now on, so that who has it sends it again.
   */
  async *read(
    vault: VaultId,
    { size, parts }: Blob,
    from = 0,
    to = size,
  ): AsyncGenerator<Uint8Array> {
    let start = 0
    for (const part of parts) {
      const [first, last] = [Math.max(from - start, 0), Math.min(to - start, part.size)]
      if (first === 0 && last === part.size) yield* this.#readChecked(vault, part)
      else if (first < last) yield* this.#store.read(vault, part.hash, first, last)
      start += part.size
    }
  }

  async *#readChecked(vault: VaultId, { hash, size }: BlobPart): AsyncGenerator<Uint8Array> {
    const digest = createHash('sha256')
    let held: Uint8Array | undefined
    for await (const bytes of this.#store.read(vault, hash, 0, size)) {
      if (held !== undefined) yield held
      digest.update(bytes)
      held = bytes
    }
    if (digest.digest('hex') !== hash) {
      await this.#store.setAside(vault, hash)
      throw new AppError('storage', `blob ${hash} is damaged`)
    }
    if (held !== undefined) yield held
  }

  /** A part of another size than it is said to have is none. */
  async #lacking(vault: VaultId, parts: readonly BlobPart[]): Promise<BlobHash[]> {
    const sizes = new Map<BlobHash, number | undefined>()
    const lacking = new Set<BlobHash>()
    for (const { hash, size } of parts) {
      if (!sizes.has(hash)) sizes.set(hash, await this.#store.sizeOf(vault, hash))
      if (sizes.get(hash) !== size) lacking.add(hash)
    }
    return [...lacking]
  }
}

function tooLarge(): AppError {
  return new AppError('too-large', `at most ${maxBlobBytes} bytes`)
}
