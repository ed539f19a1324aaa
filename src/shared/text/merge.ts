// Two changes of one text put together: the first, as splices of what the second made of the text.
import { type InsertedLine, insertedLines } from './inserted-lines.ts'
import { interner, matchSequences } from './sequence.ts'
import type { Splice } from './splice.ts'

/** A remote splice, and where its insertion stands in the remote text. */
type Placed = Splice & { readonly to: number }

/** `local` as splices of the text that `remote` makes of `base`; what remote did too is left out. */
export function mergeSplices(
  base: string,
  local: readonly Splice[],
  remote: readonly Splice[],
): Splice[] {
  const placed = place(remote)
  const pieces = local.flatMap((splice) => {
    const from = countWhile(placed, (r) => r.at + r.remove < splice.at)
    const near = placed.slice(
      from,
      countWhile(placed, (r) => r.at <= splice.at + splice.remove),
    )
    const toTarget = (at: number): number => shift(placed, at)
    return [...removals(splice, near, toTarget), ...insertions(base, splice, near, toTarget)]
  })
  return join(pieces.sort((a, b) => a.at - b.at))
}

function place(remote: readonly Splice[]): Placed[] {
  let by = 0
  return remote.map((splice) => {
    const to = splice.at + by
    by += splice.insert.length - splice.remove
    return { ...splice, to }
  })
}

/** How many items at the start of sorted `items` pass `test`. */
function countWhile(items: readonly Placed[], test: (item: Placed) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    const item = items[middle]
    if (item && test(item)) low = middle + 1
    else high = middle
  }
  return low
}

/** Where position `at` of the base is in the target: behind what was inserted there. */
function shift(placed: readonly Placed[], at: number): number {
  const last = placed[countWhile(placed, (r) => r.at <= at) - 1]
  return last ? endOf(last) + Math.max(0, at - last.at - last.remove) : at
}

function endOf({ to, insert }: Placed): number {
  return to + insert.length
}

/** The removed ranges without what the near splices removed, and around what they inserted. */
function removals(
  { at, remove }: Splice,
  near: readonly Placed[],
  toTarget: (at: number) => number,
): Splice[] {
  const pieces: Splice[] = []
  const add = (from: number, to: number): void => {
    if (from < to) pieces.push({ at: toTarget(from), remove: to - from, insert: '' })
  }
  let from = at
  for (const other of near) {
    add(from, Math.min(other.at, at + remove))
    from = Math.max(from, other.at + other.remove)
  }
  add(from, at + remove)
  return pieces
}

/** What the near splices did not insert too: behind theirs, or before the next line that both have. */
function insertions(
  base: string,
  splice: Splice,
  near: readonly Placed[],
  toTarget: (at: number) => number,
): Splice[] {
  const { at, remove, insert } = splice
  if (near.some((other) => contains(other.insert, insert))) return []
  const cut = near.findLast((other) => other.at < at + remove && other.at + other.remove > at)
  const inLine = isWholeLines(base, splice)
    ? near.find((other) => startsLine(other, at))
    : undefined
  let end = cut ? endOf(cut) : (inLine?.to ?? toTarget(at))
  const ours = insertedLines(base, splice)
  const theirs = near.flatMap((other) =>
    insertedLines(base, other).map((line) => ({ ...line, at: other.to + line.at })),
  )
  const partners = matchLines(ours, theirs)
  const pieces: Splice[] = []
  let run = ''
  ours.forEach(({ text }, i) => {
    const partner = partners[i]
    if (!partner) {
      run += text
      return
    }
    if (run !== '') pieces.push({ at: partner.at, remove: 0, insert: run })
    run = ''
    end = Math.max(end, partner.at + partner.text.length)
  })
  if (run !== '') pieces.push({ at: end, remove: 0, insert: run })
  return pieces
}

/** Whether the splice only puts whole lines between others. */
function isWholeLines(base: string, { at, remove, insert }: Splice): boolean {
  return remove === 0 && /[\r\n]$/.test(insert) && (at === 0 || /[\r\n]/.test(base.charAt(at - 1)))
}

/** Whether `other` changes the line that begins at `at`, and leaves it a line of its own. */
function startsLine(other: Splice, at: number): boolean {
  return other.at === at && other.insert !== '' && !/[\r\n]$/.test(other.insert)
}

/** Whether `theirs` is or, inside a line, begins or ends with `ours`: so a merge left it there. */
function contains(theirs: string, ours: string): boolean {
  if (/[\r\n]/.test(ours)) return theirs === ours
  return theirs.startsWith(ours) || theirs.endsWith(ours)
}

/** For each of our lines the one of theirs that says the same. A blank line goes with the next line. */
function matchLines(
  ours: readonly InsertedLine[],
  theirs: readonly InsertedLine[],
): (InsertedLine | undefined)[] {
  const idOf = interner()
  const ids = (lines: readonly InsertedLine[]): number[] => lines.map((line) => idOf(line.key))
  const found = [...matchSequences(ids(ours), ids(theirs))].map((i) => theirs[i])
  if (ours.length === 1) return found
  for (let i = ours.length - 1; i >= 0; i--) {
    const neighbour = found[i + 1 < ours.length ? i + 1 : i - 1]
    if (!neighbour && ours[i]?.body.trim() === '') found[i] = undefined
  }
  return found
}

function join(pieces: readonly Splice[]): Splice[] {
  const joined: Splice[] = []
  for (const piece of pieces) {
    const last = joined.at(-1)
    if (!last || last.at + last.remove < piece.at) joined.push(piece)
    else
      joined[joined.length - 1] = {
        at: last.at,
        remove: last.remove + piece.remove,
        insert: last.insert + piece.insert,
      }
  }
  return joined
}
