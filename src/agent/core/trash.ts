// What of the trash goes for good: (what is in it, now) -> names to remove, by age and by size.

const dayMs = 86_400_000
/** What was put into the trash longer ago than this goes. */
const maxAgeMs = 30 * dayMs
/** Beyond this the oldest go first ... */
const maxBytes = 1024 ** 3
/** ... but nothing that a person may not have missed yet. */
const minAgeMs = dayMs

/** What was put into the trash at one time. */
export type Trashed = {
  readonly name: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly bytes: number
}

export function planPrune(trashed: readonly Trashed[], now: number): string[] {
  const names: string[] = []
  let bytes = trashed.reduce((sum, one) => sum + one.bytes, 0)
  for (const one of trashed.toSorted((a, b) => a.at - b.at)) {
    const ageMs = now - one.at
    if (ageMs < minAgeMs || (ageMs <= maxAgeMs && bytes <= maxBytes)) break
    names.push(one.name)
    bytes -= one.bytes
  }
  return names
}
