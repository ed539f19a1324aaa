// First contact of two texts of one note without a common base: every line of both, once where they agree.
import { firstLineEnd, lineBody, lineEnd, splitLines } from './lines.ts'
import { interner, matchSequences } from './sequence.ts'

/**
 * The lines of both texts in order, those that both have once, with the document's line ends. Between
 * two such lines the document's own come first, then the disk's. `unionText(a, a) === a`, and a union
 * with either text again changes nothing. A last line without an end gets one when lines follow it.
 */
export function unionText(disk: string, document: string): string {
  if (disk === '' || disk === document) return document
  const first = splitLines(document)
  const end = firstLineEnd(document) ?? firstLineEnd(disk) ?? '\n'
  const second = splitLines(disk).map((line) =>
    lineEnd(line) === '' ? line : lineBody(line) + end,
  )
  const partner = matchBodies(first, second)
  const runs: (readonly string[])[] = []
  let fromFirst = 0
  let fromSecond = 0
  partner.forEach((match, at) => {
    if (match < 0) return
    runs.push(first.slice(fromFirst, at), second.slice(fromSecond, match), first.slice(at, at + 1))
    fromFirst = at + 1
    fromSecond = match + 1
  })
  runs.push(first.slice(fromFirst), second.slice(fromSecond))
  return joinLines(runs.flat(), end)
}

function matchBodies(first: readonly string[], second: readonly string[]): Int32Array {
  const idOf = interner()
  const ids = (lines: readonly string[]): number[] => lines.map((line) => idOf(lineBody(line)))
  return matchSequences(ids(first), ids(second))
}

/** Joins lines; one without an end gets `end`, unless it is the last. */
function joinLines(lines: readonly string[], end: string): string {
  const closed = lines.map((line, i) =>
    lineEnd(line) === '' && i < lines.length - 1 ? line + end : line,
  )
  return closed.join('')
}
