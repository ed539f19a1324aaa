// What the folders in the trash are called, and which of them go for good, by age and by size.

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

const timeName = /^(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\d\.\d{3}Z)(?:-\d+)?$/

/** The `n`th name, from 1 on, for what is put into the trash at `now`. */
export function trashName(now: number, n: number): string {
  const time = new Date(now).toISOString().replaceAll(':', '-')
  return n === 1 ? time : `${time}-${n}`
}

/** When that was, in ms; undefined for what we have not put there. */
export function trashedAt(name: string): number | undefined {
  const [, date, hours, minutes, seconds] = timeName.exec(name) ?? []
  const at = Date.parse(`${date ?? ''}${hours ?? ''}:${minutes ?? ''}:${seconds ?? ''}`)
  return Number.isNaN(at) ? undefined : at
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
