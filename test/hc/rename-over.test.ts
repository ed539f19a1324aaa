// Notes that are moved over others, while the devices hear of each other and while they do not.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Device } from '../e2e/support/device.ts'
import { Group, allSame, apart, filesIn } from '../e2e/support/group.ts'

let group: Group
beforeAll(async () => void (group = await Group.start(2)))
afterAll(() => group[Symbol.asyncDispose]())

const textOf = (name: string): string =>
  Array.from({ length: 8 }, (_, n) => `line ${n} of ${name}\n`).join('')
const [textA, textB] = [textOf('a'), textOf('b')]

type Act = (device: Device, notes: { readonly a: string; readonly b: string }) => void

/** Two devices with two notes, on which each acts; returns the texts by the notes' names then. */
async function meet(isApart: boolean, name: string, first: Act, second: Act) {
  const folder = `${name}${isApart ? ' apart' : ''}`
  const notes = { a: `${folder}/a.md`, b: `${folder}/b.md` }
  const [one, two] = group.pair
  one.write(notes.a, textA)
  one.write(notes.b, textB)
  await allSame(group.devices)
  const act = (): void => {
    first(one, notes)
    second(two, notes)
  }
  if (isApart) await apart([one, two], act)
  else act()
  await allSame(group.devices)
  const found = [...filesIn(two.folder)].filter(([path]) => path.startsWith(`${folder}/`))
  return Object.fromEntries(found.map(([path, text]) => [path.slice(folder.length + 1), text]))
}

/** `sed -i '1s/^/edited /' a.md; mv a.md b.md` */
const editAndMove: Act = (device, { a, b }) => {
  device.replace(a, `edited ${textA}`)
  device.rename(a, b)
}

describe.each([
  ['while they hear of each other', false],
  ['while they do not', true],
])('%s', (_, isApart) => {
  test('SYNC-34 two notes, each moved over the other: both live', async () => {
    const files = await meet(
      isApart,
      'crossing',
      (one, { a, b }) => one.rename(a, b),
      (two, { a, b }) => two.rename(b, a),
    )
    expect(files).toEqual({ 'a.md': textB, 'b.md': textA })
  })

  test('SYNC-34 SYNC-35 a note edited and moved over another: what is written elsewhere follows', async () => {
    const append: Act = (two, { a }) => two.append(a, 'from two\n')
    const files = await meet(isApart, 'followed', editAndMove, append)
    expect(files).toEqual({ 'b.md': `edited ${textA}from two\n` })
  })

  test('SYNC-34 SYNC-35 a note edited and moved over one that is edited elsewhere: both live', async () => {
    const append: Act = (two, { b }) => two.append(b, 'from two\n')
    const files = await meet(isApart, 'edited', editAndMove, append)
    const texts = [`edited ${textA}`, `${textB}from two\n`]
    expect(Object.keys(files)).toEqual(['b (2).md', 'b.md'])
    expect(Object.values(files).sort()).toEqual(texts.sort())
  })
})
