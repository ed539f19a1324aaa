// Cases of saves that did or did not see our write.
import { describe, expect, test } from 'vitest'
import { undoes } from './stale.ts'

const base = '# shopping\n- [ ] bread\n- [ ] milk\nfrom the market\n'
const appended = `${base}- [ ] eggs\n`
const reworded = base.replace('the market', 'a corner shop')
const removed = base.replace('- [ ] milk\n', '')

describe('undoes', () => {
  test.each([
    ['a stale buffer saved unchanged', appended, base, true],
    ['a stale buffer with an edit elsewhere', appended, base.replace('bread', 'rye bread'), true],
    ['a stale buffer that appends where we did', appended, `${base}- [ ] tea\n`, true],
    ['a stale buffer over our rewording', reworded, base.replace('bread', 'rolls'), true],
    ['a stale buffer over our removal', removed, base.replace('bread', 'rolls'), true],
    ['a stale buffer over several changes', `${reworded}- [ ] eggs\n`, `${base}- [ ] tea\n`, true],
    ['our one line deleted, an edit elsewhere: taken for stale', appended, `${base}bye\n`, true],
    ['an edit after a reload', appended, appended.replace('bread', 'rolls'), false],
    ['a box ticked in our line', appended, appended.replace('[ ] eggs', '[x] eggs'), false],
    ['our line moved to the top', appended, `- [ ] eggs\n${base}`, false],
    ['one of our two changes taken back', `${reworded}- [ ] eggs\n`, appended, false],
    ['our removed line stays away', removed, removed.replace('bread', 'rolls'), false],
    [
      'our box ticked, the rest edited',
      base.replace('[ ]', '[x]'),
      base.replace('[ ]', '[x]').replace('milk', 'oats'),
      false,
    ],
    ['our blank line is still there', `${base}\n`, `${base}\n`, false],
    ['our blank line is gone', `\n${base}`, `${base}bye\n`, true],
    ['we wrote nothing', base, base, false],
    ['our full stop, and a sentence after it', `${base}.`, `${base}. Soon`, false],
    ['our full stop is not there', `${base}.`, `${base} soon`, true],
    ['our full stop is not there, another elsewhere', `${base}.`, base.replace('m', 'm.'), true],
    ['our heading deeper, and deeper still', `#${base}`, `##${base}`, false],
    ['our signs at two lines, one taken back', `#${base}!`, `#${base}`, false],
    ['our rule by chance, and not our words', `${base}---\n- [ ] eggs\n`, `${base}---\n`, true],
  ])('TEXT-7 HC-12 %s', (_name, written, disk, expected) => {
    expect(undoes(base, written, disk)).toBe(expected)
  })

  test('TEXT-3 TEXT-7 tens of thousands of lines take bounded work', () => {
    const lines = (of: string): string =>
      Array.from({ length: 30_000 }, (_, i) => `${of} wrote ${of}${String(i)}\n`).join('')
    const written = base + lines('we')
    expect(undoes(base, written, base + lines('they'))).toBe(true)
    expect(undoes(base, written, base + lines('we').replaceAll('7', '8'))).toBe(false)
  }, 5_000)
})
