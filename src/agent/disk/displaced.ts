// Watches files that our writes replaced: an editor that still has one open may write into it (HC-19, HC-23).
import { readFileSync } from 'node:fs'
import type { FileStat } from '../core/facts.ts'
import type { Clock, Logger } from '../../shared/ports.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { lstatOf, sameBytes, toFileStat } from './file-stat.ts'
import { errorCode } from './problems.ts'
import { removeIfThere } from './temp.ts'
import type { Trash } from './trash.ts'

/** How long a replaced file is kept in view after the last write into it. */
const displacedMs = 5000
/** A program that writes on and on into a file without a name is let go after this many looks. */
const maxLooks = 60

/** `replaced` is what the file was known to be when it was replaced. */
export type OnLateWrite = (path: VaultPath, bytes: Uint8Array, replaced: FileStat) => void

type Displaced = {
  readonly path: VaultPath
  /** A hard link to the replaced file. */
  readonly file: string
  /** Whether the link stays (it is the copy in the trash). */
  readonly keep: boolean
  readonly replaced: FileStat
  seen: FileStat
  /** Whether it ever was, or may be, another than the one that was replaced. */
  wasChanged: boolean
  looks: number
  cancel: () => void
}

export type DisplacedOptions = {
  readonly clock: Clock
  readonly trash: Trash
  readonly logger: Logger
}

export class DisplacedFiles {
  private readonly clock: Clock
  private readonly trash: Trash
  private readonly logger: Logger
  private readonly files = new Set<Displaced>()
  private readonly listeners = new Set<OnLateWrite>()

  constructor({ clock, trash, logger }: DisplacedOptions) {
    this.clock = clock
    this.trash = trash
    this.logger = logger
  }

  /** The returned function ends it. */
  onLateWrite(listener: OnLateWrite): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Looks at once and again later. `expected` is what the replaced file was known to be. */
  watch(path: VaultPath, file: string, expected: FileStat, keep: boolean): void {
    const displaced: Displaced = {
      path,
      file,
      keep,
      replaced: expected,
      seen: expected,
      wasChanged: false,
      looks: 0,
      cancel: () => {},
    }
    this.files.add(displaced)
    this.look(displaced)
    this.wait(displaced)
  }

  /** Looks a last time at all of them. */
  stop(): void {
    for (const displaced of this.files) {
      displaced.cancel()
      this.look(displaced)
      this.release(displaced)
    }
  }

  private wait(displaced: Displaced): void {
    displaced.cancel = this.clock.after(displacedMs, () => {
      const changed = this.look(displaced)
      displaced.looks += 1
      if (changed && displaced.looks < maxLooks) this.wait(displaced)
      else this.release(displaced)
    })
  }

  private look(displaced: Displaced): boolean {
    try {
      return this.tellChange(displaced)
    } catch (thrown) {
      // Who cannot look does not know, and then the file is kept.
      displaced.wasChanged = true
      this.warn('disk.late-write-unread', displaced, thrown)
      return false
    }
  }

  private tellChange(displaced: Displaced): boolean {
    const stats = lstatOf(displaced.file)
    if (!stats?.isFile() || sameBytes(stats, displaced.seen)) return false
    displaced.wasChanged = true
    displaced.seen = toFileStat(stats)
    const bytes = new Uint8Array(readFileSync(displaced.file))
    for (const listener of this.listeners) listener(displaced.path, bytes, displaced.replaced)
    return true
  }

  /** What was written late has no other durable place, whoever was told of it: it goes to the trash. */
  private release(displaced: Displaced): void {
    this.files.delete(displaced)
    if (displaced.keep) return
    try {
      if (displaced.wasChanged) this.toTrash(displaced)
      else removeIfThere(displaced.file)
    } catch (thrown) {
      // The link stays where it is: the next start finds it.
      this.warn('disk.displaced-stays', displaced, thrown)
    }
  }

  private toTrash({ path, file }: Displaced): void {
    if (lstatOf(file) === undefined) return
    this.logger.info('disk.late-write-kept', { file: this.trash.take(file, path) })
  }

  private warn(event: string, { path, file }: Displaced, thrown: unknown): void {
    if (errorCode(thrown) === undefined) throw thrown
    this.logger.warn(event, { path, file, why: String(thrown) })
  }
}
