// Whether a saved text was written by an editor that had never seen our last write.
import { diffHunks, diffText } from './diff.ts'
import { lengthOf, visibleLines } from './lines.ts'
import { overlap, type Splice } from './splice.ts'
import { splitWords } from './words.ts'

/** How much of a write of ours is left in a text that was saved after it. */
export type Left = 'nothing' | 'some' | 'all'

/** A line that kept this share of our words is ours, edited. */
const survivingShare = 0.8
/** Of more pairs of a line of ours and one of theirs only so many are compared, all over the text. */
const maxPairs = 250_000

/**
 * What is left in `disk` of what we did when we made `live` of `base`. Nothing: it looks made from `base`. All: it
 * looks made from `live`. Some: either somebody took back a part, or who had never seen our write made a part of
 * it too, as programs do that keep lists in notes. Where a part that is not left stood in a line of the base, and
 * that line is another one now, somebody went on from what we wrote: that is no part taken back.
 *
 * Each line of an insertion counts as left where a line that the base lacks holds most of its words;
 * lists have words in common from item to item. Where we inserted signs only, such as a full stop, they
 * count as left if most stand where we put them. A blank line is left where the disk changed its place.
 * Where we only removed, what is back is not left.
 *
 * Limit: someone who saw our write and takes back all of it cannot be told from an editor that did not.
 */
export function leftOf(base: string, live: string, disk: string): Left {
  const written = diffText(base, live)
  if (written.length === 0) return 'all'
  const lines = written.flatMap(({ insert }) => visibleLines(insert))
  const telling = tellingOf(lines)
  if (telling.length > 0) return leftOfLines(telling, base, live, disk)
  if (lines.length > 0) return stands(written, diffText(live, disk)) ? 'all' : 'nothing'
  const changes = diffText(base, disk)
  const meets = (our: Splice): boolean =>
    changes.some((change) => (our.remove > 0 ? overlap(change, our) : touch(change, our)))
  return share(written.map(meets))
}

/** A line that also the base has cannot be seen in what we made of it, and tells nothing. */
function leftOfLines(telling: readonly Words[], base: string, live: string, disk: string): Left {
  const known = new Set(visibleLines(base))
  const changedIn = (text: string): Words[] =>
    visibleLines(text)
      .filter((line) => !known.has(line))
      .map(wordsOf)
  const [inLive, inDisk] = [changedIn(live), changedIn(disk)]
  const most = Math.max(inDisk.length, inLive.length)
  const compared = fewOf(telling, most)
  const gone = compared.filter((line) => !isIn(line, inDisk))
  if (gone.length === compared.length) return 'nothing'
  const isTakenBack = gone.some((line) => isIn(line, inLive))
  return isTakenBack && !isGoneOn(base, live, disk, inDisk) ? 'some' : 'all'
}

/** Whether a line that we had made of one of the base is neither of the two in `disk`, but another one. */
function isGoneOn(base: string, live: string, disk: string, inDisk: readonly Words[]): boolean {
  const there = new Set(visibleLines(disk))
  const isMade = (our: Splice): boolean => {
    const kept = new Set(visibleLines(our.insert))
    return removedBy(base, our).some((line) => !there.has(line) && !kept.has(line))
  }
  const made = diffHunks(base, live).filter(({ whole }) => isMade(whole))
  if (made.length === 0) return false
  const rewritten = new Set(
    diffHunks(live, disk).flatMap(({ whole }) =>
      visibleLines(whole.insert).length > 0 ? removedBy(live, whole) : [],
    ),
  )
  const lines = made.flatMap(({ whole }) => visibleLines(whole.insert))
  const gone = lines.filter((line) => rewritten.has(line))
  return fewOf(tellingOf(gone), inDisk.length).some((line) => !isIn(line, inDisk))
}

function removedBy(text: string, { at, remove }: Splice): string[] {
  return visibleLines(text.slice(at, at + remove))
}

/** The words of those lines that have any. */
function tellingOf(lines: readonly string[]): readonly Words[] {
  return lines.map(wordsOf).filter((words) => words.size > 0)
}

/** Those of `lines`, all over the text, that are compared with so many others. */
function fewOf(lines: readonly Words[], others: number): readonly Words[] {
  const step = Math.max(1, Math.ceil((lines.length * others) / maxPairs))
  return lines.filter((_, i) => i % step === 0)
}

function share(areLeft: readonly boolean[]): Left {
  if (!areLeft.includes(true)) return 'nothing'
  return areLeft.includes(false) ? 'some' : 'all'
}

type Words = ReadonlySet<string>

function isIn(line: Words, others: readonly Words[]): boolean {
  const words = [...line]
  const enough = survivingShare * lengthOf(words)
  return others.some((other) => lengthOf(words.filter((word) => other.has(word))) >= enough)
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
