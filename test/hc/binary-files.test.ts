// Group (c) for files that are no text: devices that wrote while they could not hear of each other.
import {
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Device } from '../e2e/support/device.ts'
import { Group, allSame, apart } from '../e2e/support/group.ts'

let group: Group
let a: Device
let b: Device
beforeAll(async () => {
  group = await Group.start(2)
  ;[a, b] = group.pair
})
afterAll(() => group[Symbol.asyncDispose]())

const picture = (name: string): Buffer => Buffer.concat([Buffer.of(0xff, 0), Buffer.from(name)])

function put({ folder }: Device, path: string, name: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), picture(name))
}

function move({ folder }: Device, from: string, to: string): void {
  mkdirSync(dirname(join(folder, to)), { recursive: true })
  renameSync(join(folder, from), join(folder, to))
}

function remove({ folder }: Device, path: string): void {
  rmSync(join(folder, path), { recursive: true })
}

/** Paths below `folder`, and what is in them as Latin-1. */
function below(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  return Object.fromEntries(
    files
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name))
      .sort()
      .map((file) => [file.slice(folder.length + 1), readFileSync(file, 'latin1')]),
  )
}

const latin = (name: string): string => picture(name).toString('latin1')

/** While apart, both act; then they have the same: what is below `folder`. */
async function meet(folder: string, first: () => void, second: () => void) {
  await apart([a, b], () => {
    first()
    second()
  })
  await allSame([a, b])
  mkdirSync(join(b.folder, folder), { recursive: true })
  return below(join(b.folder, folder))
}

/** What was replaced or deleted on a device from elsewhere. */
function trashed({ folder }: Device): string[] {
  const trash = join(folder, '.undrift', 'trash')
  mkdirSync(trash, { recursive: true })
  return Object.values(below(trash))
}

test('SIM-3 HC-67 two write the same picture: one of both is everywhere, the other in the trash of who wrote it', async () => {
  put(a, '67/p.png', 'first')
  await allSame([a, b])
  const files = await meet(
    '67',
    () => put(a, '67/p.png', 'of a'),
    () => put(b, '67/p.png', 'of b'),
  )
  const winner = files['p.png']
  expect([latin('of a'), latin('of b')]).toContain(winner)
  const [loser, lost] = winner === latin('of a') ? [b, 'of b'] : [a, 'of a']
  expect(trashed(loser)).toContain(latin(lost))
})

test('SIM-3 HC-59 two create different pictures at one path: one is there, the other in the trash of who made it', async () => {
  const files = await meet(
    '59',
    () => put(a, '59/p.png', 'born of a'),
    () => put(b, '59/p.png', 'born of b'),
  )
  expect(Object.keys(files)).toEqual(['p.png'])
  const [loser, lost] = files['p.png'] === latin('born of a') ? [b, 'born of b'] : [a, 'born of a']
  expect(trashed(loser)).toContain(latin(lost))
})

test.each([
  ['first', () => [a, b] as const],
  ['second', () => [b, a] as const],
])(
  'SIM-3 HC-68 HC-50 an edit of a picture outlives its delete on the %s device',
  async (n, who) => {
    const [editor, deleter] = who()
    put(a, `68${n}/p.png`, 'old')
    await allSame([a, b])
    const files = await meet(
      `68${n}`,
      () => put(editor, `68${n}/p.png`, 'edited'),
      () => remove(deleter, `68${n}/p.png`),
    )
    expect(files).toEqual({ 'p.png': latin('edited') })
  },
)

test('BLOB-22 HC-65 a note that turns binary here and is edited there is binary everywhere; the edit is in the trash there', async () => {
  a.write('65/n.md', 'one\n')
  await allSame([a, b])
  const files = await meet(
    '65',
    () => put(a, '65/n.md', 'no text'),
    () => b.append('65/n.md', 'two\n'),
  )
  expect(files).toEqual({ 'n.md': latin('no text') })
  expect(trashed(b)).toContain('one\ntwo\n')
})

test('BLOB-44 HC-66 a binary file that two repair at once has the lines of both, once', async () => {
  put(a, '66/n.md', 'no text')
  await allSame([a, b])
  const files = await meet(
    '66',
    () => a.replace('66/n.md', '# n\nof a\n'),
    () => b.replace('66/n.md', '# n\nof b\n'),
  )
  expect(files['n.md']?.split('\n').sort()).toEqual(['', '# n', 'of a', 'of b'])
})

test('BLOB-21 HC-51 a picture that both deleted is gone', async () => {
  put(a, '51/p.png', 'old')
  put(a, '51/q.png', 'stays')
  await allSame([a, b])
  const both = [() => remove(a, '51/p.png'), () => remove(b, '51/p.png')] as const
  expect(await meet('51', ...both)).toEqual({ 'q.png': latin('stays') })
})

test('BLOB-41 HC-52 HC-53 a picture that is edited here and renamed there has both; of two names it has one', async () => {
  put(a, '52/p.png', 'old')
  await allSame([a, b])
  const edited = await meet(
    '52',
    () => put(a, '52/p.png', 'edited'),
    () => move(b, '52/p.png', '52/moved.png'),
  )
  expect(edited).toEqual({ 'moved.png': latin('edited') })
  const named = await meet(
    '52',
    () => move(a, '52/moved.png', '52/x.png'),
    () => move(b, '52/moved.png', '52/y.png'),
  )
  expect(Object.values(named)).toEqual([latin('edited')])
})

test('BLOB-21 HC-54 a picture that is renamed to where another is created: both are there', async () => {
  put(a, '54/p.png', 'renamed')
  await allSame([a, b])
  const files = await meet(
    '54',
    () => move(a, '54/p.png', '54/q.png'),
    () => put(b, '54/q.png', 'created'),
  )
  expect(Object.keys(files)).toEqual(['q (2).png', 'q.png'])
  expect(Object.values(files).sort()).toEqual([latin('created'), latin('renamed')])
})

test('BLOB-21 HC-60 HC-61 of a folder that is deleted here what was added and edited there lives', async () => {
  for (const name of ['p', 'q']) put(a, `60/in/${name}.png`, name)
  await allSame([a, b])
  const files = await meet(
    '60',
    () => remove(a, '60/in'),
    () => {
      put(b, '60/in/p.png', 'edited')
      put(b, '60/in/new.png', 'added')
    },
  )
  expect(files).toEqual({ 'in/new.png': latin('added'), 'in/p.png': latin('edited') })
})

test('BLOB-21 HC-37 a picture that is copied before it is deleted is there once, under the name of the copy', async () => {
  put(a, '37/p.png', 'copied')
  await allSame([a, b])
  cpSync(join(a.folder, '37/p.png'), join(a.folder, '37/q.png'))
  remove(a, '37/p.png')
  await allSame([a, b])
  expect(below(join(b.folder, '37'))).toEqual({ 'q.png': latin('copied') })
})
