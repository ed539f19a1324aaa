// The lines that a splice inserts, so that two insertions at one place can be compared line by line.
import { lineBody, splitLines } from './lines.ts'
import type { Splice } from './splice.ts'

/**
 * `at`: where in the insertion it begins. `key`: equal for equal lines, whatever ends them; a part of
 * a line has a key that equals no other.
 */
export type InsertedLine = {
  readonly at: number
  readonly text: string
  readonly body: string
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
    const key = cutAtStart || cutAtEnd ? `${String(from)}\n${insert}` : body
    from += text.length
    return { at: from - text.length, text, body, key }
  })
}

function isLineStart(text: string, at: number): boolean {
  return at === 0 || /[\r\n]/.test(text.charAt(at - 1))
}
