// When a file may be read: (what was seen before, what is there now, what is known) -> read, wait or done.
import { type DiskEntry, type FileStat, changedAtMs, sameInode, sameStat, statOf } from './facts.ts'

/** Size and times must stand still this long before an in-place write counts as finished. */
export const settleMs = 12
/** A large file takes longer to write: so many bytes add a millisecond. */
const bytesPerMs = 64 * 1024
/** A note is of use half written, bytes are not: beyond this size a binary file has seconds, and more when larger. */
const bigBytes = 4 * 1024 * 1024
const bigSettleMs = 2_000
const bigBytesPerMs = 1024 * 1024
/** Then it is read also while it grows; before it has been so for this long, it is not worth it. */
const maxBigSettleMs = 600_000
/** A file that became shorter in place may be half of what a program is writing. */
export const shrinkSettleMs = 250
/** A file that became empty is almost surely still being rewritten. */
export const emptySettleMs = 2_000
/** A file that never stands still is read anyway after this long (append streams). */
export const maxSettleMs = 1_000
/** A file that is gone may be about to come back under its name (save by rename dance). */
export const absentSettleMs = 250

export type Watch = {
  /** When the first hint came; of a file that was emptied, when something came into it. */
  readonly since: number
  /** What was seen last, and since when it has been so; undefined before the first look. */
  readonly seen: { readonly entry: DiskEntry | undefined; readonly at: number } | undefined
}

export type Settled =
  | { readonly type: 'settled' }
  | { readonly type: 'wait'; readonly ms: number; readonly watch: Watch }

/** `base` is the file last agreed at this path, if any; `isText` whether a note may stand there. */
export function settle(
  watch: Watch,
  now: number,
  entry: DiskEntry | undefined,
  base: FileStat | undefined,
  isText: boolean,
): Settled {
  const { seen } = watch
  const seenAt = seen !== undefined && sameEntry(seen.entry, entry) ? seen.at : now
  const unchangedSince = Math.min(seenAt, changedAt(entry) ?? now)
  const isBig = !isText && entry?.kind === 'file' && entry.stat.size > bigBytes
  const need = quietMs(entry, base, isBig)
  if (now - unchangedSince >= need) return { type: 'settled' }
  const since = wasEmptied(seen?.entry, base) ? now : watch.since
  const isGrowing = entry?.kind === 'file' && seen !== undefined && !wasEmptied(entry, base)
  if (isGrowing && now - since >= (isBig ? maxBigSettleMs : maxSettleMs)) return { type: 'settled' }
  return {
    type: 'wait',
    ms: need - (now - unchangedSince),
    watch: { since, seen: { entry, at: unchangedSince } },
  }
}

function changedAt(entry: DiskEntry | undefined): number | undefined {
  return entry?.kind === 'file' ? changedAtMs(entry.stat) : undefined
}

function quietMs(entry: DiskEntry | undefined, base: FileStat | undefined, isBig: boolean): number {
  if (entry === undefined) return base === undefined ? 0 : absentSettleMs
  if (entry.kind !== 'file') return 0
  if (wasEmptied(entry, base)) return emptySettleMs
  const { stat } = entry
  if (wasMovedIn(stat, base)) return 0
  if (isBig) return bigSettleMs + Math.floor(stat.size / bigBytesPerMs)
  const isShorter = base !== undefined && stat.size < base.size
  return (isShorter ? shrinkSettleMs : settleMs) + Math.floor(stat.size / bytesPerMs)
}

function wasEmptied(entry: DiskEntry | undefined, base: FileStat | undefined): boolean {
  return entry?.kind === 'file' && entry.stat.size === 0 && base !== undefined && base.size > 0
}

/** A rename sets ctime alone, so a file whose ctime is younger than its content came in finished. */
function wasMovedIn(stat: FileStat, base: FileStat | undefined): boolean {
  if (base !== undefined && sameInode(stat, base)) return false
  return stat.size > 0 && BigInt(stat.ctime) > BigInt(stat.mtime)
}

function sameEntry(a: DiskEntry | undefined, b: DiskEntry | undefined): boolean {
  if (a?.kind !== b?.kind) return false
  const [before, after] = [statOf(a), statOf(b)]
  return before === undefined || after === undefined || sameStat(before, after)
}
