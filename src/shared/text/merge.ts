// Two changes of one text put together: the first, as splices of what the second made of the text.
import { around, insertedLines, matchLines } from './inserted-lines.ts'
import { joinSplices, type Splice } from './splice.ts'

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
  return joinSplices(pieces.sort((a, b) => a.at - b.at))
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

/** What the near splices did not insert too. */
function insertions(
  base: string,
  splice: Splice,
  near: readonly Placed[],
  toTarget: (at: number) => number,
): Splice[] {
  const { insert } = splice
  if (near.some((other) => contains(other.insert, insert))) return []
  const part = near.find((other) => around(insert, other.insert))
  if (part === undefined || /[\r\n]/.test(insert)) return newLines(base, splice, near, toTarget)
  const rest = around(insert, part.insert)
  return insertedAt([
    [part.to, rest?.before],
    [endOf(part), rest?.after],
  ])
}

/** The lines that the near splices did not insert too: behind theirs, or before the next one that both have. */
function newLines(
  base: string,
  splice: Splice,
  near: readonly Placed[],
  toTarget: (at: number) => number,
): Splice[] {
  const { at, remove } = splice
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
  const pieces: [number, string | undefined][] = []
  let run = ''
  ours.forEach(({ text, body }, i) => {
    const partner = partners[i]
    if (!partner) {
      run += text
      return
    }
    const rest = around(body, partner.body)
    pieces.push([partner.at, run + (rest?.before ?? '')])
    pieces.push([partner.at + partner.body.length, rest?.after])
    run = ''
    end = Math.max(end, partner.at + partner.text.length)
  })
  return insertedAt([...pieces, [end, run]])
}

function insertedAt(pieces: readonly (readonly [number, string | undefined])[]): Splice[] {
  return pieces.flatMap(([at, insert = '']) => (insert === '' ? [] : [{ at, remove: 0, insert }]))
}

/** Whether the splice only puts whole lines between others. */
function isWholeLines(base: string, { at, remove, insert }: Splice): boolean {
  return remove === 0 && /[\r\n]$/.test(insert) && (at === 0 || /[\r\n]/.test(base.charAt(at - 1)))
}

/** Whether `other` changes the line that begins at `at`, and leaves it a line of its own. */
function startsLine(other: Splice, at: number): boolean {
  return other.at === at && other.insert !== '' && !/[\r\n]$/.test(other.insert)
}

/** Whether `text` is or, inside a line, begins or ends with `part`: so a merge left it there. */
function contains(text: string, part: string): boolean {
  if (/[\r\n]/.test(part)) return text === part
  return text.startsWith(part) || text.endsWith(part)
}
