// What a device that mirrors a part of a vault has of it.
import { describe, expect, test } from 'vitest'
import { pathOf } from '../../../test/fakes/facts.ts'
import { createIgnoreRules } from './ignore.ts'
import { createSelection, patternFault } from './selection.ts'

describe('PATH-17 KIND-21 a selection', () => {
  test.each([
    [[], 'a/b.md', true],
    [['Projects/**'], 'Projects/a.md', true],
    [['Projects/**'], 'projects/deep/er/a.png', true],
    [['Projects/**'], 'Projects 2/a.md', false],
    [['Projects/**'], 'old/Projects/a.md', false],
    [['Projects'], 'Projects/deep/a.md', true],
    [['Projects'], 'old/Projects/a.md', true],
    [['/Projects'], 'old/Projects/a.md', false],
    [['*.md'], 'a/b.md', true],
    [['*.md'], 'a/b.png', false],
    [['a/*/c.md'], 'a/b/c.md', true],
    [['a/**/c.md'], 'a/b/b/c.md', true],
    [['a/b', 'x/**'], 'x/y', true],
    [['Cafe\u0301/**'], 'caf\u00e9/n.md', true],
  ])('%j has %s: %s', (patterns, path, expected) => {
    expect(createSelection(patterns).has(pathOf(path), false)).toBe(expected)
  })

  test.each([
    [['Projects/**'], 'Projects', true],
    [['Projects/**'], 'Projects/deep', true],
    [['Projects/**'], 'Other', false],
    [['a/b/c.md'], 'a', true],
    [['a/b/c.md'], 'a/b', true],
    [['a/b/c.md'], 'a/x', false],
    [['/a.md'], 'x', false],
    [['*.md'], 'any/where', true],
    [['**/c.md'], 'any/where', true],
    [['a/**/c.md'], 'a/b/b', true],
    [['a/**/c.md'], 'b', false],
    [['a/*/c.md'], 'a/any', true],
    [['a/*/c.md'], 'a/any/more', false],
  ])('%j looks into the folder %s: %s', (patterns, path, expected) => {
    expect(createSelection(patterns).has(pathOf(path), true)).toBe(expected)
  })

  test.each([
    [[], 'any/where', true],
    [['Projects/**'], 'Projects', true],
    [['Projects/**'], 'Projects/deep', true],
    [['Projects/**'], 'Other', false],
    [['Projects'], 'old/Projects/deep', true],
    [['/Projects/*'], 'Projects', true],
    [['a/b/c.md'], 'a/b', false],
    [['*.md'], 'any/where', false],
    [['**/*.md'], 'any/where', false],
    [['*.md', 'any/'], 'any/where', true],
    [['*'], 'any/where', true],
    [['/**/*'], 'any/where', true],
    [['/Projects/*/**'], 'Projects', false],
    [['/Projects/*/**'], 'Projects/deep', true],
    // What selects many names, and not all.
    [['??'], 'anywhere', false],
    [['???'], 'anywhere', false],
    [['??'], 'in/it', true],
    [['[!a]*'], 'a', false],
    [['Projects/??*'], 'Projects', false],
  ])('%j has the folder %s for its own sake: %s', (patterns, path, expected) => {
    expect(createSelection(patterns).hasAllOf(pathOf(path))).toBe(expected)
    expect(createIgnoreRules('', patterns).keepsFolder(pathOf(path))).toBe(expected)
  })

  test('comes on top of the rules, and always has those', () => {
    const rules = createIgnoreRules('*.tmp.md\n', ['Projects/**'])
    const ignores = (path: string) => rules.ignores(pathOf(path), false)
    expect(ignores('Projects/a.md')).toBe(false)
    expect(ignores('Projects/a.tmp.md')).toBe(true)
    expect(ignores('Projects/.DS_Store')).toBe(true)
    expect(ignores('Other/a.md')).toBe(true)
    expect(ignores('.undriftignore')).toBe(false)
    expect(rules.ignores(pathOf('Projects'), true)).toBe(false)
    expect(rules.selects(pathOf('Other/a.tmp.md'))).toBe(false)
    expect(rules.selects(pathOf('.undriftignore'))).toBe(true)
  })
})

/** Each with a file that it selects. */
test.each([
  ['Projects/**', 'Projects/a'],
  ['*.md', 'a.md'],
  ['/a b', 'a b'],
  ['a/', 'a/b'],
  ['[ab]', 'a'],
  ['[!a]', 'b'],
  ['[]a]', ']'],
  ['[[:digit:]].md', '1.md'],
  ['a]', 'a]'],
  ['[a-cx-z-]', '-'],
  ['[+--]', ','],
  ['[!z]', 'a'],
  ['[]-a]', '^'],
  ['[\\]-a]', '^'],
  ['[-a]', '-'],
  ['\\[', '['],
  ['\\!a', '!a'],
  ['.git*/[.]x', '.github/.x'],
])('CLI-32 %j is a pattern, and selects %j', (pattern, path) => {
  expect(patternFault(pattern)).toBeUndefined()
  expect(createSelection([pattern]).has(pathOf(path), false)).toBe(true)
})

test.each([
  ...['', '  ', '!a', '#a', '/', '//', '//a', 'a//b'],
  ...['.', './a', '../a', 'a/../b', '.git', 'a/.git/**', '.undrift/trash', '.TRASH'],
  ...['[z-a]', 'a[!9-0]*', '[a-bz-y]', '[\\z-\\a]', '[[:nothing:]]', 'x/[[:Digit:]].md'],
  ...['[', 'a[', '[]', '[!]', '[a', '[\\]', 'x[a/b]y', '**/[', 'a\\', '\\'],
  'a'.repeat(256),
])('CLI-32 CLI-36 %j selects nothing, or not what it says, and is refused', (pattern) => {
  expect(patternFault(pattern)).toBeDefined()
})
