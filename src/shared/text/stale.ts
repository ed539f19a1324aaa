// Whether a saved text was written by an editor that had never seen our last write.
import { diffText } from './diff.ts'
import { lengthOf, visibleLines } from './lines.ts'
import { overlap, type Splice } from './splice.ts'
import { splitWords } from './words.ts'

/** A line that kept this share of our words is ours, edited. */
const survivingShare = 0.8
/** Of more pairs of a line of ours and one of theirs only so many are compared, all over the text. */
const maxPairs = 250_000

/**
 * Whether `disk` looks made from `base` and not from `live`, which we made of it: nothing that we inserted
 * is left in it, or, where we only removed, all of that is back. An editor that loaded the file before
 * our write and saves after it leaves exactly this.
 *
 * Each line of an insertion counts as left where a line that the base lacks holds most of its words;
 * lists have words in common from item to item. Where we inserted signs only, such as a full stop, they
 * count as left if most stand where we put them. A blank line is left where the disk changed its place.
 *
 * Limits: someone who saw our write and takes back all of it cannot be told from an editor that did
 * not (true: their removal is undone, once). A stale buffer in which someone wrote one of our new
 * lines by chance counts as having seen us (false).
 */
export function undoes(base: string, live: string, disk: string): boolean {
  const written = diffText(base, live)
  if (written.length === 0) return false
  const known = new Set(visibleLines(base))
  const lines = written.flatMap(({ insert }) => visibleLines(insert))
  const telling = lines.map(wordsOf).filter((words) => words.size > 0)
  if (telling.length > 0) {
    const changed = visibleLines(disk).filter((line) => !known.has(line))
    return !isAnyLeft(telling, changed.map(wordsOf))
  }
  if (lines.length > 0) return !stands(written, diffText(live, disk))
  const changes = diffText(base, disk)
  const meets = (our: Splice): boolean =>
    changes.some((change) => (our.remove > 0 ? overlap(change, our) : touch(change, our)))
  return !written.some(meets)
}

type Words = ReadonlySet<string>

function isAnyLeft(ours: readonly Words[], theirs: readonly Words[]): boolean {
  const step = Math.max(1, Math.ceil((ours.length * theirs.length) / maxPairs))
  const compared = ours.filter((_, i) => i % step === 0)
  return compared.some((line) => {
    const words = [...line]
    const enough = survivingShare * lengthOf(words)
    return theirs.some((other) => lengthOf(words.filter((word) => other.has(word))) >= enough)
  })
}

/** List marks and punctuation are in every line, and tell nothing. */
function wordsOf(line: string): Words {
  return new Set(splitWords(line).filter((word) => /[\p{L}\p{N}]/u.test(word)))
}

/** Whether `changes`, made after `written`, leave at least half of what that inserted. */
function stands(written: readonly Splice[], changes: readonly Splice[]): boolean {
  let shift = 0
  let inserted = 0
  let gone = 0
  for (const { at, remove, insert } of written) {
    const from = at + shift
    const to = from + insert.length
    for (const change of changes) {
      gone += Math.max(0, Math.min(to, change.at + change.remove) - Math.max(from, change.at))
    }
    inserted += insert.length
    shift += insert.length - remove
  }
  return gone * 2 <= inserted
}

function touch(a: Splice, b: Splice): boolean {
  return a.at <= b.at + b.remove && b.at <= a.at + a.remove
}
