// What was deleted or replaced from elsewhere comes back from the trash.
import { readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Device } from './support/device.ts'
import { Group, allSame } from './support/group.ts'

let group: Group
beforeAll(async () => {
  group = await Group.start(2)
})
afterAll(() => group[Symbol.asyncDispose]())

type Listed = {
  id: string
  path: string
  trashedAt: string
  bytes: number
  target: string | null
}

async function trashOf(device: Device): Promise<Listed[]> {
  const { out } = await device.undrift('trash', 'list', device.folder, '--json')
  return (JSON.parse(out) as { trash: Listed[] }).trash
}

test('CLI-28 a note that another device deleted is listed, and back everywhere after a restore', async () => {
  const [a, b] = group.pair
  expect((await b.undrift('trash', 'list')).out).toBe('The trash is empty.\n')
  a.write('plans/garden.md', 'beans\n')
  await b.shows('plans/garden.md', 'beans\n')
  a.remove('plans')
  await b.lacks('plans/garden.md')
  await allSame([a, b])
  expect(await trashOf(b)).toMatchObject([{ path: 'plans/garden.md', bytes: 6 }])
  const text = await b.undrift('trash', 'list')
  expect(text.out).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d +6 {2}plans\/garden\.md\n$/)
  const restored = await b.undrift('trash', 'restore', 'plans/garden.md')
  expect(restored).toMatchObject({ code: 0, err: '' })
  await a.shows('plans/garden.md', 'beans\n')
  expect(await trashOf(b)).toEqual([])
})

test('CLI-28 what is restored never replaces what is there by now', async () => {
  const [a, b] = group.pair
  a.write('twice.md', 'first\n')
  await b.shows('twice.md', 'first\n')
  a.remove('twice.md')
  await b.lacks('twice.md')
  await allSame([a, b])
  b.write('twice.md', 'second\n')
  const [{ id } = { id: '' }] = await trashOf(b)
  const { out } = await b.undrift('trash', 'restore', id, b.folder, '--json')
  expect(JSON.parse(out)).toEqual({ folder: b.folder, path: 'twice (2).md' })
  await a.shows('twice (2).md', 'first\n')
  await a.shows('twice.md', 'second\n')
})

test('CLI-28 the trash is emptied by age, and what is not in it is an error', async () => {
  const [a, b] = group.pair
  a.write('old.md', 'old\n')
  await b.shows('old.md', 'old\n')
  a.remove('old.md')
  await b.lacks('old.md')
  await allSame([a, b])
  const young = await b.undrift('trash', 'empty', '--older-than', '1h', '--json')
  expect(JSON.parse(young.out)).toEqual({ folder: b.folder, removed: [] })
  expect(await trashOf(b)).toMatchObject([{ path: 'old.md' }])
  expect((await b.undrift('trash', 'empty')).out).toBe('1 file removed for good.\n')
  expect(await trashOf(b)).toEqual([])
  const none = await b.undrift('trash', 'restore', 'old.md')
  expect(none.code).toBe(1)
  expect(none.err).toContain('"old.md" is not in the trash. Nothing was changed.')
})

test('CLI-33 CLI-34 links are shown as such, and a folder comes back with all that was in it and is not there', async () => {
  const [a, b] = group.pair
  await b.undrift('trash', 'empty')
  a.write('garden/beds/beans.md', 'beans\n')
  a.write('garden/plan.md', 'first\n')
  a.write('gardener.md', 'another name\n')
  symlinkSync('plan.md', a.file('garden/link'))
  await b.shows('gardener.md', 'another name\n')
  await allSame([a, b])
  a.remove('garden')
  a.remove('gardener.md')
  await b.lacks('garden')
  await b.lacks('gardener.md')
  a.write('garden/plan.md', 'second\n')
  await b.shows('garden/plan.md', 'second\n')
  await allSame([a, b])
  const listed = await b.undrift('trash', 'list')
  expect(listed.out).toMatch(/ 7 {2}garden\/link -> plan\.md$/m)
  expect((await trashOf(b)).map(({ path, target }) => [path, target]).sort()).toEqual([
    ['garden/beds/beans.md', null],
    ['garden/link', 'plan.md'],
    ['garden/plan.md', null],
    ['gardener.md', null],
  ])

  const restored = await b.undrift('trash', 'restore', 'garden/')
  expect(restored).toMatchObject({ code: 0, err: '' })
  expect(restored.out).toContain('2 files of garden/ put back. 1 older version of')
  expect(restored.out).toContain('undrift trash restore "garden/plan.md"')
  await a.shows('garden/beds/beans.md', 'beans\n')
  await allSame([a, b])
  expect(readlinkSync(a.file('garden/link'))).toBe('plan.md')
  expect(b.read('garden/plan.md')).toBe('second\n')
  const left = (await trashOf(b)).map(({ path }) => path)
  expect(left.sort()).toEqual(['garden/plan.md', 'gardener.md'])
  const none = await b.undrift('trash', 'restore', 'garden/beds')
  expect(none.code).toBe(1)
  expect(none.err).toContain('"garden/beds" is not in the trash')
})

test('CLI-35 where a folder cannot come back as a whole, what is back by then is said', async () => {
  const [a, b] = group.pair
  await b.undrift('trash', 'empty')
  for (const path of ['shed/tools/rake.md', 'shed/plan.md']) {
    a.write(path, 'words\n')
    await b.shows(path, 'words\n')
    await allSame([a, b])
    a.remove(path)
    await b.lacks(path)
  }
  rmSync(b.file('shed/tools'), { recursive: true, force: true })
  b.write('shed/tools', 'no folder any more\n')
  await allSame([a, b])
  const restored = await b.undrift('trash', 'restore', 'shed')
  expect(restored).toMatchObject({ code: 1, out: '' })
  expect(restored.err).toContain('1 of 2 files of shed put back, the rest is still in the trash')
  expect(restored.err).toContain('shed/tools/rake.md cannot be put back')
  expect(b.read('shed/plan.md')).toBe('words\n')
  expect((await trashOf(b)).map(({ path }) => path)).toEqual(['shed/tools/rake.md'])
  b.remove('shed/tools')
  await allSame([a, b])
  expect(await b.undrift('trash', 'restore', 'shed')).toMatchObject({ code: 0, err: '' })
  await a.shows('shed/tools/rake.md', 'words\n')
})
