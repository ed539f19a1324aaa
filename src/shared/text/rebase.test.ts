// Properties and examples of carrying a local change over to a remote text.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diffText } from './diff.ts'
import { rebase } from './rebase.ts'
import { applySplices } from './splice.ts'

/** The text after the local change `base -> disk` is carried over to `target`. */
function merge(base: string, disk: string, target: string): string {
  return applySplices(target, rebase(diffText(base, disk), diffText(base, target), base))
}

/** An edit of a list of lines: at line `at` (counted round), once. */
type Edit =
  | { readonly kind: 'insert'; readonly at: number; readonly lines: readonly string[] }
  | { readonly kind: 'delete'; readonly at: number; readonly count: number }
  | { readonly kind: 'modify'; readonly at: number; readonly word: number; readonly to: string }

function edited(lines: readonly string[], edits: readonly Edit[]): string {
  const out = [...lines]
  for (const edit of edits) {
    const at = edit.at % (out.length + 1)
    if (edit.kind === 'insert') out.splice(at, 0, ...edit.lines)
    else if (edit.kind === 'delete') out.splice(at, edit.count)
    else if (out[at] !== undefined) {
      const words = out[at].split(' ')
      words[edit.word % words.length] = edit.to
      out[at] = words.join(' ')
    }
  }
  return out.join('\n') + (out.length > 0 ? '\n' : '')
}

const at = fc.nat({ max: 12 })
const line = (words: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(words, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(' '))

function edits(side: string, inserted: fc.Arbitrary<string>): fc.Arbitrary<Edit[]> {
  const word = fc.nat({ max: 999 }).map((n) => `${side}${String(n)}`)
  return fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant('insert' as const),
        at,
        lines: fc.array(fc.oneof(line(word), inserted), { minLength: 1, maxLength: 3 }),
      }),
      fc.record({
        kind: fc.constant('delete' as const),
        at,
        count: fc.integer({ min: 1, max: 3 }),
      }),
      fc.record({ kind: fc.constant('modify' as const), at, word: fc.nat({ max: 4 }), to: word }),
    ),
    { maxLength: 4 },
  )
}

const base = fc
  .array(line(fc.constantFrom('the', 'item', 'of', 'and')), { maxLength: 10 })
  .map((lines) => lines.map((text, i) => `- ${text} n${String(i)} end`))
const shared = fc.constantFrom('same one', 'same two here', '- item of both')
const threeTexts = fc
  .tuple(base, edits('l', shared), edits('r', shared))
  .map(([lines, ours, theirs]) => ({
    base: edited(lines, []),
    disk: edited(lines, ours),
    target: edited(lines, theirs),
  }))

describe('rebase', () => {
  test('a repetition after a crash changes nothing', () => {
    fc.assert(
      fc.property(threeTexts, ({ base, disk, target }) => {
        const merged = merge(base, disk, target)
        expect(merge(base, disk, merged)).toBe(merged)
      }),
      { numRuns: Number(process.env['RUNS'] ?? 1000) },
    )
  })
})
