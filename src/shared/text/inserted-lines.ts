// The lines that a splice inserts, so that two insertions at one place can be compared line by line.
import { maxPairedLines } from './hunk.ts'
import { lineBody, splitLines } from './lines.ts'
import { interner, type Matching, matchSequences, nextMatched } from './sequence.ts'
import type { Splice } from './splice.ts'
import { splitWords } from './words.ts'

/**
 * `at`: where in the insertion it begins. `isLine`: a line of its own, not a part of one. `key`: equal for
 * equal lines, whatever ends them; a part of a line has a key that equals no other.
 */
export type InsertedLine = {
  readonly at: number
  readonly text: string
  readonly body: string
  readonly isLine: boolean
  readonly key: string
}

/** The lines that `splice` inserts, in order. */
export function insertedLines(base: string, { at, remove, insert }: Splice): InsertedLine[] {
  const texts = splitLines(insert)
  let from = 0
  return texts.map((text, i) => {
    const body = lineBody(text)
    const cutAtStart = i === 0 && !isLineStart(base, at)
    const cutAtEnd = body === text && !isLineStart(base, at + remove)
    const isLine = !cutAtStart && !cutAtEnd
    const key = isLine ? body : `${String(from)}\n${insert}`
    from += text.length
    return { at: from - text.length, text, body, isLine, key }
  })
}

function isLineStart(text: string, at: number): boolean {
  return at === 0 || /[\r\n]/.test(text.charAt(at - 1))
}

/**
 * For each of our lines the one of theirs that says the same, or the same and more, or less. A blank line
 * goes with the next line.
 */
export function matchLines(
  ours: readonly InsertedLine[],
  theirs: readonly InsertedLine[],
): (InsertedLine | undefined)[] {
  const idOf = interner()
  const ids = (lines: readonly InsertedLine[]): number[] => lines.map((line) => idOf(line.key))
  const partner = matchSequences(ids(ours), ids(theirs))
  matchExtended(ours, theirs, partner)
  const found = [...partner].map((i) => theirs[i])
  if (ours.length === 1) return found
  for (let i = ours.length - 1; i >= 0; i--) {
    const neighbour = found[i + 1 < ours.length ? i + 1 : i - 1]
    if (!neighbour && ours[i]?.body.trim() === '') found[i] = undefined
  }
  return found
}

/** Between lines that say the same, pairs in order of which one goes on where the other ends. */
function matchExtended(
  ours: readonly InsertedLine[],
  theirs: readonly InsertedLine[],
  partner: Matching,
): void {
  let i = 0
  let j = 0
  while (i < ours.length) {
    const iTo = nextMatched(partner, i)
    const jTo = partner[iTo] ?? theirs.length
    if (iTo - i <= maxPairedLines && jTo - j <= maxPairedLines) {
      for (; i < iTo; i++) {
        const at = theirs.slice(j, jTo).findIndex((their) => extendsOther(ours[i], their))
        if (at < 0) continue
        partner[i] = j + at
        j += at + 1
      }
    }
    i = iTo + 1
    j = jTo + 1
  }
}

function extendsOther(our: InsertedLine | undefined, their: InsertedLine): boolean {
  if (our?.isLine !== true || !their.isLine) return false
  const isLonger = our.body.length > their.body.length
  const [longer, shorter] = isLonger ? [our.body, their.body] : [their.body, our.body]
  const rest = around(longer, shorter)
  return rest !== undefined && isApart(rest, shorter)
}

type Around = { readonly before: string; readonly after: string }

/** What `longer` has before or after `shorter`, if it ends or begins with that and that tells anything. */
export function around(longer: string, shorter: string): Around | undefined {
  if (!/[\p{L}\p{N}]/u.test(shorter)) return undefined
  if (longer.startsWith(shorter)) return { before: '', after: longer.slice(shorter.length) }
  if (!longer.endsWith(shorter)) return undefined
  return { before: longer.slice(0, longer.length - shorter.length), after: '' }
}

/** Whether no word goes on from `middle` into what is around it. */
function isApart({ before, after }: Around, middle: string): boolean {
  const counts = [before, middle, after].map((text) => splitWords(text).length)
  return splitWords(before + middle + after).length === counts.reduce((sum, count) => sum + count)
}
