// An agent that is killed while it takes a file from its place, on virtual time.
import { expect, test } from 'vitest'
import { pathOf } from '../fakes/facts.ts'
import type { Device } from './device.ts'
import { givenTwo } from './two-devices.ts'

const note = pathOf('a.md')
const renamed = pathOf('b.md')
const again = pathOf('folder/c.md')
const text = 'one\ntwo\n'

type History = {
  /** What happens to the note on the other device. */
  readonly first: (folder: Device['folder']) => void
  /** In the step in which this becomes true the agent is killed. */
  readonly until: (folder: Device['folder']) => boolean
  /** What happens there before the agent is back. */
  readonly then: (folder: Device['folder']) => void
}

/** What both have in the end. */
async function givenKilled({ first, until, then }: History): Promise<Record<string, string>> {
  const { one, two, passes, settled } = await givenTwo()
  one.folder.writeInPlace(note, text)
  await settled()
  first(one.folder)
  await passes(60_000, () => until(two.folder))
  expect(until(two.folder)).toBe(true)
  two.kill()
  await passes(2_000)
  then(one.folder)
  await passes(2_000)
  two.start()
  return settled()
}

test('SYNC-52 a note that went to the trash as the agent died, and is back elsewhere, is not deleted there', async () => {
  const files = await givenKilled({
    first: (folder) => folder.remove(note),
    until: (folder) => !folder.files.has(note),
    then: (folder) => folder.writeInPlace(note, text),
  })
  expect(files).toEqual({ [note]: text })
})

test('SYNC-52 a note that was renamed as the agent died, and again elsewhere, has its last name', async () => {
  const files = await givenKilled({
    first: (folder) => folder.rename(note, renamed),
    until: (folder) => !folder.files.has(note),
    then: (folder) => folder.rename(renamed, again),
  })
  expect(files).toEqual({ [again]: text })
})

test('SYNC-52 notes that changed names with each other have them, whatever step the agent died in', async () => {
  const swapped = { [note]: 'other\n', [renamed]: text }
  const aside = pathOf('aside.md')
  for (let steps = 0, isOver = false; !isOver; steps++) {
    const { one, two, passes, settled } = await givenTwo()
    one.folder.writeInPlace(note, text)
    one.folder.writeInPlace(renamed, 'other\n')
    await settled()
    one.folder.rename(note, aside)
    one.folder.rename(renamed, note)
    one.folder.rename(aside, renamed)
    const before = namesOf(two)
    await passes(60_000, () => namesOf(two) !== before)
    let left = steps
    await passes(60_000, () => left-- === 0)
    isOver = two.folder.read(note) === 'other\n' && two.folder.aside.size === 0
    two.kill()
    await passes(2_000)
    two.start()
    expect(await settled(), `after ${steps} steps`).toEqual(swapped)
  }
})

function namesOf({ folder }: Device): string {
  return JSON.stringify([...folder.files, ...folder.aside].map(([name, { ino }]) => [name, ino]))
}
