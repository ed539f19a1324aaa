// Saves that undo what was written before them, and saves that go on from it.
import { expect, test } from 'vitest'
import { isWrittenOver } from './written-over.ts'

const list = '- milk\n- bread\n'

test.each([
  ['another list mark again', list, '* milk\n* bread\n', list],
  ['the final line end that was taken away', list, list.trimEnd(), list],
  ['no final line end again', list.trimEnd(), list, list.trimEnd()],
  ['a date that was set, set once more', 'at 12:01:05', 'at 12:01:06', 'at 12:01:07'],
  ['one of two lines gone', list, `- tea\n${list}- eggs\n`, `- tea\n${list}`],
  ['a buffer from before', list, `${list}- eggs\n`, `- rye bread\n${list}`],
])('SYNC-44 written over: %s', (_name, before, written, after) => {
  expect(isWrittenOver(before, written, after)).toBe(true)
})

test.each([
  ['nothing', list, `${list}- eggs\n`, `${list}- eggs\n`],
  ['a line after ours', list, `${list}- eggs\n`, `${list}- eggs\n- tea\n`],
  ['a line before ours', list, `${list}- eggs\n`, `- tea\n${list}- eggs\n`],
  ['a word in our line', list, `${list}- two eggs\n`, `${list}- two white eggs\n`],
  ['another word than ours', list, list.replace('milk', 'oats'), `- oats\n- rolls\n`],
  [
    'a line elsewhere than where we took one away',
    `${list}- eggs\n`,
    '- milk\n- eggs\n',
    '- milk\n- eggs\n- tea\n',
  ],
])('SYNC-44 not written over: %s', (_name, before, written, after) => {
  expect(isWrittenOver(before, written, after)).toBe(false)
})
