// Which earlier bases may still explain a save: an editor can hold a buffer older than our last write.
import { leftOf } from '../../shared/text/stale.ts'
import { type Base, type EarlierBase, type FileFacts, type FileStat, changedAtMs } from './facts.ts'

/** An earlier base, and what stood in the file then. */
export type EarlierText = { readonly earlier: EarlierBase; readonly text: string }

/** A save that only takes our write back counts as stale this long; later it is meant so. */
const revertWindowMs = 30_000
/** How long a buffer older than our write is reckoned with at all. */
const staleWindowMs = 3_600_000
const maxEarlier = 8
/** A person needs this long to see what we wrote and to take it away again, all of it or a part. */
const reactionMs = 2_000
/** Who saves the same again after we have overruled it so often does not hold an old buffer, but means it. */
const overrulings = 5

/** A disk's times may be so much behind ours. What was replaced later than that explains no earlier save. */
const clockSlackMs = 2_000

/** The log position before any content: a program may create a file that we have just written. */
export const nothing = 0

/** Remembers `replaced`. When full, the one goes that stood on disk for the shortest time. */
export function rememberEarlier(
  earlier: readonly EarlierBase[],
  replaced: EarlierBase,
): EarlierBase[] {
  const all = [...dropExpired(earlier, replaced.replacedAt), replaced]
  return all.length <= maxEarlier ? all : all.toSpliced(leastLikely(all), 1)
}

/**
 * The one that an editor hardly holds: shortest on disk, of those that no editor saved. The oldest one's
 * beginning is not known: it counts as long-lived. The newest one always stays.
 */
function leastLikely(earlier: readonly EarlierBase[]): number {
  let shortest = 0
  let leastMs = Infinity
  for (let i = 1; i < earlier.length - 1; i++) {
    if (earlier[i]?.text !== undefined) continue
    const livedMs = (earlier[i]?.replacedAt ?? 0) - (earlier[i - 1]?.replacedAt ?? 0)
    if (livedMs >= leastMs) continue
    shortest = i
    leastMs = livedMs
  }
  return shortest
}

/**
 * The text that a save of `disk` at `now` was made from if it was made from an earlier one than `base`: of
 * those that it may be made from the last one of which it shows a sign, else the first. Nothing at all, if it
 * has nothing of any of them.
 */
export function staleOrigin(
  all: readonly EarlierText[],
  base: string,
  disk: string,
  now: number,
): string | undefined {
  const stale = all.filter((one) => isUnaware(one, base, disk, now))
  const mayBeFromNothing = stale.some(({ earlier }) => earlier.at === nothing)
  if (mayBeFromNothing && all.every(({ text }) => !hasSome(text, disk))) return ''
  const made = stale.filter(({ earlier }) => earlier.at !== nothing)
  const origin = made.reduce<EarlierText | undefined>(
    (older, newer) =>
      older === undefined || !isUnaware(older, newer.text, disk, now) ? newer : older,
    undefined,
  )
  return origin?.text
}

/** Whether anything of `text` is left in `disk`. */
function hasSome(text: string, disk: string): boolean {
  return text !== '' && leftOf('', text, disk) !== 'nothing'
}

/**
 * Whether who saved `disk` at `now` had this earlier text and had not seen the later one, `live`. Where a part of that
 * is left they wrote it too, if it was there for too short a time to be seen. That goes for the first save after our
 * write only: of what stands there since, a part is theirs, to change as they like. Who has a part of a file that was
 * new has seen it.
 */
function isUnaware(
  { earlier: { at, replacedAt, isAnswered }, text }: EarlierText,
  live: string,
  disk: string,
  now: number,
): boolean {
  const ageMs = now - replacedAt
  if (ageMs < -clockSlackMs || ageMs > staleWindowMs) return false
  switch (leftOf(text, live, disk)) {
    case 'all':
      return false
    case 'some':
      return at !== nothing && isAnswered !== true && ageMs < reactionMs
    case 'nothing':
      return (at !== nothing && disk !== text) || ageMs <= revertWindowMs
  }
}

/**
 * When a file's content was saved, in ms by the disk's word: mtime, since a rename or chmod later moves ctime
 * on. An mtime from before the base was as it is was restored, not made by a save.
 */
export function savedAtMs(stat: FileStat, base: FileStat | undefined): number {
  const isRestored = base !== undefined && BigInt(stat.mtime) <= BigInt(base.ctime)
  return isRestored ? changedAtMs(stat) : Number(BigInt(stat.mtime) / 1_000_000n)
}

export function dropExpired(earlier: readonly EarlierBase[], now: number): EarlierBase[] {
  return earlier.filter(({ replacedAt }) => now - replacedAt <= staleWindowMs)
}

/**
 * What a program wrote late into a replaced file was never read under its name before we have written it there: over
 * `base`, which is older than that, nobody saves what is made from it.
 */
export function dropUnwritten(
  earlier: readonly EarlierBase[],
  base: Base | undefined,
): EarlierBase[] {
  return earlier.filter(({ at }) => at <= (base?.at ?? nothing))
}

/**
 * Which earlier bases are left once a save shows that its editor has seen our last write: another editor's
 * buffer is reckoned with for a moment only.
 */
export function dropSeen(earlier: readonly EarlierBase[], now: number): EarlierBase[] {
  return earlier.filter(({ replacedAt }) => now - replacedAt <= revertWindowMs)
}

/**
 * Whether the very save that was overruled as stale is made once more, over what we made of it: by a person, who needs
 * some time, or by a program that answers at once and would do so for ever.
 */
export function insists({ overruled, earlier }: FileFacts, hash: string, now: number): boolean {
  if (overruled?.hash !== hash) return false
  const isLate = now - (earlier.at(-1)?.replacedAt ?? now) >= reactionMs
  return isLate || overruled.times >= overrulings
}
