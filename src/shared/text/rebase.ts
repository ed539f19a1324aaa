// A local change carried over to a text that has changed elsewhere meanwhile: the three-way merge.
import { diffHunks, diffText } from './diff.ts'
import type { Hunk } from './hunk.ts'
import { firstLineEnd, lineEnd, visibleLines } from './lines.ts'
import { mergeSplices } from './merge.ts'
import { applySplices, joinSplices, overlap, type Splice } from './splice.ts'

/** What one side did; `words` even of lines of which hardly a word is left, which hunks take whole. */
type Change = { readonly hunks: readonly LinedHunk[]; readonly words: readonly Splice[] }

/** A hunk with the bodies of its new lines, blank ones left out. */
type LinedHunk = Hunk & { readonly lines: ReadonlySet<string> }

/**
 * What to do to `live` so that it also has what `disk` changed of `base`, as splices of `live`. What both
 * removed stays removed once, what both inserted at one place is there once, what only one inserted
 * stays. Where both sides edited one line, the words of both stand in it, side by side where they met.
 */
export function rebase(base: string, disk: string, live: string): Splice[] {
  return diffText(live, live === base ? disk : mergeTexts(base, disk, live))
}

/** The last line end is decided apart from the lines, so that every line has one while they merge. */
function mergeTexts(base: string, disk: string, target: string): string {
  if (disk === base || disk === target) return target
  if (target === base) return disk
  const eol = [base, disk, target].map(firstLineEnd).find((end) => end !== undefined) ?? '\n'
  const merged = mergeClosed(closed(base, eol), closed(disk, eol), closed(target, eol))
  const isEnded = isClosed(disk) === isClosed(target) ? isClosed(disk) : !isClosed(base)
  const open = merged.slice(0, merged.length - lineEnd(merged).length)
  return isEnded || isClosed(open) ? merged : open
}

function closed(text: string, eol: string): string {
  return isClosed(text) ? text : text + eol
}

function isClosed(text: string): boolean {
  return text === '' || lineEnd(text) !== ''
}

/** The target already has all of the local change if nothing is left of it in lines, in words, or in any words. */
function mergeClosed(base: string, disk: string, target: string): string {
  const ours = changeOf(base, disk)
  const theirs = changeOf(base, target)
  const splices = mergeWords(base, ours, theirs)
  const isRepetition =
    splices.length === 0 ||
    mergeLines(base, ours, theirs).length === 0 ||
    mergeSplices(base, ours.words, theirs.words).length === 0
  return isRepetition ? target : applySplices(target, splices)
}

function changeOf(base: string, text: string): Change {
  const hunks = diffHunks(base, text).map((hunk) => ({
    ...hunk,
    lines: new Set(visibleLines(hunk.whole.insert)),
  }))
  return { hunks, words: partsOf(diffHunks(base, text, 0)) }
}

function mergeLines(base: string, ours: Change, theirs: Change): Splice[] {
  const wholes = ({ hunks }: Change): Splice[] => joinSplices(hunks.map(({ whole }) => whole))
  return mergeSplices(base, wholes(ours), wholes(theirs))
}

function mergeWords(base: string, ours: Change, theirs: Change): Splice[] {
  const [our, their] = separate(base, ours.hunks, theirs.hunks)
  return mergeSplices(base, partsOf(our), partsOf(their))
}

function partsOf(hunks: readonly Hunk[]): Splice[] {
  return joinSplices(hunks.flatMap((hunk) => hunk.parts))
}

/**
 * Takes hunks whole whose words would mix with those of the other side across a line end: one side
 * removes a line and the other edits it. Then the edited line stays, whole. The same where both sides have
 * the same new line, and one seems to have made it from an old one.
 */
function separate(
  base: string,
  ours: readonly LinedHunk[],
  theirs: readonly LinedHunk[],
): [readonly LinedHunk[], readonly LinedHunk[]] {
  const mixed = new Set<LinedHunk>()
  let from = 0
  for (const our of ours) {
    while (endOf(theirs[from]) < our.whole.at) from++
    for (let k = from; (theirs[k]?.whole.at ?? Infinity) <= endOf(our); k++) {
      const their = theirs[k]
      if (their === undefined || (isWhole(our) && isWhole(their))) continue
      if (!mixHunks(base, our, their) && !shareLine(our, their)) continue
      for (const hunk of [our, their]) if (!isWhole(hunk)) mixed.add(hunk)
    }
  }
  if (mixed.size === 0) return [ours, theirs]
  const takeWhole = (hunk: LinedHunk): LinedHunk =>
    mixed.has(hunk) ? { ...hunk, parts: [hunk.whole] } : hunk
  return separate(base, ours.map(takeWhole), theirs.map(takeWhole))
}

function isWhole({ whole, parts }: Hunk): boolean {
  return parts[0] === whole
}

function mixHunks(base: string, our: Hunk, their: Hunk): boolean {
  return their.parts.some((b) => our.parts.some((a) => mix(base, a, b)))
}

function shareLine(our: LinedHunk, their: LinedHunk): boolean {
  const isOurFewer = our.lines.size < their.lines.size
  const [fewer, more] = isOurFewer ? [our.lines, their.lines] : [their.lines, our.lines]
  return [...fewer].some((line) => more.has(line))
}

function endOf(hunk: Hunk | undefined): number {
  return hunk ? hunk.whole.at + hunk.whole.remove : Infinity
}

function mix(base: string, a: Splice, b: Splice): boolean {
  if (!overlap(a, b)) return false
  return (removesLine(base, a) && b.insert !== '') || (removesLine(base, b) && a.insert !== '')
}

function removesLine(base: string, { at, remove }: Splice): boolean {
  return /[\r\n]/.test(base.slice(at, at + remove))
}
