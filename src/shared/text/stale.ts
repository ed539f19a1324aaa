// Whether a saved text was written by an editor that had never seen our last write.
import { diffText } from './diff.ts'
import { applySplices, type Splice } from './splice.ts'
import { splitWords } from './words.ts'

/**
 * Whether `disk` looks made from `base` and not from `applySplices(base, ours)`: all that we removed
 * is back where it was, and nothing that we inserted is left. An editor that loaded the file before
 * our write and saves after it leaves exactly this.
 *
 * What is left is judged by words. A word that the base lacks must not appear in any change of the
 * disk; an insertion made of the base's words only must not share one with a change at its place; one
 * without words (a blank line) must have no change at its place at all.
 *
 * Limits: someone who saw our write and takes back all of it cannot be told from an editor that did
 * not (true: their removal is undone, once). A stale buffer in which someone wrote one of our new
 * words by chance counts as having seen us (false).
 */
export function undoes(base: string, ours: readonly Splice[], disk: string): boolean {
  const written = diffText(base, applySplices(base, ours))
  if (written.length === 0) return false
  const changes = diffText(base, disk)
  const known = wordsOf([base])
  const inserted = wordsOf(changes.map((change) => change.insert))
  return written.every((our) => {
    if (changes.some((change) => overlap(change, our))) return false
    const words = [...wordsOf([our.insert])]
    const fresh = words.filter((word) => !known.has(word))
    if (fresh.length > 0) return !fresh.some((word) => inserted.has(word))
    const near = changes.filter((change) => touch(change, our)).map(({ insert }) => insert)
    if (words.length === 0) return our.insert === '' || near.length === 0
    return words.every((word) => !wordsOf(near).has(word))
  })
}

function wordsOf(texts: readonly string[]): Set<string> {
  return new Set(texts.flatMap(splitWords).filter((word) => word.trim() !== ''))
}

/** Whether `a` changes something that `b` removed or replaced. */
function overlap(a: Splice, b: Splice): boolean {
  return a.at < b.at + b.remove && b.at < a.at + a.remove
}

function touch(a: Splice, b: Splice): boolean {
  return a.at <= b.at + b.remove && b.at <= a.at + a.remove
}
