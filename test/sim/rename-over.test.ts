// Notes that are moved over others on two devices at once, on virtual time, by seed.
import { expect, test } from 'vitest'
import type { VaultPath } from '../../src/shared/vault-path.ts'
import { pathOf } from '../fakes/facts.ts'
import type { Device } from './device.ts'
import { givenSmallWorld } from './small-world.ts'

const [a, b, c] = [pathOf('a.md'), pathOf('b.md'), pathOf('c.md')]
const textOf = (name: string): string =>
  Array.from({ length: 8 }, (_, n) => `line ${n} of ${name}\n`).join('')
const [textA, textB] = [textOf('a'), textOf('b')]

/** `mv from to`, where `to` is there. */
function moveOver({ folder }: Device, from: VaultPath, to: VaultPath): void {
  folder.remove(to)
  folder.rename(from, to)
}

/** `sed -i '1s/^/edited /' path`: a new file takes the name. */
function rewrite({ folder }: Device, path: VaultPath): void {
  folder.replace(path, `edited ${folder.read(path) ?? ''}`)
}

function append({ folder }: Device, path: VaultPath, line: string): void {
  folder.writeInPlace(path, `${folder.read(path) ?? ''}${line}\n`)
}

type Act = (device: Device) => void
type Files = Readonly<Record<string, string>>

/** Two devices have the notes `a` and `b`; each acts, at once or while it is apart, and one may be killed soon. */
async function meet(seed: number, first: Act, second: Act): Promise<Files> {
  const { random, passes, newDevice } = await givenSmallWorld(seed)
  const [one, two] = [newDevice('one'), newDevice('two')]
  one.folder.writeInPlace(a, textA)
  one.folder.writeInPlace(b, textB)
  for (const device of [one, two]) device.start()
  await passes(60_000)
  expect(filesOf(two)).toEqual({ 'a.md': textA, 'b.md': textB })
  for (const { cable } of random.chance(0.3) ? [one, two] : []) {
    cable.isPlugged = false
    cable.cut()
  }
  first(one)
  await passes(random.below(60))
  second(two)
  await passes(random.below(500))
  if (random.chance(0.6)) {
    const killed = random.pick([one, two])
    killed.kill()
    await passes(100)
    killed.start()
  }
  for (const { cable } of [one, two]) cable.isPlugged = true
  await passes(60_000)
  for (const device of [one, two]) device.sweep()
  await passes(60_000)
  expect(filesOf(two), `seed ${seed}`).toEqual(filesOf(one))
  expect([one.mirror?.isSynced, two.mirror?.isSynced]).toEqual([true, true])
  return filesOf(one)
}

function filesOf({ folder }: Device): Files {
  return Object.fromEntries([...folder.files.keys()].map((path) => [path, folder.read(path) ?? '']))
}

async function meetOften(first: Act, second: Act, check: (files: Files, seed: string) => void) {
  for (let seed = 1; seed <= 25; seed++) check(await meet(seed, first, second), `seed ${seed}`)
}

test('SYNC-34 two notes, each moved over the other: both live', async () => {
  await meetOften(
    (one) => moveOver(one, a, b),
    (two) => moveOver(two, b, a),
    (files, seed) => expect(files, seed).toEqual({ 'a.md': textB, 'b.md': textA }),
  )
})

test('SYNC-34 a note is moved over one that is renamed elsewhere: both live', async () => {
  await meetOften(
    (one) => moveOver(one, a, b),
    ({ folder }) => folder.rename(b, c),
    (files, seed) => expect(files, seed).toEqual({ 'b.md': textA, 'c.md': textB }),
  )
})

test('SYNC-34 SYNC-15 two notes, edited and each moved over the other: nothing is mixed', async () => {
  await meetOften(
    (one) => {
      append(one, a, 'from one')
      moveOver(one, a, b)
    },
    (two) => {
      append(two, a, 'from two')
      moveOver(two, b, a)
    },
    (files, seed) => {
      expect(Object.keys(files).sort(), seed).toEqual(['a.md', 'b.md'])
      expect(files['a.md'], seed).toBe(textB)
      // What `two` wrote into the note that it overwrote at once may have been published before, or not.
      expect(files['b.md']?.replace('from two\n', ''), seed).toBe(`${textA}from one\n`)
    },
  )
})

test('SYNC-34 SYNC-35 a note is edited and moved over another at once: edits of it follow', async () => {
  await meetOften(
    (one) => {
      rewrite(one, a)
      moveOver(one, a, b)
    },
    (two) => append(two, a, 'from two'),
    (files, seed) => expect(files, seed).toEqual({ 'b.md': `edited ${textA}from two\n` }),
  )
})

test('SYNC-34 SYNC-35 a note is edited elsewhere while one is edited and moved over it: both live', async () => {
  await meetOften(
    (one) => {
      rewrite(one, a)
      moveOver(one, a, b)
    },
    (two) => append(two, b, 'from two'),
    (files, seed) => {
      const texts = [`edited ${textA}`, `${textB}from two\n`]
      expect(Object.keys(files).sort(), seed).toEqual(['b (2).md', 'b.md'])
      expect(Object.values(files).sort(), seed).toEqual(texts.sort())
    },
  )
})
