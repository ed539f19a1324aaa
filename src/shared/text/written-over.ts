// Whether a save undoes or replaces what a write before it did.
import { diffText } from './diff.ts'
import { overlap, type Splice } from './splice.ts'

/**
 * Whether who made `after` of `written` took away any of what had been inserted when that was made of `before`, or
 * inserted something where it had only been removed. What is added beside or inside an insertion leaves that as it is.
 */
export function isWrittenOver(before: string, written: string, after: string): boolean {
  const changes = diffText(written, after)
  let shift = 0
  return diffText(before, written).some(({ at, remove, insert }) => {
    const done: Splice = { at: at + shift, remove: insert.length, insert: '' }
    shift += insert.length - remove
    return changes.some((change) =>
      insert === '' ? fills(change, done.at) : change.remove > 0 && overlap(change, done),
    )
  })
}

function fills({ at, remove, insert }: Splice, gap: number): boolean {
  return insert !== '' && at <= gap && gap <= at + remove
}
