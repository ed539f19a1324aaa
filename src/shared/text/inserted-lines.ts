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

/** Whether a line begins at `at`. */
export function isLineStart(text: string, at: number): boolean {
  return at === 0 || /[\r\n]/.test(text.charAt(at - 1))
}

/** Whether the splice inserts whole lines: it begins where a line does and ends where one does. */
export function wholeLines(base: string, { at, remove, insert }: Splice): boolean {
  const next = base.charAt(at + remove)
  return isLineStart(base, at) && (/[\r\n]$/.test(insert) || next === '' || /[\r\n]/.test(next))
}

/**
 * The inserted lines in order. Text added behind a last line without an end ("\nnew") is cut before
 * the line ends, all other text behind them.
 */
export function insertedLines(base: string, splice: Splice): InsertedLine[] {
  const { at, remove, insert } = splice
  const lineStart = isLineStart(base, at)
  const leading = !lineStart && /^[\r\n]/.test(insert)
  const texts = leading ? (insert.match(/(?:\r\n|\n|\r)[^\r\n]*/g) ?? []) : splitLines(insert)
  const open = at + remove < base.length && !/[\r\n]/.test(base.charAt(at + remove))
  let from = 0
  return texts.map((text, i) => {
    const body = leading ? text.replace(/^[\r\n]+/, '') : lineBody(text)
    const cut =
      (i === 0 && !lineStart && !leading) || (i === texts.length - 1 && open && body === text)
    const line = { at: from, text, body, key: cut ? `${String(from)}\n${insert}` : body }
    from += text.length
    return line
  })
}
