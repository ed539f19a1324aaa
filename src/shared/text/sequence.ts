// Which elements of two sequences correspond: an order-preserving matching, bounded by work, not time.
import { diffArrays } from 'diff'

/** For every element of the first sequence the index of its partner in the second, or -1. */
export type Matching = Int32Array

type Range = {
  readonly aFrom: number
  readonly aTo: number
  readonly bFrom: number
  readonly bTo: number
}
type Pair = { readonly a: number; readonly b: number }
type Sequences = {
  readonly a: readonly number[]
  readonly b: readonly number[]
  readonly partner: Matching
}

/** Paths that one call may follow in all its gaps together; a gap of d edits needs d * d / 2. */
const maxPaths = 600_000
const maxAnchorDepth = 8

/** Numbers for strings: equal strings get equal numbers. */
export function interner(): (text: string) => number {
  const ids = new Map<string, number>()
  return (text) => {
    const known = ids.get(text)
    if (known !== undefined) return known
    ids.set(text, ids.size)
    return ids.size - 1
  }
}

/**
 * Matches equal elements of `a` and `b` in order: common ends first, then elements that are unique on
 * both sides (Cohen's patience diff), then the shortest edit script (Myers, jsdiff) in what is left.
 * A gap that needs more edits than the work allows stays unmatched.
 */
export function matchSequences(a: readonly number[], b: readonly number[]): Matching {
  const partner = new Int32Array(a.length).fill(-1)
  const all = { aFrom: 0, aTo: a.length, bFrom: 0, bTo: b.length }
  matchRange({ a, b, partner }, all, 0)
  slideToEnd({ a, b, partner })
  return partner
}

/**
 * One form for a change that could stand in several places (`a a` -> `a a a`): as late as possible.
 * A pure insertion or removal moves on while the element behind it equals its first one.
 */
function slideToEnd({ a, b, partner }: Sequences): void {
  let i = 0
  let j = 0
  while (i < a.length) {
    const iTo = nextMatched(partner, i)
    const jTo = partner[iTo] ?? b.length
    if (iTo === a.length) return
    if (i === iTo && j < jTo && b[j] === b[jTo]) partner[iTo] = j
    else if (j === jTo && i < iTo && a[i] === a[iTo]) {
      partner[i] = j
      partner[iTo] = -1
    } else {
      i = iTo
      j = jTo
    }
    i++
    j++
  }
}

/** Position of the first element from `from` on that has a partner, or behind the last one. */
export function nextMatched(partner: Matching, from: number): number {
  let at = from
  while (at < partner.length && partner[at] === -1) at++
  return at
}

function matchRange(sequences: Sequences, range: Range, depth: number): void {
  const inner = matchEnds(sequences, range)
  if (inner.aFrom === inner.aTo || inner.bFrom === inner.bTo) return
  const anchors = depth < maxAnchorDepth ? uniqueAnchors(sequences, inner) : []
  if (anchors.length === 0) {
    matchGap(sequences, inner)
    return
  }
  let { aFrom, bFrom } = inner
  for (const { a, b } of anchors) {
    sequences.partner[a] = b
    matchRange(sequences, { aFrom, aTo: a, bFrom, bTo: b }, depth + 1)
    aFrom = a + 1
    bFrom = b + 1
  }
  matchRange(sequences, { ...inner, aFrom, bFrom }, depth + 1)
}

function matchEnds({ a, b, partner }: Sequences, range: Range): Range {
  let { aFrom, aTo, bFrom, bTo } = range
  while (aFrom < aTo && bFrom < bTo && a[aFrom] === b[bFrom]) partner[aFrom++] = bFrom++
  while (aFrom < aTo && bFrom < bTo && a[aTo - 1] === b[bTo - 1]) partner[--aTo] = --bTo
  return { aFrom, aTo, bFrom, bTo }
}

/** Elements that occur once on each side, as the longest chain that is in order on both. */
function uniqueAnchors({ a, b }: Sequences, range: Range): Pair[] {
  const inB = uniquePositions(b, range.bFrom, range.bTo)
  const pairs: Pair[] = []
  for (const [id, at] of uniquePositions(a, range.aFrom, range.aTo)) {
    const partner = inB.get(id)
    if (at >= 0 && partner !== undefined && partner >= 0) pairs.push({ a: at, b: partner })
  }
  return longestIncreasing(pairs)
}

/** Position of each id that occurs once; -1 for those that occur again. In order of first occurrence. */
function uniquePositions(ids: readonly number[], from: number, to: number): Map<number, number> {
  const positions = new Map<number, number>()
  for (let at = from; at < to; at++) {
    const id = ids[at]
    if (id !== undefined) positions.set(id, positions.has(id) ? -1 : at)
  }
  return positions
}

/** The longest part of `pairs` (sorted by a) whose b rise: patience sorting with back links. */
function longestIncreasing(pairs: readonly Pair[]): Pair[] {
  type Card = { readonly pair: Pair; readonly below: Card | undefined }
  const piles: Card[] = []
  for (const pair of pairs) {
    let low = 0
    let high = piles.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((piles[middle]?.pair.b ?? 0) < pair.b) low = middle + 1
      else high = middle
    }
    piles[low] = { pair, below: piles[low - 1] }
  }
  const chain: Pair[] = []
  for (let card = piles.at(-1); card !== undefined; card = card.below) chain.push(card.pair)
  return chain.reverse()
}

function matchGap({ a, b, partner }: Sequences, range: Range): void {
  const aAt = positionsShared(a, range.aFrom, range.aTo, b.slice(range.bFrom, range.bTo))
  const bAt = positionsShared(b, range.bFrom, range.bTo, a.slice(range.aFrom, range.aTo))
  const share = (range.aTo - range.aFrom + range.bTo - range.bFrom) / (a.length + b.length)
  const maxEditLength = Math.ceil(Math.sqrt(2 * maxPaths * share))
  const changes = diffArrays(pick(a, aAt), pick(b, bAt), { maxEditLength }) ?? []
  let i = 0
  let j = 0
  for (const { added, removed, count } of changes) {
    if (!added && !removed) {
      aAt.slice(i, i + count).forEach((at, k) => (partner[at] = bAt[j + k] ?? -1))
    }
    if (!added) i += count
    if (!removed) j += count
  }
}

/** Positions of the elements in ids[from, to) that `others` have too; the rest cannot match anything. */
function positionsShared(
  ids: readonly number[],
  from: number,
  to: number,
  others: readonly number[],
): number[] {
  const known = new Set(others)
  const positions: number[] = []
  for (let at = from; at < to; at++) if (known.has(ids[at] ?? -1)) positions.push(at)
  return positions
}

function pick(ids: readonly number[], positions: readonly number[]): number[] {
  return positions.map((at) => ids[at] ?? -1)
}
