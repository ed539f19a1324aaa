// Which file that appeared is one that vanished.
import { describe, expect, test } from 'vitest'
import { fileId, pathOf, statAt } from '../../../test/fakes/facts.ts'
import type { FileStat } from './facts.ts'
import { type Appeared, type Vanished, pairRenames, pairSimilar } from './renames.ts'

function gone(n: number, hash: string, stat: Partial<FileStat> = {}): Vanished {
  return { id: fileId(n), hash, stat: statAt(0, { ino: String(n), birth: String(n), ...stat }) }
}

function came(path: string, hash: string | undefined, stat: Partial<FileStat> = {}): Appeared {
  return { path: pathOf(path), hash, stat: statAt(0, { ino: '900', birth: '900', ...stat }) }
}

function pairs(vanished: readonly Vanished[], appeared: readonly Appeared[]) {
  return Object.fromEntries(pairRenames(vanished, appeared))
}

describe('pairRenames', () => {
  test('SYNC-8 HC-30 one inode with one birth is the same file, whatever is in it', () => {
    const moved = came('b.md', 'edited', { ino: '1', birth: '1' })
    expect(pairs([gone(1, 'old')], [moved])).toEqual({ 'b.md': fileId(1) })
  })

  test('SYNC-8 HC-38 an inode number alone lies: file systems use it again', () => {
    const other = came('b.md', 'another', { ino: '1', birth: '2' })
    expect(pairs([gone(1, 'old')], [other])).toEqual({})
  })

  test('SYNC-8 HC-37 equal content tells, where one vanished and one appeared with it', () => {
    expect(pairs([gone(1, 'x'), gone(2, 'y')], [came('b.md', 'x')])).toEqual({ 'b.md': fileId(1) })
    expect(pairs([gone(1, 'x'), gone(2, 'x')], [came('b.md', 'x')])).toEqual({})
    expect(pairs([gone(1, 'x')], [came('b.md', 'x'), came('c.md', 'x')])).toEqual({})
  })

  test('SYNC-8 inode goes before content, and frees the content for another', () => {
    const vanished = [gone(1, 'x'), gone(2, 'x')]
    const appeared = [came('by-inode.md', 'new', { ino: '1', birth: '1' }), came('by-hash.md', 'x')]
    expect(pairs(vanished, appeared)).toEqual({
      'by-inode.md': fileId(1),
      'by-hash.md': fileId(2),
    })
  })

  test('SYNC-8 HC-103 empty files are all alike: only the inode tells them apart', () => {
    const empty = { size: 0 }
    expect(pairs([gone(1, 'e', empty)], [came('b.md', 'e', empty)])).toEqual({})
    const moved = came('b.md', 'e', { ...empty, ino: '1', birth: '1' })
    expect(pairs([gone(1, 'e', empty)], [moved])).toEqual({ 'b.md': fileId(1) })
  })

  test('SYNC-8 two names for one inode (hard links) do not take one file twice', () => {
    const twin = { ino: '1', birth: '1' }
    const found = pairRenames([gone(1, 'x')], [came('b.md', 'x', twin), came('c.md', 'x', twin)])
    expect([...found.values()]).toEqual([fileId(1)])
  })

  test('SYNC-8 HC-34 a folder of a thousand files moves whole', () => {
    const vanished = Array.from({ length: 1000 }, (_, n) => gone(n, 'same'))
    const appeared = vanished.map(({ stat }, n) => came(`new/${n}.md`, 'same', stat))
    const found = pairRenames(vanished, appeared)
    expect(found.size).toBe(1000)
    expect(found.get(pathOf('new/7.md'))).toBe(fileId(7))
  })

  test('SYNC-8 content that was not read pairs with nothing', () => {
    expect(pairs([gone(1, 'x')], [came('b.md', undefined)])).toEqual({})
  })
})

describe('pairSimilar', () => {
  const text = (...lines: string[]) => lines.map((line) => `${line}\n`).join('')
  const base = text('# Plan', 'first point of many', 'second point', 'third point')

  test('SYNC-9 HC-30 a note that was edited on the way is known by half of its lines', () => {
    const edited = text('# Plan', 'first point of many', 'second point, edited', 'fourth')
    const found = pairSimilar([{ key: 1, text: base }], [{ key: 'b', text: edited }])
    expect([...found]).toEqual([['b', 1]])
  })

  test('SYNC-9 less than half in common is another note', () => {
    const other = text('# Plan', 'something else entirely', 'and nothing of the old', 'at all')
    expect(pairSimilar([{ key: 1, text: base }], [{ key: 'b', text: other }]).size).toBe(0)
  })

  test('SYNC-9 blank lines tell nothing, and neither do empty notes', () => {
    const blank = '\n\n   \n\n'
    expect(pairSimilar([{ key: 1, text: blank }], [{ key: 'b', text: blank }]).size).toBe(0)
    expect(pairSimilar([{ key: 1, text: '' }], [{ key: 'b', text: base }]).size).toBe(0)
  })

  test('SYNC-9 the most alike are paired first, and each once', () => {
    const near = `${base}one more\n`
    const far = text('# Plan', 'first point of many', 'x', 'y')
    const found = pairSimilar(
      [{ key: 1, text: base }],
      [
        { key: 'far', text: far },
        { key: 'near', text: near },
      ],
    )
    expect([...found]).toEqual([['near', 1]])
  })
})
