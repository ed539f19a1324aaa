// What may be a path of a vault, and which paths are one to some device.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pathOf } from '../../test/fakes/facts.ts'
import {
  foldersAbove,
  isUnder,
  mayStandAt,
  nameOf,
  parentOf,
  parsePath,
  pathKey,
  withSuffix,
} from './vault-path.ts'

const byteLength = (text: string) => new TextEncoder().encode(text).length
const reasonOf = (text: string) => {
  const parsed = parsePath(text)
  return parsed.ok ? 'taken' : parsed.reason
}

/** What hostile and unlucky paths are made of. */
const piece = fc.oneof(
  fc.constantFrom(
    '..',
    '.',
    '',
    '/',
    '\\',
    '//',
    'C:',
    'c:\\',
    '.git',
    '.GIT',
    'git~1',
    '.undrift',
  ),
  fc.constantFrom(
    '\0',
    '\ud800',
    '\udc00',
    'é',
    'e\u0301',
    '\u200b',
    ' ',
    '.md',
    'note',
    '😀',
    ':',
  ),
  fc.string({ maxLength: 4 }),
)
const anyPath = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''))
const joinedPath = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('/'))

describe('parsePath', () => {
  test.each([
    'note.md',
    'Projects/plan.md',
    '__proto__.md',
    'constructor/toString.md',
    'a\\b.md',
    'line\nbreak\t\u001b[31m.md',
    '--help.md',
    '$(rm -rf).md',
    '%00%2e%2e.md',
    'trailing dot./trailing space /n.md',
    'CON.md',
    '...md',
    '..a/a..b/b...md',
    '.gitignore',
    '.github/n.md',
    'my.git/n.md',
    '👩‍👩‍👧/\u202etxt.md',
  ])('PATH-1 HC-85 HC-86 HC-94 %j is taken as it stands', (text) => {
    expect(parsePath(text)).toEqual({ ok: true, path: text })
  })

  test('PATH-1 HC-77 a decomposed name is composed', () => {
    expect(parsePath('Ka\u0308se/e\u0301.md')).toEqual({ ok: true, path: 'Käse/é.md' })
  })

  test.each([
    ['', 'empty'],
    ['..', 'escapes'],
    ['a/../../etc/passwd', 'escapes'],
    ['a\\..\\..\\b', 'escapes'],
    ['C:\\x', 'escapes'],
    ['c:/x', 'escapes'],
    ['\\\\srv\\share', 'escapes'],
    ['\\x', 'escapes'],
    ['/etc/passwd', 'malformed'],
    ['a//b', 'malformed'],
    ['a/', 'malformed'],
    ['.', 'malformed'],
    ['./a', 'malformed'],
    ['a/./b', 'malformed'],
    ['a\0b', 'malformed'],
  ])('PATH-2 HC-87 %j is refused: %s', (text, reason) => {
    expect(reasonOf(text)).toBe(reason)
  })

  test.each(['\ud800.md', 'a\udc00/b.md', '\udc00\ud800'])(
    'PATH-2 HC-92 lone surrogate %j',
    (text) => {
      expect(reasonOf(text)).toBe('malformed')
    },
  )

  test.each([
    '.git',
    '.git/hooks/post-checkout',
    'a/.git/config',
    '.GIT/x',
    '.Git',
    'git~1/x',
    'GIT~12',
    '.git::$INDEX_ALLOCATION/x',
    '.git. /x',
    '.g\u200bit/x',
    '.undrift/vault.json',
    '.UNDRIFT',
    '.trash/x.md',
    'a/.hg/x',
    '.svn',
    '.jj/x',
    '_darcs/x',
  ])('PATH-3 HC-88 HC-95 %j is reserved', (text) => {
    expect(reasonOf(text)).toBe('reserved')
  })

  test.each([
    ['.undriftignore/x.md', 'reserved'],
    ['.UndriftIgnore/a/b.md', 'reserved'],
    ['.undriftignore. /x.md', 'reserved'],
    ['.undriftignore', 'taken'],
    ['a/.undriftignore/x.md', 'taken'],
    ['.undriftignore (2)/x.md', 'taken'],
  ])('PATH-12 what would make a folder of the rules is refused: %j is %s', (text, reason) => {
    expect(reasonOf(text)).toBe(reason)
  })

  test('PATH-4 HC-83 255 bytes make a part and 1000 a path, one more does not', () => {
    expect(reasonOf(`${'a'.repeat(252)}.md`)).toBe('taken')
    expect(reasonOf(`${'a'.repeat(253)}.md`)).toBe('too-long')
    expect(reasonOf('ä'.repeat(128))).toBe('too-long')
    expect(reasonOf(`${'a/'.repeat(63)}n.md`)).toBe('taken')
    expect(reasonOf(`${'a/'.repeat(64)}n.md`)).toBe('too-long')
    const folders = `${'f'.repeat(199)}/`.repeat(4)
    expect(reasonOf(folders + 'n'.repeat(200))).toBe('taken')
    expect(reasonOf(folders + 'n'.repeat(201))).toBe('too-long')
  })

  test('PATH-2 HC-163 whatever comes, a path has no part that is empty, "." or "..", and is not absolute', () => {
    fc.assert(
      fc.property(fc.oneof(anyPath, joinedPath), (text) => {
        const parsed = parsePath(text)
        if (!parsed.ok) return
        const { path } = parsed
        expect(path.split('/').every((part) => !['', '.', '..'].includes(part))).toBe(true)
        expect(path.split(/[/\\]/)).not.toContain('..')
        expect(path).not.toMatch(/^[/\\]|^[A-Za-z]:[/\\]|\0/)
        expect(path.isWellFormed()).toBe(true)
        expect(path.normalize('NFC')).toBe(path)
        expect(parsePath(path)).toEqual(parsed)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('pathKey', () => {
  test.each([
    ['A.md', 'a.md'],
    ['Dir/x.md', 'dir/X.md'],
    ['É.md', 'e\u0301.md'],
    ['\u212bngström.md', 'ångström.md'],
    ['\u212aelvin.md', 'kelvin.md'],
    ['ΟΔΟΣ.md', 'οδος.md'],
    ['ΟΔΟΣ', 'οδος'],
    ['ſ.md', 'S.md'],
  ])('PATH-5 HC-79 HC-80 %s and %s have one key', (a, b) => {
    expect(pathKey(pathOf(a))).toBe(pathKey(pathOf(b)))
  })

  test.each([
    ['a.md', 'b.md'],
    ['a/b.md', 'a b.md'],
    ['ısı.md', 'isi.md'],
    ['e.md', 'é.md'],
  ])('PATH-5 %s and %s do not', (a, b) => {
    expect(pathKey(pathOf(a))).not.toBe(pathKey(pathOf(b)))
  })

  test('PATH-5 a path has the key of its upper and lower case forms', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }), (text) => {
        const parsed = parsePath(text)
        const lower = parsePath(text.toLowerCase())
        if (parsed.ok && lower.ok) expect(pathKey(lower.path)).toBe(pathKey(parsed.path))
      }),
    )
  })
})

describe('mayStandAt', () => {
  test.each([
    ['note.md', 'note.md', true],
    ['Note.md', 'note.MD', true],
    ['note.md', 'note (2).md', true],
    ['Folder/note', 'folder/note (12)', true],
    [`${'a'.repeat(252)}.md`, `${'a'.repeat(248)} (2).md`, true],
    ['note (2).md', 'note.md', false],
    ['note.md', 'note (x).md', false],
    ['note.md', 'notes (2).md', false],
    ['note.md', 'folder/note.md', false],
  ])('SYNC-34 PATH-6 a file that belongs at %s may stand at %s: %s', (wanted, path, expected) => {
    expect(mayStandAt(pathOf(wanted), pathOf(path))).toBe(expected)
  })
})

describe('withSuffix', () => {
  test.each([
    ['note.md', 'note (2).md'],
    ['a/b/note.md', 'a/b/note (2).md'],
    ['note', 'note (2)'],
    ['v1.2 notes.md', 'v1.2 notes (2).md'],
    ['.hidden', '.hidden (2)'],
    ['note (2).md', 'note (2) (2).md'],
    ['Meeting. All that was said there.', 'Meeting. All that was said there. (2)'],
  ])('PATH-6 HC-54 %s becomes %s', (path, expected) => {
    expect(withSuffix(pathOf(path), 2)).toBe(expected)
  })

  test('PATH-6 HC-84 a name that would exceed 255 bytes is cut between two characters', () => {
    const long = withSuffix(pathOf(`f/${'a'.repeat(252)}.md`), 2)
    expect(long).toBe(`f/${'a'.repeat(248)} (2).md`)
    const emoji = withSuffix(pathOf(`${'😀'.repeat(63)}.md`), 10)
    expect(emoji).toBe(`${'😀'.repeat(61)} (10).md`)
    expect(byteLength(emoji)).toBeLessThanOrEqual(255)
    expect(emoji.isWellFormed()).toBe(true)
  })

  test('PATH-6 HC-84 a path that would exceed 1,000 bytes is cut in its name, or moves up a folder', () => {
    const folder = `${'f'.repeat(245)}/`.repeat(4)
    expect(withSuffix(pathOf(`${folder}${'😀'.repeat(3)}.md`), 2)).toBe(`${folder}😀😀 (2).md`)
    expect(withSuffix(pathOf(`${folder}g/${'a'.repeat(8)}.md`), 12)).toBe(
      `${folder}g/aaaaaa (12).md`,
    )
    const full = `${folder}${'g'.repeat(9)}`
    expect(withSuffix(pathOf(`${full}/a.md`), 2)).toBe(`${folder}a (2).md`)
  })

  test('PATH-6 HC-84 what it gives is a path again, however long the folders', () => {
    const folders = (bytes: number): string =>
      Array.from({ length: bytes }, (_, i) => (i % 200 === 199 ? '/' : 'f')).join('')
    const character = fc.constantFrom('a', 'ß', '字', '😀')
    const stem = fc.string({ unit: character, minLength: 1, maxLength: 60 })
    const extension = fc.constantFrom('', '.md', `.${'😀'.repeat(16)}`)
    const spare = fc.nat({ max: 20 })
    fc.assert(
      fc.property(stem, extension, spare, fc.integer({ min: 2, max: 12_345 }), (...given) => {
        const [start, end, spareBytes, n] = given
        const name = `${start}${end}`
        const parsed = parsePath(`${folders(999 - spareBytes - byteLength(name))}/${name}`)
        if (!parsed.ok) return
        const suffixed = withSuffix(parsed.path, n)
        expect(parsePath(suffixed)).toEqual({ ok: true, path: suffixed })
        expect(suffixed.endsWith(` (${n})${end}`)).toBe(true)
      }),
    )
  })

  test('PATH-6 HC-84 what it gives is a path again, whatever the name', () => {
    const name = fc
      .tuple(
        fc.string({ unit: 'grapheme', maxLength: 120 }),
        fc.constantFrom('', '.', '.md'),
        fc.constantFrom('', 'x'.repeat(251), 'ß'.repeat(120)),
      )
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(name, fc.integer({ min: 2, max: 12_345 }), (text, n) => {
        const parsed = parsePath(text)
        if (!parsed.ok) return
        const suffixed = withSuffix(parsed.path, n)
        expect(parsePath(suffixed)).toEqual({ ok: true, path: suffixed })
        expect(suffixed).toContain(` (${n})`)
      }),
      { numRuns: 2000 },
    )
  })
})

test('PATH-1 the folders above, the name, and what is below', () => {
  const path = pathOf('a/b/c.md')
  expect(foldersAbove(path)).toEqual(['a', 'a/b'])
  expect(parentOf(path)).toBe('a/b')
  expect(parentOf(pathOf('c.md'))).toBeUndefined()
  expect(nameOf(path)).toBe('c.md')
  expect(isUnder(path, pathOf('a'))).toBe(true)
  expect(isUnder(pathOf('ab/c.md'), pathOf('a'))).toBe(false)
})
