// The relay's binary files as an agent sees them, without a network.
import type { RemoteBlobs } from '../../src/agent/blob/remote-blobs.ts'
import { Blobs } from '../../src/relay/blobs/blobs.ts'
import type { BlobPart } from '../../src/shared/blob/parts.ts'
import { MemoryBlobStore } from '../../src/relay/store/memory-blob-store.ts'
import { AppError } from '../../src/shared/errors.ts'
import type { BlobHash } from '../../src/shared/ids.ts'
import { someVault } from './facts.ts'

/**
 * Each call takes two `step`s, before and after the relay has done it; one that throws is a cut connection. What is
 * sent then may have come in part.
 */
export class MemoryRemote implements RemoteBlobs {
  readonly #blobs: Blobs
  readonly #step: () => Promise<void>

  constructor(
    blobs = new Blobs(new MemoryBlobStore(() => 0)),
    step: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.#blobs = blobs
    this.#step = step
  }

  missing(hashes: readonly BlobHash[]): Promise<readonly BlobHash[]> {
    return this.#ask(() => this.#blobs.missing(someVault, hashes))
  }

  async put(hash: BlobHash, bytes: Uint8Array): Promise<void> {
    const receive = (source: AsyncIterable<Uint8Array>): Promise<void> =>
      this.#blobs.receiveChunk(someVault, hash, bytes.length, source)
    try {
      await this.#step()
    } catch (cut) {
      return await receive(cutOff(bytes.subarray(0, cutAt(hash, bytes.length)), cut))
    }
    await receive(once(bytes))
    await this.#step()
  }

  join(hash: BlobHash, parts: readonly BlobPart[]): Promise<readonly BlobHash[]> {
    return this.#ask(() => this.#blobs.join(someVault, hash, parts))
  }

  partsOf(hash: BlobHash): Promise<readonly BlobPart[]> {
    return this.#ask(async () => (await this.#found(hash)).parts)
  }

  get(hash: BlobHash): Promise<Uint8Array> {
    return this.#ask(async () => {
      const parts: Uint8Array[] = []
      const blob = await this.#found(hash)
      for await (const part of this.#blobs.read(someVault, blob)) parts.push(part)
      return Buffer.concat(parts)
    })
  }

  async #found(hash: BlobHash) {
    const blob = await this.#blobs.find(someVault, hash)
    if (blob === undefined) throw new AppError('not-found', 'there is nothing at this address')
    return blob
  }

  async #ask<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    await this.#step()
    const answer = await ask()
    await this.#step()
    return answer
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Anywhere in the bytes, the same on every run. */
function cutAt(hash: BlobHash, size: number): number {
  return Number.parseInt(hash.slice(0, 8), 16) % size
}

async function* cutOff(bytes: Uint8Array, cut: unknown): AsyncGenerator<Uint8Array> {
  yield bytes
  throw cut
}
