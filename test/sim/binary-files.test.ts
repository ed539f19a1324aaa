// Binary files on two devices, on virtual time: what crashes, renames and other kinds of files make of them.
import { expect, test } from 'vitest'
import type { Problem } from '../../src/agent/core/facts.ts'
import { pathOf } from '../fakes/facts.ts'
import { filesOf, givenTwo, latin, trashOf } from './two-devices.ts'

const [picture, other, note] = [pathOf('a.png'), pathOf('b.png'), pathOf('n.md')]
const bytes = (name: string, size = 20): Uint8Array =>
  Buffer.concat([Uint8Array.of(0xff), Buffer.alloc(size, name)])

test('BLOB-40 a picture born again where another was deleted is the one that stays', async () => {
  const { one, settled } = await givenTwo()
  one.folder.writeInPlace(picture, bytes('old'))
  await settled()
  one.folder.remove(picture)
  await settled()
  one.folder.writeInPlace(picture, bytes('new'))
  expect(await settled()).toEqual({ [picture]: latin(bytes('new')) })
})

test('BLOB-40 a note born again where a binary file was deleted is a note', async () => {
  const { one, settled } = await givenTwo()
  one.folder.writeInPlace(note, 'first\n')
  await settled()
  one.folder.writeInPlace(note, bytes('broken'))
  await settled()
  one.folder.remove(note)
  await settled()
  one.folder.writeInPlace(note, 'again\n')
  expect(await settled()).toEqual({ [note]: 'again\n' })
})

test('BLOB-58 what is born where a file was deleted that stands here under an older name is another file', async () => {
  const { one, two, settled, passes, apart, together } = await givenTwo()
  one.folder.writeInPlace(picture, bytes('old'))
  await settled()
  apart(two)
  one.folder.rename(picture, other)
  await passes(5_000)
  one.folder.remove(other)
  await passes(5_000)
  two.folder.writeInPlace(other, bytes('new'))
  together(two)
  expect(await settled()).toEqual({ [other]: latin(bytes('new')) })
  expect(trashOf(two)).toContain(latin(bytes('old')))
})

test('BLOB-41 HC-52 an edit does not take back a rename that it did not know, nor a rename an edit', async () => {
  const { one, two, settled, apart, together } = await givenTwo()
  one.folder.writeInPlace(picture, bytes('old'))
  await settled()
  apart(two)
  one.folder.rename(picture, other)
  two.folder.writeInPlace(picture, bytes('edited'))
  together(two)
  expect(await settled()).toEqual({ [other]: latin(bytes('edited')) })
  apart(two)
  one.folder.writeInPlace(other, bytes('again'))
  two.folder.rename(other, picture)
  together(two)
  expect(await settled()).toEqual({ [picture]: latin(bytes('again')) })
})

test('BLOB-42 a file is a note or none by its name: what was renamed is what its new name says', async () => {
  const { one, two, settled } = await givenTwo()
  one.folder.writeInPlace(note, 'text\n')
  await settled()
  one.folder.rename(note, picture)
  expect(await settled()).toEqual({ [picture]: 'text\n' })
  two.folder.writeInPlace(picture, bytes('painted'))
  expect(await settled()).toEqual({ [picture]: latin(bytes('painted')) })
  two.folder.writeInPlace(picture, 'text again\n')
  await settled()
  two.folder.rename(picture, note)
  await settled()
  one.folder.writeInPlace(note, 'one\ntext again\n')
  two.folder.writeInPlace(note, 'text again\ntwo\n')
  expect(await settled()).toEqual({ [note]: 'one\ntext again\ntwo\n' })
})

test('BLOB-42 a note that was repaired here and given another kind of name elsewhere is on every device', async () => {
  const { one, two, settled, apart, together } = await givenTwo()
  one.folder.writeInPlace(note, bytes('broken'))
  await settled()
  apart(two)
  two.folder.rename(note, picture)
  one.folder.writeInPlace(note, 'repaired\n')
  together(two)
  expect(await settled()).toEqual({ [picture]: 'repaired\n' })
})

test('BLOB-43 HC-59 a binary file that is met where the vault has a note goes to the trash, and the note stays', async () => {
  const { one, two, settled, passes } = await givenTwo()
  two.kill()
  one.folder.writeInPlace(note, 'theirs\n')
  await passes(5_000)
  two.folder.writeInPlace(note, bytes('mine'))
  two.start()
  expect(await settled()).toEqual({ [note]: 'theirs\n' })
  expect(trashOf(two)).toContain(latin(bytes('mine')))
})

test('BLOB-44 HC-66 what others wrote into a note while it was binary is in it when it is a note again', async () => {
  const { one, two, settled, apart, together } = await givenTwo()
  one.folder.writeInPlace(note, 'one\n')
  await settled()
  apart(two)
  one.folder.writeInPlace(note, bytes('broken'))
  two.folder.writeInPlace(note, 'one\ntwo\n')
  together(two)
  expect(await settled()).toEqual({ [note]: latin(bytes('broken')) })
  one.folder.writeInPlace(note, 'zero\none\n')
  expect(await settled()).toEqual({ [note]: 'zero\none\ntwo\n' })
  expect(trashOf(two)).toContain(latin(bytes('broken')))
})

test.each(['here', 'elsewhere'])(
  'BLOB-44 the same where it was written as bytes once more, %s',
  async (where) => {
    const { one, two, settled, apart, together } = await givenTwo()
    one.folder.writeInPlace(note, 'one\n')
    await settled()
    apart(two)
    one.folder.writeInPlace(note, bytes('broken'))
    two.folder.writeInPlace(note, 'one\ntwo\n')
    together(two)
    await settled()
    const device = where === 'here' ? one : two
    device.folder.writeInPlace(note, bytes('broken again'))
    await settled()
    one.folder.writeInPlace(note, 'zero\none\n')
    expect(await settled()).toEqual({ [note]: 'zero\none\ntwo\n' })
  },
)

test('BLOB-44 what a repair put in place of bytes that somebody writes over meanwhile is in the next repair', async () => {
  const { one, two, settled, apart, together } = await givenTwo()
  one.folder.writeInPlace(note, bytes('broken'))
  await settled()
  apart(two)
  one.folder.writeInPlace(note, 'repaired\n')
  two.folder.writeInPlace(note, bytes('broken again'))
  together(two)
  expect(await settled()).toEqual({ [note]: latin(bytes('broken again')) })
  two.folder.writeInPlace(note, 'mended\n')
  expect((await settled())[note]?.split('\n').sort()).toEqual(['', 'mended', 'repaired'])
})

test('KIND-24 HC-50 bytes that were deleted while others wrote into the note that they were come back as that note', async () => {
  const { one, two, settled, passes, apart, together } = await givenTwo()
  one.folder.writeInPlace(note, 'one\n')
  await settled()
  apart(two)
  two.folder.writeInPlace(note, 'one\ntwo\n')
  one.folder.writeInPlace(note, bytes('broken'))
  await passes(5_000)
  one.folder.remove(note)
  await passes(5_000)
  together(two)
  expect(await settled()).toEqual({ [note]: 'one\ntwo\n' })
})

test('KIND-24 HC-50 bytes that are deleted by who has not heard of words for their note come back as that note', async () => {
  const { one, two, settled, passes, apart, together } = await givenTwo()
  one.folder.writeInPlace(note, 'one\n')
  await settled()
  apart(two)
  two.folder.writeInPlace(note, 'one\ntwo\n')
  one.folder.writeInPlace(note, bytes('broken'))
  await passes(5_000)
  apart(one)
  together(two)
  await passes(5_000)
  expect(filesOf(two)).toEqual({ [note]: latin(bytes('broken')) })
  one.folder.remove(note)
  together(one)
  expect(await settled()).toEqual({ [note]: 'one\ntwo\n' })
})

test('BLOB-45 copies of one file are all written, and a full disk is asked again after a pause only', async () => {
  const { one, two, settled, passes } = await givenTwo()
  const full: Problem = { code: 'disk-full', message: 'the disk is full' }
  two.diskFaults.writes = full
  for (const n of [1, 2, 3, 4]) one.folder.writeInPlace(pathOf(`${n}.png`), bytes('same'))
  await passes(10_000)
  expect(filesOf(two)).toEqual({})
  two.diskFaults.clear()
  expect(Object.keys(await settled())).toHaveLength(4)
})

test('BLOB-46 large files that are replaced while their bytes are on their way come to rest', async () => {
  const { one, settled, passes } = await givenTwo()
  for (const path of [picture, other]) one.folder.writeInPlace(path, bytes('old', 1_200_000))
  await settled()
  one.blobFaults.delayMs = 2_000
  for (const path of [picture, other]) one.folder.replace(path, bytes(`new ${path}`, 1_200_000))
  await passes(10_000)
  one.blobFaults.clear()
  const files = await settled()
  expect(files[picture] === latin(bytes(`new ${picture}`, 1_200_000))).toBe(true)
  expect(files[other] === latin(bytes(`new ${other}`, 1_200_000))).toBe(true)
})

test('BLOB-47 what was moved away and replaced at once is moved, and the other one is new', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { one, two, settled, passes, apart, together } = await givenTwo(seed)
    one.folder.writeInPlace(picture, bytes('old'))
    await settled()
    apart(two)
    two.folder.writeInPlace(picture, bytes('edited'))
    one.folder.rename(picture, other)
    one.folder.replace(picture, bytes('new'))
    await passes(5_000)
    together(two)
    expect(await settled()).toEqual({
      [picture]: latin(bytes('new')),
      [other]: latin(bytes('edited')),
    })
  }
})

test('BLOB-48 an agent that ends in the middle of its write takes back nothing that came later', async () => {
  for (let ms = 0; ms < 100; ms += 2) {
    const { one, two, settled, passes } = await givenTwo()
    one.folder.writeInPlace(picture, bytes('first'))
    await settled()
    one.folder.writeInPlace(picture, bytes('second'))
    await passes(ms)
    two.kill()
    await passes(1_000)
    one.folder.writeInPlace(picture, bytes('third'))
    await passes(1_000)
    two.start()
    expect(await settled()).toEqual({ [picture]: latin(bytes('third')) })
  }
})
