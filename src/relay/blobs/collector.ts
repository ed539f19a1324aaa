// Once a day: what no vault's index has named for long, and nobody asked about, goes from the relay.
import type * as Y from 'yjs'
import { openDoc } from '../../shared/doc/note-doc.ts'
import { readBlobEntry, readTombstone } from '../../shared/doc/index-values.ts'
import { indexBlobs, indexDeleted } from '../../shared/doc/vault-index.ts'
import { toAppError } from '../../shared/errors.ts'
import { type BlobHash, INDEX, type VaultId } from '../../shared/ids.ts'
import type { Clock, Logger } from '../../shared/ports.ts'
import type { BlobStore } from '../store/blob-store.ts'
import type { DocStore } from '../store/doc-store.ts'
import type { Blobs } from './blobs.ts'

const firstAfterMs = 600_000
const everyMs = 86_400_000

export type BlobCollectorOptions = {
  readonly blobs: Blobs
  readonly store: BlobStore
  readonly docs: Pick<DocStore, 'read'>
  readonly retentionMs: number
  readonly clock: Clock
  readonly log: Logger
}

export class BlobCollector {
  readonly #options: BlobCollectorOptions
  #cancel = (): void => undefined
  #running: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(options: BlobCollectorOptions) {
    this.#options = options
  }

  start(): void {
    this.#plan(firstAfterMs)
  }

  /** Lets the vault that is being looked at be the last. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel()
    await this.#running
  }

  #plan(delayMs: number): void {
    if (this.#isStopped) return
    this.#cancel = this.#options.clock.after(delayMs, () => {
      this.#running = this.collect().then(() => this.#plan(everyMs))
    })
  }

  /** A vault where that fails keeps what it has; the others do not wait for it. */
  async collect(): Promise<void> {
    await this.#trying(async () => {
      for (const vault of await this.#options.store.vaults()) {
        if (this.#isStopped) return
        await this.#trying(() => this.#collectIn(vault), { vault })
      }
    })
  }

  async #trying(collect: () => Promise<void>, where: { vault?: VaultId } = {}): Promise<void> {
    try {
      await collect()
    } catch (thrown) {
      const { code, message } = toAppError(thrown)
      this.#options.log.warn('blobs.not-collected', { ...where, code, why: message })
    }
  }

  async #collectIn(vault: VaultId): Promise<void> {
    const { blobs, store, docs, retentionMs, clock, log } = this.#options
    const updates = await docs.read(vault, INDEX)
    // Where the index got lost, the bytes are what is left.
    if (updates.length === 0) return
    const before = clock.now() - retentionMs
    const index = openDoc(updates)
    await blobs.touch(vault, named(index))
    index.destroy()
    const bytes = await store.removeUnused(vault, before)
    if (bytes > 0) log.info('blobs.collected', { vault, bytes })
  }
}

function* named(index: Y.Doc): Generator<BlobHash> {
  const entries = [
    ...[...indexBlobs(index).values()].map(readBlobEntry),
    ...[...indexDeleted(index).values()].map(readTombstone),
  ]
  for (const entry of entries) if (entry?.hash !== undefined) yield entry.hash
}
