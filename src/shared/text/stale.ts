// Whether a saved text was written by an editor that had never seen our last write.
import { diffText } from './diff.ts'
import type { Splice } from './splice.ts'

/** Whether nothing of `ours`, our change of `base`, is left in `disk`. */
export function undoes(base: string, ours: readonly Splice[], disk: string): boolean {
  if (ours.length === 0) return false
  const changes = diffText(base, disk)
  return ours.every(({ at, remove, insert }) => {
    const gone = changes.some((c) => c.at < at + remove && at < c.at + c.remove)
    const near = changes.filter((c) => c.at <= at + remove && at <= c.at + c.remove)
    return !gone && (insert === '' || !near.some((c) => c.insert.includes(insert)))
  })
}
