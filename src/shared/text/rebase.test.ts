// Properties and examples of carrying a local change over to a remote text.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rebase } from './rebase.ts'
import { applySplices } from './splice.ts'

/** The text after the local change `base -> disk` is carried over to `target`. */
function merge(base: string, disk: string, target: string): string {
  return applySplices(target, rebase(base, disk, target))
}

type Edit =
  | { readonly kind: 'insert'; readonly at: number; readonly lines: readonly string[] }
  | { readonly kind: 'delete'; readonly at: number; readonly count: number }
  | { readonly kind: 'modify'; readonly at: number; readonly word: number; readonly to: string }

/** The lines after `edits`; every `#` becomes a token that occurs nowhere else. */
function edit(lines: readonly string[], side: string, edits: readonly Edit[]): string[] {
  const out = [...lines]
  let count = 0
  const unique = (text: string): string => text.replace(/#/g, () => `${side}${String(count++)}`)
  for (const change of edits) {
    const at = change.at % (out.length + 1)
    const line = out[at]
    if (change.kind === 'insert') out.splice(at, 0, ...change.lines.map(unique))
    else if (change.kind === 'delete') out.splice(at, change.count)
    else if (line !== undefined) {
      out[at] = line
        .split(' ')
        .with(change.word % line.split(' ').length, unique(change.to))
        .join(' ')
    }
  }
  return out
}

function toText(lines: readonly string[], lastEnd: boolean): string {
  return lines.join('\n') + (lastEnd && lines.length > 0 ? '\n' : '')
}

const at = fc.nat({ max: 12 })
const lineOf = (...words: string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 5 }).map((all) => all.join(' '))
const ownLine = lineOf('#', '#', 'the', 'item').map((line) => `${line} #`)
const sharedLine = fc.constantFrom('same one', 'same two here', '- item of both')
const insertOf = (line: fc.Arbitrary<string>): fc.Arbitrary<Edit> =>
  fc.record({
    kind: fc.constant('insert' as const),
    at,
    lines: fc.array(line, { minLength: 1, maxLength: 3 }),
  })
const removeOrModify: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant('delete' as const), at, count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({
    kind: fc.constant('modify' as const),
    at,
    word: fc.nat({ max: 4 }),
    to: fc.constantFrom('#', '# #', 'x😀#'),
  }),
)
const editsOf = (line: fc.Arbitrary<string>): fc.Arbitrary<Edit[]> =>
  fc.array(fc.oneof(insertOf(line), removeOrModify), { maxLength: 4 })

const baseLines = fc
  .array(lineOf('the', 'item', 'of', 'and'), { maxLength: 10 })
  .map((lines) => lines.map((line, i) => `- ${line} n${String(i)} end`))
const lastEnds = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean())

/** Base, disk and target of a merge in which `line` gives the inserted lines. */
function threeTexts(
  line: fc.Arbitrary<string>,
): fc.Arbitrary<{ base: string; disk: string; target: string }> {
  return fc
    .tuple(baseLines, editsOf(line), editsOf(line), lastEnds)
    .map(([lines, ours, theirs, [a, b, c]]) => ({
      base: toText(lines, a),
      disk: toText(edit(lines, 'l', ours), b),
      target: toText(edit(lines, 'r', theirs), c),
    }))
}

/** Ours edits the first lines, theirs the last ones, with lines in between that nobody touches. */
const apartTexts = fc
  .tuple(baseLines, baseLines, editsOf(ownLine), editsOf(ownLine))
  .map(([first, last, ours, theirs]) => {
    const between = ['between one', 'between two']
    return {
      base: toText([...first, ...between, ...last], true),
      disk: toText([...edit(first, 'l', ours), ...between, ...last], true),
      target: toText([...first, ...between, ...edit(last, 'r', theirs)], true),
    }
  })

const numRuns = Number(process.env['RUNS'] ?? 500)

/** Counts of the tokens that only one side made. */
function tokens(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [token] of text.matchAll(/[lr]\d+/g)) counts.set(token, (counts.get(token) ?? 0) + 1)
  return counts
}

describe('rebase', () => {
  test('TEXT-6 HC-129 a repetition changes nothing where the two sides edited different lines', () => {
    fc.assert(
      fc.property(apartTexts, ({ base, disk, target }) => {
        const merged = merge(base, disk, target)
        expect(merge(base, disk, merged)).toBe(merged)
      }),
      { numRuns },
    )
  })

  test('TEXT-4 a line put above one that remote edits stays a line of its own', () => {
    expect(merge('- a b\n', 'new\n- a b\n', 'x a b\n')).toBe('new\nx a b\n')
  })

  test('TEXT-4 HC-46 what only one side wrote survives exactly once', () => {
    fc.assert(
      fc.property(threeTexts(fc.oneof(ownLine, sharedLine)), ({ base, disk, target }) => {
        const found = tokens(merge(base, disk, target))
        for (const token of [...tokens(disk).keys(), ...tokens(target).keys()]) {
          expect([token, found.get(token)]).toEqual([token, 1])
        }
      }),
      { numRuns },
    )
  })

  test('TEXT-5 HC-48 nothing is left to do when remote made the same changes and more lines elsewhere', () => {
    const more = fc.array(insertOf(ownLine), { maxLength: 3 })
    fc.assert(
      fc.property(baseLines, editsOf(ownLine), more, (lines, ours, others) => {
        const disk = edit(lines, 'l', ours)
        const base = toText(lines, true)
        const target = toText(edit(disk, 'r', others), true)
        expect(rebase(base, toText(disk, true), target)).toEqual([])
      }),
      { numRuns },
    )
  })

  test('TEXT-5 without a remote change, or with the same one, it is the local change or nothing', () => {
    fc.assert(
      fc.property(threeTexts(sharedLine), ({ base, disk }) => {
        expect(merge(base, disk, base)).toBe(disk)
        expect(merge(base, disk, disk)).toBe(disk)
        expect(merge(base, base, disk)).toBe(disk)
      }),
      { numRuns },
    )
  })

  test('TEXT-1 the splices are sorted, apart, in range and cut no code point, for any texts', () => {
    const pieces = ['a', 'bc', ' ', '\n', '\r\n', '😀', '😁', '- item ', '1']
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((all) => all.join(''))
    fc.assert(
      fc.property(text, text, text, (base, disk, target) => {
        const splices = rebase(base, disk, target)
        let end = -1
        for (const { at, remove, insert } of splices) {
          expect(at).toBeGreaterThan(end)
          end = at + remove
          expect(end).toBeLessThanOrEqual(target.length)
          expect(remove + insert.length).toBeGreaterThan(0)
        }
        expect(applySplices(target, splices).isWellFormed()).toBe(true)
        expect(splices.every((s) => target.slice(0, s.at).isWellFormed())).toBe(true)
      }),
      { numRuns },
    )
  })

  test.each([
    ['both append', 'a\n', 'a\nb\n', 'a\nc\n', 'a\nc\nb\n'],
    ['both append without a last line end', 'a', 'a\nb', 'a\nc', 'a\nc\nb'],
    ['both append the end of the file differs', 'a\n', 'a\nb', 'a\nc', 'a\nc\nb'],
    ['both append a paragraph', '# t\n', '# t\n\none\n', '# t\n\ntwo\n', '# t\n\ntwo\n\none\n'],
    ['both append the same', 'a\n', 'a\nb\n', 'a\nb\n', 'a\nb\n'],
    ['remote has it among others', 'a\nz\n', 'a\nb\nz\n', 'a\nx\nb\ny\nz\n', 'a\nx\nb\ny\nz\n'],
    ['some lines are common', 'a\n', 'a\nb\nc\nd\n', 'a\nc\nx\n', 'a\nb\nc\nx\nd\n'],
    [
      'words of one line',
      'one two three\n',
      'ONE two three\n',
      'one two THREE\n',
      'ONE two THREE\n',
    ],
    ['the same word', 'one two three\n', 'one 2 three\n', 'one zwei three\n', 'one zwei2 three\n'],
    [
      'edit against removal',
      'a\none two three\nb\n',
      'a\none two 3\nb\n',
      'a\nb\n',
      'a\none two 3\nb\n',
    ],
    [
      'removal against edit',
      'a\none two three\nb\n',
      'a\nb\n',
      'a\none two 3\nb\n',
      'a\none two 3\nb\n',
    ],
    ['both remove', 'a\nb\nc\nd\n', 'a\nd\n', 'a\nb\nd\n', 'a\nd\n'],
    ['M26', '- item 000340\nx\n', '- item 000339\n- item 000340\nx\n', 'x\n', '- item 000339\nx\n'],
    ['a new line that one went on with', 'a\n', 'a\nb c\n', 'a\nb c d\n', 'a\nb c d\n'],
    ['a new line that we went on with', 'a\n', 'a\nx b c\ny\n', 'a\nb c\n', 'a\nx b c\ny\n'],
    [
      'the same new lines, each gone on with by one',
      'a\n',
      'a\n- b and b\n- c\n',
      'a\n- b\n- c and c\n',
      'a\n- b and b\n- c and c\n',
    ],
    [
      'a new line of both that looks made from a removed one',
      '- one item\n',
      '- one item\n- two item\n- three item\n',
      '- two item\n- three item\n',
      '- two item\n- three item\n',
    ],
    [
      'a new line of both that one seems to have made from an old one',
      '- one item\n',
      '- one item more\n- two item\n',
      '- two item\n- three item\n',
      '- one item more\n- two item\n- three item\n',
    ],
    [
      'the same words and more inside a line',
      'one four\n',
      'one two three four\n',
      'one three four\n',
      'one two three four\n',
    ],
    [
      'only the line that one removed and the other edited stays whole',
      '- one item\n- two item\nz\n',
      '- one item ours\nz\n',
      'their - one item\nrewritten\nz\n',
      'their - one item ours\nrewritten\nz\n',
    ],
    ['a line that ends like another', 'a\n', 'a\nb\n', 'a\nxb\n', 'a\nxb\nb\n'],
    ['a blank line beside a new one', 'a\nz\n', 'a\n\nz\n', 'a\nb\nz\n', 'a\nb\n\nz\n'],
    ['a checkbox ticked twice', '- [ ] a b\n', '- [x] a b\n', '- [x] a b c\n', '- [x] a b c\n'],
    ['the same rewrite', 'old line\n', 'brand new\n', 'brand new\n', 'brand new\n'],
  ])('TEXT-4 TEXT-6 %s', (_name, base, disk, target, merged) => {
    expect(merge(base, disk, target)).toBe(merged)
    expect(merge(base, disk, merged)).toBe(merged)
  })
})
