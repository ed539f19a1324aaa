// How long a file rests that a program here rewrites whenever we have written it, as one elsewhere may do with that.

/** Who takes back what we wrote sooner than that is a program. */
export const promptMs = 1_000
/** More than a program needs to have its way (`insists`). */
const patience = 10
export const longestRestMs = 60_000

/** How long after our last write the next one may come, in ms, when so many in a row were contradicted. */
export function restMs(contradicted: number): number {
  if (contradicted < patience) return 0
  return Math.min(longestRestMs, promptMs * 2 ** (contradicted - patience))
}
