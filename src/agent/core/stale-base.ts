// Which earlier bases may still explain a save: an editor can hold a buffer older than our last write.
import { undoes } from '../../shared/text/stale.ts'
import { type EarlierBase, type FileFacts, type FileStat, changedAtMs } from './facts.ts'

/** An earlier base, and what stood in the file then. */
export type EarlierText = { readonly earlier: EarlierBase; readonly text: string }

/** A save that only takes our write back counts as stale this long; later it is meant so. */
const revertWindowMs = 30_000
/** How long a buffer older than our write is reckoned with at all. */
const staleWindowMs = 3_600_000
const maxEarlier = 8
/** A person needs this long to see what came back and to take it away again. */
const insistAfterMs = 2_000

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
  const stale = all.filter(
    ({ earlier, text }) => mayBeStale(earlier, text, disk, now) && undoes(text, base, disk),
  )
  const mayBeFromNothing = stale.some(({ earlier }) => earlier.at === nothing)
  if (mayBeFromNothing && all.every(({ text }) => !hasSome(text, disk))) return ''
  const texts = stale.filter(({ earlier }) => earlier.at !== nothing).map(({ text }) => text)
  return texts.reduce<string | undefined>(
    (older, newer) => (older === undefined || !undoes(older, newer, disk) ? newer : older),
    undefined,
  )
}

/** Whether anything of `text` is left in `disk`. */
function hasSome(text: string, disk: string): boolean {
  return text !== '' && !undoes('', text, disk)
}

/** Whether a save of `disk` at `now` may come from a buffer with this earlier text. */
function mayBeStale(
  { at, replacedAt }: EarlierBase,
  text: string,
  disk: string,
  now: number,
): boolean {
  const isWholesale = at === nothing || disk === text
  const ageMs = now - replacedAt
  return ageMs >= -clockSlackMs && ageMs <= (isWholesale ? revertWindowMs : staleWindowMs)
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
 * Which earlier bases are left once a save shows that its editor has seen our last write: another editor's
 * buffer is reckoned with for a moment only.
 */
export function dropSeen(earlier: readonly EarlierBase[], now: number): EarlierBase[] {
  return earlier.filter(({ replacedAt }) => now - replacedAt <= revertWindowMs)
}

/** Whether the very save that was overruled as stale is made once more, over what we made of it. */
export function insists({ overruled, earlier }: FileFacts, hash: string, now: number): boolean {
  return overruled === hash && now - (earlier.at(-1)?.replacedAt ?? now) >= insistAfterMs
}
