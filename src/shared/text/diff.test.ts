// Properties and examples of the line-then-word diff.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diffText } from './diff.ts'
import { applySplices } from './splice.ts'

const pieces = [
  'a',
  'b',
  'word',
  ' ',
  '\n',
  '\r\n',
  '\r',
  '😀',
  '😁',
  'e\u0301',
  '- item ',
  '漢字',
  '\t',
  '.',
]
const text = fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((parts) => parts.join(''))

/** The changes as [removed, inserted]. */
function changes(before: string, after: string): [string, string][] {
  return diffText(before, after).map(({ at, remove, insert }) => [
    before.slice(at, at + remove),
    insert,
  ])
}

describe('diffText', () => {
  test('TEXT-1 the splices give the second text, are sorted and apart, and cut no code point', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const splices = diffText(before, after)
        expect(applySplices(before, splices)).toBe(after)
        let end = -1
        for (const { at, remove, insert } of splices) {
          expect(at).toBeGreaterThan(end)
          end = at + remove
          expect(remove + insert.length).toBeGreaterThan(0)
          for (const part of [insert, before.slice(0, at), before.slice(0, end)])
            expect(part.isWellFormed()).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('TEXT-1 equal texts have no splices', () => {
    expect(diffText('a\nb', 'a\nb')).toEqual([])
  })

  test.each<[string, string, string, [string, string][]]>([
    [
      'M26: a line added above a like one',
      '- item 000340\n',
      '- item 000339\n- item 000340\n',
      [['', '- item 000339\n']],
    ],
    [
      'M26: a line removed between like ones',
      '- item 1\n- item 2\n- item 3\n',
      '- item 1\n- item 3\n',
      [['- item 2\n', '']],
    ],
    [
      'a line edited and a like one added',
      '- buy two eggs\n',
      '- see the dentist\n- buy ten eggs\n',
      [
        ['', '- see the dentist\n'],
        ['two', 'ten'],
      ],
    ],
    ['a word of a line', 'one two three\n', 'one 2 three\n', [['two', '2']]],
    [
      'a line rewritten',
      'one two three\n',
      'quite another line\n',
      [['one two three\n', 'quite another line\n']],
    ],
    ['an emoji that shares its first unit', 'so 😀 it is\n', 'so 😁 it is\n', [['😀', '😁']]],
    ['a combining mark', 'cafe au lait\n', 'cafe\u0301 au lait\n', [['cafe', 'cafe\u0301']]],
    ['a character of unspaced script', '今日は晴れです\n', '今日は雨です\n', [['晴れ', '雨']]],
    [
      'a reflow',
      'one two three four\nfive six\n',
      'one two\nthree four five six\n',
      [
        [' ', '\n'],
        ['\n', ' '],
      ],
    ],
    ['a line end', 'a b c\r\n', 'a b c\n', [['\r', '']]],
    ['a last line without an end', 'a b', 'a b\nc', [['', '\nc']]],
    ['a repeated line, added last', 'x\nx\ny\n', 'x\nx\nx\ny\n', [['', 'x\n']]],
  ])('TEXT-2 %s', (_name, before, after, expected) => {
    expect(changes(before, after)).toEqual(expected)
  })

  test('TEXT-3 many changes are joined with their neighbours', () => {
    const lines = Array.from({ length: 10_000 }, (_, i) => `line ${String(i)} of many`)
    const before = lines.join('\n')
    const after = lines.map((line, i) => (i % 2 === 0 ? line : `${line} more`)).join('\n')
    const splices = diffText(before, after)
    expect(splices.length).toBeLessThanOrEqual(2000)
    expect(applySplices(before, splices)).toBe(after)
  })

  test.each([
    ['a megabyte of one letter', 'a'.repeat(1e6), 'a'.repeat(1e6 - 1)],
    ['a line that repeats', 'ab ab\n'.repeat(50_000), 'ab ba\nab ab\n'.repeat(20_000)],
    ['words that repeat', 'a b '.repeat(100_000), 'b a c '.repeat(70_000)],
    [
      'a megabyte line with a change',
      `${'a b '.repeat(2e5)}x${'c d '.repeat(2e5)}`,
      `${'a b '.repeat(2e5)}y${'c d '.repeat(2e5)}`,
    ],
  ])(
    'TEXT-3 HC-108 HC-109 HC-110 %s takes bounded work',
    (_name, before, after) => {
      expect(applySplices(before, diffText(before, after))).toBe(after)
    },
    5000,
  )
})
