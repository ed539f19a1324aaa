// From two texts to the splices between them: whole lines first, words inside a changed line. Pure,
// and bounded by work rather than time, so that every machine and every run finds the same change.
import { splitLines } from './lines.ts'
import { interner, type Matching, matchSequences } from './sequence.ts'
import type { Splice } from './splice.ts'
import { splitWords } from './words.ts'

/** More splices than this are joined with their nearest neighbours: a document must apply them. */
const maxSplices = 2000
/** Lines are edited word by word only if this share of the shorter text stays. */
const minCommon = 0.4
/** Text units of all changed lines together that are looked at word by word. */
const maxWordUnits = 1_000_000

type Diff = { readonly splices: readonly Splice[]; readonly kept: number }

/**
 * What changed from `before` to `after`, as splices aligned to lines and words (spike.md 5, M26).
 * `applySplices(before, diffText(before, after)) === after` for every pair of texts.
 */
export function diffText(before: string, after: string): Splice[] {
  const hunks = coalesce(before, diffLines(before, after), maxSplices)
  const units = hunks.reduce((sum, { remove, insert }) => sum + remove + insert.length, 0)
  const maxUnits = units <= maxWordUnits ? units : maxWordUnits / hunks.length
  const splices = hunks.flatMap((hunk) =>
    hunk.remove + hunk.insert.length <= maxUnits ? refine(before, hunk) : [hunk],
  )
  return [...coalesce(before, splices, maxSplices)]
}

/** The same in whole lines. */
export function diffLines(before: string, after: string): Splice[] {
  if (before === after) return []
  const start = commonStart(before, after)
  const end = commonEnd(before, after, start)
  const removed = before.slice(start, before.length - end)
  const inserted = after.slice(start, after.length - end)
  return shift(diffTokens(splitLines(removed), splitLines(inserted)).splices, start)
}

function refine(before: string, hunk: Splice): readonly Splice[] {
  const removed = before.slice(hunk.at, hunk.at + hunk.remove)
  const { splices, kept } = diffTokens(splitWords(removed), splitWords(hunk.insert))
  const enough = kept >= minCommon * Math.min(removed.length, hunk.insert.length)
  return enough ? shift(splices, hunk.at) : [hunk]
}

function diffTokens(a: readonly string[], b: readonly string[]): Diff {
  const idOf = interner()
  const partner = matchSequences(a.map(idOf), b.map(idOf))
  return toSplices(a, b, partner)
}

function toSplices(a: readonly string[], b: readonly string[], partner: Matching): Diff {
  const splices: Splice[] = []
  let kept = 0
  let at = 0
  let remove = 0
  let j = 0
  const flush = (bTo: number): void => {
    const insert = b.slice(j, bTo).join('')
    if (remove > 0 || insert !== '') splices.push({ at, remove, insert })
    at += remove
    remove = 0
  }
  a.forEach((token, i) => {
    const match = partner[i] ?? -1
    if (match < 0) {
      remove += token.length
      return
    }
    flush(match)
    at += token.length
    kept += token.length
    j = match + 1
  })
  flush(b.length)
  return { splices, kept }
}

function shift(splices: readonly Splice[], by: number): Splice[] {
  return splices.map((splice) => ({ ...splice, at: splice.at + by }))
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
function coalesce(before: string, splices: readonly Splice[], max: number): readonly Splice[] {
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
