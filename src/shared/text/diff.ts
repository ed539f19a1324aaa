// From two texts to the splices between them: whole lines first, words inside a changed line. Pure,
// and bounded by work rather than time, so that every machine and every run finds the same change.
import { commonEnds, type Hunk, refineHunk } from './hunk.ts'
import { splitLines } from './lines.ts'
import { joinSplices, type Splice } from './splice.ts'
import { diffTokens, shiftSplices } from './token-diff.ts'

/** More splices than this are joined with their nearest neighbours: a document must apply them. */
const maxSplices = 2000
/** The same for hunks that are merged, not applied: joined ones take unchanged lines with them. */
const maxHunks = 20_000
/** Text units of all changed lines together that are looked at word by word. */
const maxWordUnits = 1_000_000
/** A hunk of more text units gives up its line boundaries to become smaller. */
const hugeUnits = 100_000

/**
 * What changed from `before` to `after`, as splices aligned to lines and words (spike.md 5, M26).
 * `applySplices(before, diffText(before, after)) === after` for every pair of texts.
 */
export function diffText(before: string, after: string): Splice[] {
  const parts = diffHunks(before, after).flatMap((hunk) => hunk.parts)
  return coalesce(before, joinSplices(parts), maxSplices)
}

/**
 * The same, with the changes of neighbouring lines together. A line counts as edited, not replaced,
 * if `minCommon` of its shorter form stays.
 */
export function diffHunks(before: string, after: string, minCommon = 0.4): Hunk[] {
  const hunks = coalesce(before, diffLines(before, after), maxHunks)
  const cores = hunks.map((hunk) => (unitsOf(hunk) > hugeUnits ? narrow(before, hunk) : hunk))
  const units = cores.reduce((sum, core) => sum + unitsOf(core), 0)
  const maxUnits = units <= maxWordUnits ? units : maxWordUnits / cores.length
  return cores.flatMap((whole) => {
    const removed = removedBy(before, whole)
    const plain = removed === '' || whole.insert === '' || unitsOf(whole) > maxUnits
    if (plain) return [{ whole, parts: [whole] }]
    return refineHunk(removed, whole.insert, minCommon).map((hunk) => shiftHunk(hunk, whole.at))
  })
}

function shiftHunk({ whole, parts }: Hunk, by: number): Hunk {
  const [shifted = whole] = shiftSplices([whole], by)
  return { whole: shifted, parts: parts[0] === whole ? [shifted] : shiftSplices(parts, by) }
}

function removedBy(before: string, { at, remove }: Splice): string {
  return before.slice(at, at + remove)
}

/** Without what both sides begin and end with: a line of megabytes must not be cut into words. */
function narrow(before: string, hunk: Splice): Splice {
  const { start, end } = commonEnds(removedBy(before, hunk), hunk.insert)
  return {
    at: hunk.at + start,
    remove: hunk.remove - start - end,
    insert: hunk.insert.slice(start, hunk.insert.length - end),
  }
}

function unitsOf({ remove, insert }: Splice): number {
  return remove + insert.length
}

/** Splices that begin and end where lines do. */
function diffLines(before: string, after: string): Splice[] {
  if (before === after) return []
  const start = commonStart(before, after)
  const end = commonEnd(before, after, start)
  const removed = before.slice(start, before.length - end)
  const inserted = after.slice(start, after.length - end)
  return shiftSplices(diffTokens(splitLines(removed), splitLines(inserted)).splices, start)
}

/** Length of the whole lines that both texts begin with; only "\n" is looked for. */
function commonStart(a: string, b: string): number {
  const max = Math.min(a.length, b.length)
  let at = 0
  while (at < max && a.charCodeAt(at) === b.charCodeAt(at)) at++
  return at === 0 ? 0 : a.lastIndexOf('\n', at - 1) + 1
}

/** Length of the whole lines that both texts end with, outside the first `start` units. */
function commonEnd(a: string, b: string, start: number): number {
  const max = Math.min(a.length, b.length) - start
  let end = 0
  while (end < max && a.charCodeAt(a.length - 1 - end) === b.charCodeAt(b.length - 1 - end)) end++
  const lineEnd = a.indexOf('\n', a.length - end)
  return lineEnd < 0 ? 0 : a.length - lineEnd - 1
}

/** Joins the splices with the least text between them until at most `max` are left. */
function coalesce(before: string, splices: Splice[], max: number): Splice[] {
  if (splices.length <= max) return splices
  const gap = (i: number): number => {
    const left = splices[i - 1]
    const right = splices[i]
    return left && right ? right.at - left.at - left.remove : 0
  }
  const order = splices.map((_, i) => i).slice(1)
  order.sort((i, k) => gap(k) - gap(i) || i - k)
  const starts = new Set(order.slice(0, max - 1))
  const joined: Splice[] = []
  splices.forEach((splice, i) => {
    const last = joined.at(-1)
    if (!last || starts.has(i)) joined.push(splice)
    else joined[joined.length - 1] = joinTwo(before, last, splice)
  })
  return joined
}

function joinTwo(before: string, left: Splice, right: Splice): Splice {
  const kept = before.slice(left.at + left.remove, right.at)
  return {
    at: left.at,
    remove: right.at + right.remove - left.at,
    insert: left.insert + kept + right.insert,
  }
}
