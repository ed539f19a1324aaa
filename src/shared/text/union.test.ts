// Laws and examples of the line union at first contact.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lineBody, splitLines } from './lines.ts'
import { unionText } from './union.ts'

const bodies = fc.array(fc.constantFrom('', 'a', 'b', 'c', '- item 1', '- item 2'), {
  maxLength: 8,
})
const text = fc
  .tuple(bodies, fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, end, last]) => lines.join(end) + (last ? end : ''))

function counts(of: string): Map<string, number> {
  const found = new Map<string, number>()
  for (const body of splitLines(of).map(lineBody)) found.set(body, (found.get(body) ?? 0) + 1)
  return found
}

const numRuns = Number(process.env['RUNS'] ?? 500)

describe('unionText', () => {
  test('TEXT-8 HC-57 equal texts, and one empty text, stay as they are', () => {
    fc.assert(
      fc.property(text, (a) => {
        expect(unionText(a, a)).toBe(a)
        expect(unionText('', a)).toBe(a)
        expect(unionText(a, '')).toBe(a)
      }),
      { numRuns },
    )
  })

  test('TEXT-8 a union with either text again changes nothing', () => {
    fc.assert(
      fc.property(text, text, (disk, document) => {
        const union = unionText(disk, document)
        expect(unionText(disk, union)).toBe(union)
        expect(unionText(union, document)).toBe(union)
        expect(unionText(document, union)).toBe(union)
      }),
      { numRuns },
    )
  })

  test('TEXT-8 HC-58 every line is there as often as in the text that has it more often, or more', () => {
    fc.assert(
      fc.property(text, text, (disk, document) => {
        const union = counts(unionText(disk, document))
        for (const [body, count] of [...counts(disk), ...counts(document)]) {
          expect(union.get(body) ?? 0).toBeGreaterThanOrEqual(count)
        }
      }),
      { numRuns },
    )
  })

  test.each([
    ["own lines, the document's first", 'a\nx\nz\n', 'a\ny\nz\n', 'a\ny\nx\nz\n'],
    [
      'a line changed on both sides is there twice',
      '- one\n- 2\n',
      '- one\n- II\n',
      '- one\n- II\n- 2\n',
    ],
    ['no line is glued to a last one without an end', 'a\nx', 'a\ny', 'a\ny\nx'],
    ['a last line end that one side has', 'a', 'a\n', 'a\n'],
    ["the document's line ends stand", 'a\r\nx\r\nb\r\n', 'a\nb\n', 'a\nx\nb\n'],
    ['nothing in common', 'x\n', 'y\n', 'y\nx\n'],
  ])('TEXT-8 %s', (_name, disk, document, union) => {
    expect(unionText(disk, document)).toBe(union)
  })

  test('TEXT-3 hundreds of thousands of lines, repeated or unrelated, take bounded work', () => {
    const log = (n: number): string =>
      Array.from({ length: 30_000 }, (_, i) => ['ok', 'ping', 'no'][(i * i * n) % 3]).join('\n')
    expect(unionText(log(1), log(2)).length).toBeGreaterThan(30_000)
    const lines = (of: string): string =>
      Array.from({ length: 150_000 }, (_, i) => `${of}${String(i)}\n`).join('')
    expect(unionText(lines('a'), lines('b'))).toBe(lines('b') + lines('a'))
  }, 10_000)
})
