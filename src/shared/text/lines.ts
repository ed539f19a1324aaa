// Lines with their ends: "\n", "\r\n" and a lone "\r" all end one, and stay part of it.

const line = /[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+/g

/** The lines of `text` with their ends, so that joining them gives `text` again. */
export function splitLines(text: string): string[] {
  return text.match(line) ?? []
}

/** What `line` says without its end. */
export function lineBody(line: string): string {
  return line.slice(0, line.length - lineEnd(line).length)
}

/** How `line` ends: `''` only for a last line that nothing ends. */
export function lineEnd(line: string): string {
  if (line.endsWith('\r\n')) return '\r\n'
  return line.endsWith('\n') || line.endsWith('\r') ? line.slice(-1) : ''
}

/** The first line end in `text`, which its other lines likely have too. */
export function firstLineEnd(text: string): string | undefined {
  return /\r\n|\n|\r/.exec(text)?.[0]
}

/** Characters of all of these together. */
export function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, { length }) => sum + length, 0)
}

/** What the lines say that say anything. */
export function visibleLines(text: string): string[] {
  return splitLines(text)
    .map(lineBody)
    .filter((body) => body.trim() !== '')
}
