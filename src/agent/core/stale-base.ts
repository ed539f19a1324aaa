// Which earlier bases may still explain a save: an editor can hold a buffer older than our last write.
import type { EarlierBase } from './facts.ts'

/** A save that only takes our write back counts as stale this long; later it is meant so. */
export const revertWindowMs = 30_000
/** How long a buffer older than our write is reckoned with at all. */
export const staleWindowMs = 3_600_000
const maxEarlier = 8

/** Remembers `replaced`. When full, a version in the middle goes: buffers are mostly newest or oldest. */
export function rememberEarlier(
  earlier: readonly EarlierBase[],
  replaced: EarlierBase,
): EarlierBase[] {
  const fresh = dropExpired(earlier, replaced.replacedAt)
  const kept = fresh.length < maxEarlier ? fresh : fresh.toSpliced(maxEarlier - 1, 1)
  return [...kept, replaced]
}

export function dropExpired(earlier: readonly EarlierBase[], now: number): EarlierBase[] {
  return earlier.filter(({ replacedAt }) => now - replacedAt <= staleWindowMs)
}
