// Properties and examples of the line-then-word diff.
import fc from 'fast-check'
import { expect, test } from 'vitest'
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
  'é',
  '- item ',
  '漢字',
  '\t',
  '.',
]
const text = fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((parts) => parts.join(''))

test('applying the splices gives the second text', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      expect(applySplices(before, diffText(before, after))).toBe(after)
    }),
    { numRuns: 1000 },
  )
})
