import { expect, test } from 'vitest'
import { patternsFault } from './pattern-cost.ts'

test.each([
  ['what a person writes', ['*.log', '*a*b*c*d', '**/private/**', '/a/**/b/**/*.tmp', '!**/keep']],
  ['a thousand plain rules', Array.from({ length: 1_000 }, (_, n) => `folder-${n}/*.tmp`)],
])('PATH-40 %s may be matched', (_, patterns) => {
  expect(patternsFault(patterns)).toBeUndefined()
})

test('PATH-40 a pattern with many ** is too much, and is named', () => {
  const pattern = '**/a/**/a/**/a/**/b'
  const fault = `it takes too long to match; write "${pattern}" with fewer **`
  expect(patternsFault(['*.log', pattern])).toBe(fault)
})

test('PATH-40 many patterns of which each would do are too much together', () => {
  expect(patternsFault(['**/a/**/b'])).toBeUndefined()
  expect(patternsFault(Array.from({ length: 500 }, (_, n) => `**/a/**/b${n}`))).toContain(
    'too long',
  )
})

test.each([Array.from({ length: 1_001 }, () => 'a'), ['x'.repeat(33 * 1024)]])(
  'PATH-40 more patterns than anybody needs are too much',
  (...patterns) => {
    expect(patternsFault(patterns)).toContain('more than 1000 lines')
  },
)
