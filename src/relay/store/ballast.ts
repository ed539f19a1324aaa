// A file of nothing that is given up when the disk is full: LevelDB cannot even be opened again without
// some room (measured.md M7).
import { open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { toAppError } from '../../shared/errors.ts'
import type { Clock, Logger } from '../../shared/ports.ts'

/** What writes leave free on the disk, in bytes, since a full one could not even be opened again. */
export const reserveBytes = 64 * 1024 * 1024
const chunkBytes = 1024 * 1024
const lookEveryMs = 60_000

export type BallastOptions = {
  /** Where it lies. */
  readonly folder: string
  readonly mostBytes: number
  /** Of the disk that holds `folder`. */
  readonly freeBytes: () => Promise<number>
  readonly clock: Clock
  readonly log: Logger
}

export class Ballast {
  readonly #file: string
  readonly #options: BallastOptions
  #laid: Promise<void> = Promise.resolve()
  #cancelLook: () => void = () => undefined

  constructor(options: BallastOptions) {
    this.#file = join(options.folder, 'ballast')
    this.#options = options
  }

  /** Resolves when as much lies there as the disk bears now; until `stop` more is laid when it bears more. */
  start(): Promise<void> {
    const { clock, log } = this.#options
    this.#cancelLook = clock.after(lookEveryMs, () => void this.start())
    this.#laid = this.#laid
      .then(() => this.#lay())
      .catch((thrown: unknown) => log.warn('no ballast', { reason: toAppError(thrown).message }))
    return this.#laid
  }

  async stop(): Promise<void> {
    this.#cancelLook()
    await this.#laid
  }

  async drop(): Promise<void> {
    await rm(this.#file, { force: true })
  }

  /** Zeros are written out: a sparse file holds no room. */
  async #lay(): Promise<void> {
    const { freeBytes, mostBytes } = this.#options
    const bytes = ballastFor(await freeBytes(), mostBytes)
    const present = await stat(this.#file).catch(() => undefined)
    if ((present?.size ?? 0) >= bytes) return
    const file = await open(this.#file, 'w', 0o600)
    try {
      const chunk = new Uint8Array(chunkBytes)
      for (let at = 0; at < bytes; at += chunkBytes) await file.write(chunk)
    } finally {
      await file.close()
    }
  }
}

/**
 * How many bytes of ballast a disk with so many free ones bears, at most `mostBytes`. A small disk gets less:
 * most of what is free above the reserve is for notes.
 */
function ballastFor(freeBytes: number, mostBytes: number): number {
  const chunks = Math.max(0, Math.floor((freeBytes - reserveBytes) / 4 / chunkBytes))
  return Math.min(mostBytes, chunks * chunkBytes)
}
