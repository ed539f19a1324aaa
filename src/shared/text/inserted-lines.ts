// The lines that a splice inserts, so that two insertions at one place can be compared line by line.
import { lineBody, splitLines } from './lines.ts'
import type { Splice } from './splice.ts'

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
