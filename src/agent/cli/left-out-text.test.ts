// What people read of files that are left out.
import { expect, test } from 'vitest'
import type { LeftOut } from '../disk/left-out.ts'
import { describeLeftOut } from './left-out-text.ts'

test('CLI-31 each reason has its words, and a name is shown, not obeyed', () => {
  const all: LeftOut[] = [
    { path: '.git/', rule: '.git', source: 'built-in' },
    { path: 'a\n.key', rule: '*.key', source: '.undriftignore' },
    { path: 'Archive/', rule: 'Projects/**', source: 'selection' },
  ]
  expect(describeLeftOut(all)).toEqual([
    '  Left out, and not synced:',
    '    .git/  (built-in rule .git)',
    '    a\\u{a}.key  (*.key in .undriftignore)',
    '    Archive/  (not selected)',
  ])
})

test('CLI-31 a long list is cut, and its rest counted', () => {
  const one: LeftOut = { path: 'x', rule: '*', source: 'built-in' }
  const lines = describeLeftOut(Array.from({ length: 25 }, () => one))
  expect(lines).toHaveLength(22)
  expect(lines.at(-1)).toBe('    and 5 more; all of them: --json')
  expect(describeLeftOut([])).toEqual(['  Nothing in the folder is left out.'])
})
