// First contact of two texts of one note without a common base: every line of both, once where they agree.
import { lineBody, lineEnd, splitLines } from './lines.ts'
import { interner, matchSequences } from './sequence.ts'

/** The lines of both; where both have their own, the document's come first. */
export function unionText(disk: string, document: string): string {
  const ours = splitLines(document)
  const theirs = splitLines(disk)
  const idOf = interner()
  const bodies = (lines: readonly string[]): number[] => lines.map((line) => idOf(lineBody(line)))
  const partner = matchSequences(bodies(ours), bodies(theirs))
  const out: string[] = []
  let from = 0
  const own: string[] = []
  ours.forEach((line, i) => {
    const match = partner[i] ?? -1
    if (match < 0) return void own.push(line)
    out.push(...own.splice(0), ...theirs.slice(from, match), line)
    from = match + 1
  })
  out.push(...own, ...theirs.slice(from))
  const end = out.map(lineEnd).find((found) => found !== '') ?? '\n'
  return out
    .map((line, i) => (lineEnd(line) === '' && i < out.length - 1 ? line + end : line))
    .join('')
}
