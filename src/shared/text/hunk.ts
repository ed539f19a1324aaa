// What changed inside a run of changed lines: which line became which, and which words in it.
import { splitLines } from './lines.ts'
import type { Splice } from './splice.ts'
import { diffTokens, shiftSplices, type TokenDiff, unitsOf } from './token-diff.ts'
import { splitWords } from './words.ts'

/** So much of lines too many to pair must stay to edit them: only a formatter changes so many alike. */
const minCommonOfMany = 0.7
/** Beyond so many lines on a side nothing looks for the line that became which. */
export const maxPairedLines = 32
/** Words are followed across line ends only if that keeps so much more than line by line (a reflow). */
const reflowGain = 1.1

type Pair = { readonly a: number; readonly b: number }

/** A run of changed lines, and the changes inside it. Those of neighbouring hunks may touch. */
export type Hunk = { readonly whole: Splice; readonly parts: readonly Splice[] }

/**
 * Hunks from `removed` to `inserted`, both whole lines. A line that resembles an old one edits it, in a
 * hunk of its own, any other stays whole (M26: words of two neighbours never mix); a reflowed paragraph
 * keeps its words. One line resembles another if `minCommon` of the shorter one is in both.
 */
export function refineHunk(removed: string, inserted: string, minCommon: number): readonly Hunk[] {
  const whole = { at: 0, remove: removed.length, insert: inserted }
  const a = splitLines(removed)
  const b = splitLines(inserted)
  const across = diffWords(removed, inserted)
  const single = a.length === 1 && b.length === 1
  if (single || a.length > maxPairedLines || b.length > maxPairedLines) {
    const share = single ? minCommon : minCommonOfMany
    const enough = across.kept >= share * Math.min(visible(removed), visible(inserted))
    return [{ whole, parts: enough ? across.splices : [whole] }]
  }
  const paired = diffPaired(a, b, minCommon)
  return across.kept > reflowGain * paired.kept ? [{ whole, parts: across.splices }] : paired.hunks
}

/** Splices in words. What both texts begin and end with is never cut into words: a line may be huge. */
function diffWords(a: string, b: string): TokenDiff {
  const { start, end } = commonEnds(a, b)
  const inner = diffTokens(
    splitWords(a.slice(start, a.length - end)),
    splitWords(b.slice(start, b.length - end)),
  )
  const kept = inner.kept + visible(a.slice(0, start)) + visible(a.slice(a.length - end))
  return { splices: shiftSplices(inner.splices, start), kept }
}

/** Lengths of what both texts begin and end with, up to and from a blank. */
export function commonEnds(a: string, b: string): { start: number; end: number } {
  let max = Math.min(a.length, b.length)
  let start = 0
  while (start < max && a.charCodeAt(start) === b.charCodeAt(start)) start++
  while (start > 0 && !isBlank(a.charCodeAt(start - 1))) start--
  max -= start
  let end = 0
  while (end < max && a.charCodeAt(a.length - 1 - end) === b.charCodeAt(b.length - 1 - end)) end++
  while (end > 0 && !isBlank(a.charCodeAt(a.length - end))) end--
  return { start, end }
}

/** A space or a line feed: a word never goes on across one. */
function isBlank(code: number): boolean {
  return code === 32 || code === 10
}

function visible(text: string): number {
  return text.replace(/\s+/g, '').length
}

/** Hunks line by line: paired lines in words, all others whole. */
function diffPaired(
  a: readonly string[],
  b: readonly string[],
  minCommon: number,
): { hunks: readonly Hunk[]; kept: number } {
  const hunks: Hunk[] = []
  let kept = 0
  let at = 0
  let i = 0
  let j = 0
  const add = (removed: string, insert: string, words?: TokenDiff): void => {
    const whole = { at, remove: removed.length, insert }
    const parts = words ? shiftSplices(words.splices, at) : [whole]
    if (removed !== insert) hunks.push({ whole, parts })
    at += removed.length
    kept += words?.kept ?? 0
  }
  const addWhole = (to: Pair): void => {
    add(a.slice(i, to.a).join(''), b.slice(j, to.b).join(''))
    i = to.a
    j = to.b
  }
  for (const pair of pairLines(a, b, minCommon)) {
    addWhole(pair)
    const [line = '', other = ''] = [a[i++], b[j++]]
    add(line, other, diffWords(line, other))
  }
  addWhole({ a: a.length, b: b.length })
  return { hunks, kept }
}

/** Pairs of lines, in order, that have the most in common in all. */
function pairLines(a: readonly string[], b: readonly string[], minCommon: number): Pair[] {
  const bagsA = a.map(bagOf)
  const bagsB = b.map(bagOf)
  type Best = { readonly gain: number; readonly pair?: Pair; readonly before?: Best }
  let row: Best[] = b.map(() => ({ gain: 0 }))
  row.push({ gain: 0 })
  bagsA.forEach((bagA, i) => {
    const next: Best[] = [{ gain: 0 }]
    bagsB.forEach((bagB, j) => {
      const up = row[j + 1] ?? { gain: 0 }
      const left = next[j] ?? { gain: 0 }
      const before = row[j] ?? { gain: 0 }
      const common = likeness(bagA, bagB, minCommon)
      const skip = up.gain >= left.gain ? up : left
      const gain = before.gain + common
      next.push(common > 0 && gain > skip.gain ? { gain, pair: { a: i, b: j }, before } : skip)
    })
    row = next
  })
  const pairs: Pair[] = []
  for (let best = row.at(-1); best?.pair; best = best.before) pairs.push(best.pair)
  return pairs.reverse()
}

type Bag = { readonly counts: ReadonlyMap<string, number>; readonly units: number }

function bagOf(line: string): Bag {
  const counts = new Map<string, number>()
  let units = 0
  for (const word of splitWords(line)) {
    units += unitsOf(word)
    if (unitsOf(word) > 0) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return { counts, units }
}

/** Units of the words that both lines have, 0 if they are too few for one line to be the other. */
function likeness(a: Bag, b: Bag, minCommon: number): number {
  let common = 0
  for (const [word, count] of a.counts)
    common += word.length * Math.min(count, b.counts.get(word) ?? 0)
  return common >= minCommon * Math.min(a.units, b.units) ? common : 0
}
