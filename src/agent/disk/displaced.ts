// Watches files that our writes replaced: an editor that still has one open may write into it (HC-19, HC-23).
import { maxNoteBytes } from '../../shared/limits.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { FileStat } from '../core/facts.ts'
import { isTextPath } from '../core/ignore.ts'
import { maxSettleMs } from '../core/settle.ts'
import type { Clock, Logger } from '../../shared/ports.ts'
import type { DiskContent } from './disk.ts'
import { lstatOf, sameBytes, toFileStat } from './file-stat.ts'
import { errorCode } from './problems.ts'
import { readSmall, readWhole, smallBytes } from './read.ts'
import { removeIfThere } from './temp.ts'
import type { Trash } from './trash.ts'

/** The times between looks at a replaced file, from the last write into it on; then it is let go. */
const looksMs = [250, 750, 4_000]
/** A program that writes on and on into a file without a name is let go after so long. */
const watchedAtMostMs = 300_000

/** What another run has replaced is called so in the trash. */
const unnamed = 'late-write'

/** `replaced` is what the file was known to be when it was replaced. */
export type OnLateWrite = (bytes: Uint8Array, replaced: FileStat) => void

type Displaced = {
  /** What it is called in the trash; undefined where another run has replaced it. */
  readonly path: VaultPath | undefined
  /** A hard link to the replaced file. */
  readonly file: string
  /** Whether the link stays (it is the copy in the trash). */
  readonly keep: boolean
  readonly replaced: FileStat
  readonly since: number
  seen: FileStat
  told: FileStat
  toldAt: number
  /** Whether it ever was, or may be, another than the one that was replaced. */
  wasChanged: boolean
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

  /** Tells a new listener once more: who was told before may have ended with it. The returned function ends it. */
  onLateWrite(listener: OnLateWrite): () => void {
    this.listeners.add(listener)
    for (const displaced of this.files) displaced.told = displaced.replaced
    return () => this.listeners.delete(listener)
  }

  /**
   * Looks at once and again later, and tells what was written once it stands still. `expected` is what the
   * replaced file was known to be.
   */
  watch(path: VaultPath | undefined, file: string, expected: FileStat, keep: boolean): void {
    const displaced: Displaced = {
      path,
      file,
      keep,
      replaced: expected,
      since: this.clock.now(),
      seen: expected,
      told: expected,
      toldAt: this.clock.now(),
      wasChanged: false,
      cancel: () => {},
    }
    this.files.add(displaced)
    this.look(displaced, 0)
  }

  /** Looks a last time at all of them. Where somebody writes, the next run goes on watching. */
  stop(): void {
    for (const displaced of this.files) {
      displaced.cancel()
      this.attempt(displaced, () => {
        this.hasChanged(displaced)
        this.tell(displaced)
      })
      if (displaced.wasChanged) this.files.delete(displaced)
      else this.release(displaced)
    }
  }

  /** `looks` counts those since the last write. What was emptied is likely being rewritten: it is told last. */
  private look(displaced: Displaced, looks: number): void {
    const { clock } = this
    const hasChanged = this.attempt(displaced, () => this.hasChanged(displaced)) === true
    const isUnheard = displaced.seen !== displaced.told && this.listeners.size === 0
    const next = hasChanged || isUnheard ? 0 : looks
    const delayMs = clock.now() - displaced.since < watchedAtMostMs ? looksMs[next] : undefined
    const isRead = !hasChanged || clock.now() - displaced.toldAt >= maxSettleMs
    if (delayMs === undefined || (isRead && displaced.seen.size > 0))
      this.attempt(displaced, () => this.tell(displaced))
    if (delayMs === undefined) this.release(displaced)
    else displaced.cancel = clock.after(delayMs, () => this.look(displaced, next + 1))
  }

  private hasChanged(displaced: Displaced): boolean {
    const stats = lstatOf(displaced.file)
    if (!stats?.isFile() || sameBytes(stats, displaced.seen)) return false
    displaced.wasChanged = true
    displaced.seen = toFileStat(stats)
    return true
  }

  private tell(displaced: Displaced): void {
    const { file, seen, told } = displaced
    if (seen === told || this.listeners.size === 0 || !mayBeNote(displaced)) return
    if (seen.size > smallBytes) void this.tellLarge(displaced, seen.size)
    else this.tellContent(displaced, readSmall(file))
    displaced.told = seen
    displaced.toldAt = this.clock.now()
  }

  /** Where it goes to the trash meanwhile it is kept there, and not told. */
  private async tellLarge(displaced: Displaced, size: number): Promise<void> {
    try {
      this.tellContent(displaced, await readWhole(displaced.file, size))
    } catch (thrown) {
      this.warn('disk.late-write-unread', displaced, thrown)
    }
  }

  /** What changed while it was read is told after the next look. */
  private tellContent({ replaced }: Displaced, content: DiskContent | undefined): void {
    if (content === undefined) return
    for (const listener of this.listeners) listener(content.bytes, replaced)
  }

  private attempt<Result>(displaced: Displaced, act: () => Result): Result | undefined {
    try {
      return act()
    } catch (thrown) {
      // Who cannot look does not know, and then the file is kept.
      displaced.wasChanged = true
      this.warn('disk.late-write-unread', displaced, thrown)
      return undefined
    }
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
    this.logger.info('disk.late-write-kept', { file: this.trash.take(file, path ?? unnamed) })
  }

  private warn(event: string, { path, file }: Displaced, thrown: unknown): void {
    if (errorCode(thrown) === undefined) throw thrown
    this.logger.warn(event, { path, file, why: String(thrown) })
  }
}

/** Nothing else is merged: the trash has it. */
function mayBeNote({ path, seen }: Displaced): boolean {
  return seen.size <= maxNoteBytes && (path === undefined || isTextPath(path))
}
