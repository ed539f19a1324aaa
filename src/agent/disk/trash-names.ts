// What the folders in the trash are called: when something was put there.

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
