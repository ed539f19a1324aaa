// Cases of saves that did or did not see our write.
import { describe, expect, test } from 'vitest'
import { leftOf } from './stale.ts'

const base = '# shopping\n- [ ] bread\n- [ ] milk\nfrom the market\n'
const appended = `${base}- [ ] eggs\n`
const reworded = base.replace('the market', 'a corner shop')
const removed = base.replace('- [ ] milk\n', '')

describe('leftOf', () => {
  test.each([
    ['a stale buffer saved unchanged', appended, base, 'nothing'],
    [
      'a stale buffer with an edit elsewhere',
      appended,
      base.replace('bread', 'rye bread'),
      'nothing',
    ],
    ['a stale buffer that appends where we did', appended, `${base}- [ ] tea\n`, 'nothing'],
    ['a stale buffer over our rewording', reworded, base.replace('bread', 'rolls'), 'nothing'],
    ['a stale buffer over our removal', removed, base.replace('bread', 'rolls'), 'nothing'],
    [
      'a stale buffer over several changes',
      `${reworded}- [ ] eggs\n`,
      `${base}- [ ] tea\n`,
      'nothing',
    ],
    [
      'our one line deleted, an edit elsewhere: taken for stale',
      appended,
      `${base}bye\n`,
      'nothing',
    ],
    ['an edit after a reload', appended, appended.replace('bread', 'rolls'), 'all'],
    ['a box ticked in our line', appended, appended.replace('[ ] eggs', '[x] eggs'), 'all'],
    ['our line moved to the top', appended, `- [ ] eggs\n${base}`, 'all'],
    ['one of our two changes taken back', `${reworded}- [ ] eggs\n`, appended, 'some'],
    [
      'one of our two lines, and another at the place of the other',
      `- [ ] tea\n${base}- [ ] eggs\n`,
      `- [ ] tea\n${base}- [ ] salt\n`,
      'some',
    ],
    [
      'the same, without a last line end',
      `- [ ] tea\n${base}- [ ] eggs`,
      `- [ ] tea\n${base}- [ ] salt`,
      'some',
    ],
    [
      'our line, and a word that we had set set again',
      `${base.replace('market', 'shop')}- [ ] eggs\n`,
      `${base.replace('market', 'farm')}- [ ] eggs\n`,
      'all',
    ],
    [
      'our line in a text that was written anew',
      `${reworded}- [ ] eggs\n`,
      '# for sunday\n- [ ] eggs\nwherever they are\n',
      'all',
    ],
    [
      'one of our lines after a last one without an end, which was changed since',
      `${base}bye\n- [ ] eggs\n- [ ] flour\n`,
      `${base}- [ ] eggs\nso long`,
      'some',
      `${base}bye`,
    ],
    [
      'our line, and not the one in which we had set a word',
      `${base.replace('milk', 'oat milk')}- [ ] eggs\n`,
      `${removed}- [ ] eggs\n`,
      'some',
    ],
    ['our removed line stays away', removed, removed.replace('bread', 'rolls'), 'all'],
    [
      'our box ticked, the rest edited',
      base.replace('[ ]', '[x]'),
      base.replace('[ ]', '[x]').replace('milk', 'oats'),
      'all',
    ],
    ['our blank line is still there', `${base}\n`, `${base}\n`, 'all'],
    ['our blank line is gone', `\n${base}`, `${base}bye\n`, 'nothing'],
    ['we wrote nothing', base, base, 'all'],
    ['our full stop, and a sentence after it', `${base}.`, `${base}. Soon`, 'all'],
    ['our full stop is not there', `${base}.`, `${base} soon`, 'nothing'],
    [
      'our full stop is not there, another elsewhere',
      `${base}.`,
      base.replace('m', 'm.'),
      'nothing',
    ],
    ['our heading deeper, and deeper still', `#${base}`, `##${base}`, 'all'],
    ['our signs at two lines, one taken back', `#${base}!`, `#${base}`, 'all'],
    [
      'a stale buffer in which a program wrote one of our lines too',
      `${base}- [ ] eggs\n- [ ] flour\n`,
      `${base}- [ ] eggs\n- [ ] tea\n`,
      'some',
    ],
    [
      'a line of ours that was there before tells nothing',
      `${base}- [ ] milk\n- [ ] eggs\n`,
      `${base}- [ ] milk\n- [ ] eggs\n- [ ] tea\n`,
      'all',
    ],
    ['one of the lines that we removed is back', removed.replace(/^#.*\n/, ''), removed, 'some'],
    [
      'our rule by chance, and not our words',
      `${base}---\n- [ ] eggs\n`,
      `${base}---\n`,
      'nothing',
    ],
  ])('TEXT-7 HC-12 %s', (_name, written, disk, expected, before = base) => {
    expect(leftOf(before, written, disk)).toBe(expected)
  })

  test('TEXT-3 TEXT-7 tens of thousands of lines take bounded work', () => {
    const lines = (of: string): string =>
      Array.from({ length: 30_000 }, (_, i) => `${of} wrote ${of}${String(i)}\n`).join('')
    const written = base + lines('we')
    expect(leftOf(base, written, base + lines('they'))).toBe('nothing')
    expect(leftOf(base, written, base + lines('we').replaceAll('7', '8'))).toBe('some')
  }, 5_000)
})
