// What `status` lists, and what counts as looked after because a folder above it cannot be.
import { describe, expect, test } from 'vitest'
import { fileId, pathOf, statAt } from '../../../test/fakes/facts.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { DiskEntry, Problem } from '../core/facts.ts'
import { Problems } from './problems.ts'

const unreadable: Problem = { code: 'unreadable', message: 'EACCES' }
const unsupported: Problem = { code: 'unsupported', message: 'a link' }
const full: Problem = { code: 'disk-full', message: 'ENOSPC' }

describe('Problems', () => {
  test('SYNC-14 are listed by path, each since it began', () => {
    const problems = new Problems()
    problems.set('b.md', unreadable, 10)
    problems.set('a.md', full, 20)
    problems.set('b.md', unreadable, 30)
    expect(problems.list()).toEqual([
      { ...full, path: 'a.md', since: 20 },
      { ...unreadable, path: 'b.md', since: 10 },
    ])
    problems.set('b.md', full, 40)
    expect(problems.list()[1]).toEqual({ ...full, path: 'b.md', since: 10 })
    problems.clear('b.md')
    expect(problems.list().map(({ path }) => path)).toEqual(['a.md'])
  })

  test('SYNC-14 HC-117 cover everything below them, and nothing beside them', () => {
    const problems = new Problems()
    problems.set('closed/inner', unreadable, 0)
    expect(problems.covers('closed/inner')).toBe(true)
    expect(problems.covers('closed/inner/deep/n.md')).toBe(true)
    expect(problems.covers('closed/inner2/n.md')).toBe(false)
    expect(problems.covers('closed/n.md')).toBe(false)
    expect(problems.covers('closed')).toBe(false)
  })

  test('SYNC-22 a folder that a listing can read again covers nothing more; other problems stay', () => {
    const problems = new Problems()
    problems.set('closed', unreadable, 0)
    problems.set('still', unreadable, 0)
    problems.set('full.md', full, 0)
    const listing = { entries: new Map(), problems: new Map([['still', unreadable]]) }
    problems.listed('still', listing, 10)
    expect(problems.covers('closed/n.md')).toBe(true)
    problems.listed(undefined, listing, 20)
    expect(problems.covers('closed/n.md')).toBe(false)
    expect(problems.list()).toEqual([
      { ...full, path: 'full.md', since: 0 },
      { ...unreadable, path: 'still', since: 0 },
    ])
  })

  test('SYNC-14 what cannot be synced is listed no more once it is gone, or a folder is there', () => {
    const problems = new Problems()
    const names = ['gone.png', 'folder', 'still.png'] as const
    for (const name of names) problems.set(name, unsupported, 0)
    const entries = new Map<VaultPath, DiskEntry>([
      [pathOf('folder'), { kind: 'folder', isEmpty: false }],
      [pathOf('still.png'), { kind: 'link', stat: statAt(1), target: '../x' }],
    ])
    problems.listed(undefined, { entries, problems: new Map() }, 10)
    expect(problems.list()).toMatchObject([{ path: 'still.png' }])
    expect(problems.covers('folder/n.md')).toBe(false)
  })

  test('SYNC-47 a file that could not be read is listed, since then, until it is looked at again', () => {
    const problems = new Problems()
    problems.set('broken.png', unreadable, 0)
    problems.set('gone.png', unreadable, 0)
    const entries = new Map<VaultPath, DiskEntry>([
      [pathOf('broken.png'), { kind: 'file', stat: statAt(1) }],
    ])
    problems.listed(undefined, { entries, problems: new Map() }, 10)
    expect(problems.list()).toEqual([{ ...unreadable, path: 'broken.png', since: 0 }])
    expect(problems.isUnread('broken.png')).toBe(true)
  })

  test('SYNC-14 of a file are listed where it is now, and take no other problem with them', () => {
    const problems = new Problems()
    const [here, there] = [fileId(1), fileId(2)]
    problems.setOf(here, 'a.md', full, 10)
    problems.setOf(here, 'a.md', full, 20)
    problems.setOf(there, 'b.md', full, 20)
    problems.setOf(there, 'c.md', full, 30)
    const listed = [
      { ...full, path: 'a.md', since: 10 },
      { ...full, path: 'c.md', since: 30 },
    ]
    expect(problems.list()).toEqual(listed)
    problems.set('c.md', unreadable, 40)
    problems.clearOf(there)
    problems.clearOf(here)
    expect(problems.list()).toEqual([{ ...unreadable, path: 'c.md', since: 30 }])
  })
})
