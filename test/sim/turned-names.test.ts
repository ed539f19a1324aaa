// Files that get another kind of name on one device while another writes them, on virtual time.
import { expect, test } from 'vitest'
import { pathOf } from '../fakes/facts.ts'
import { givenTwo, latin, trashOf } from './two-devices.ts'

const [picture, note] = [pathOf('a.png'), pathOf('n.md')]
const painted = Uint8Array.of(0xff, 0x62)

test('BLOB-55 an empty file that gets the name of a note has what was written into it elsewhere', async () => {
  const { one, two, settled, apart, together } = await givenTwo()
  one.folder.writeInPlace(picture, '')
  await settled()
  apart(two)
  two.folder.rename(picture, note)
  one.folder.writeInPlace(picture, painted)
  together(two)
  expect(await settled()).toEqual({ [note]: latin(painted) })
})

test('BLOB-55 a note that gets the name of a binary file has what was written into it elsewhere', async () => {
  const { one, two, settled, apart, together } = await givenTwo()
  one.folder.writeInPlace(note, 'one\n')
  await settled()
  apart(two)
  two.folder.rename(note, picture)
  one.folder.writeInPlace(note, 'one\ntwo\n')
  together(two)
  expect(await settled()).toEqual({ [picture]: 'one\ntwo\n' })
  apart(two)
  two.folder.writeInPlace(picture, painted)
  together(two)
  expect(await settled()).toEqual({ [picture]: latin(painted) })
})

test('BLOB-55 the same where the one who wrote hears of the name before anybody hears of what was written', async () => {
  const { one, two, settled, passes, apart, together } = await givenTwo()
  one.folder.writeInPlace(note, 'one\n')
  await settled()
  apart(one)
  two.folder.rename(note, picture)
  await passes(5_000)
  one.folder.writeInPlace(note, 'one\ntwo\n')
  await passes(5_000)
  together(one)
  expect(await settled()).toEqual({ [picture]: 'one\ntwo\n' })
  two.folder.rename(picture, note)
  two.folder.writeInPlace(note, 'one\ntwo\nthree\n')
  expect(await settled()).toEqual({ [note]: 'one\ntwo\nthree\n' })
})

test('BLOB-55 bytes that were written under the new name win over what is written into the note meanwhile', async () => {
  const { one, two, settled, passes, apart, together } = await givenTwo()
  one.folder.writeInPlace(note, 'one\n')
  await settled()
  apart(one)
  two.folder.rename(note, picture)
  two.folder.writeInPlace(picture, painted)
  one.folder.writeInPlace(note, 'one\ntwo\n')
  await passes(5_000)
  together(one)
  expect(await settled()).toEqual({ [picture]: latin(painted) })
  expect(trashOf(one)).toEqual(['one\ntwo\n'])
})

test('BLOB-55 what was written under the new name is not taken back where the note follows there', async () => {
  for (let ms = 0; ms < 60; ms += 3) {
    const { one, settled, passes } = await givenTwo()
    one.folder.writeInPlace(note, 'one\n')
    await settled()
    one.blobFaults.delayMs = ms
    one.folder.rename(note, picture)
    await passes(ms)
    one.folder.writeInPlace(picture, painted)
    await passes(1_000)
    one.blobFaults.clear()
    expect(await settled()).toEqual({ [picture]: latin(painted) })
  }
})

test('BLOB-55 the same where the other device hears of name and bytes at once', async () => {
  const { one, two, settled, passes } = await givenTwo()
  one.folder.writeInPlace(note, 'one\n')
  await settled()
  two.kill()
  one.folder.rename(note, picture)
  one.folder.writeInPlace(picture, painted)
  await passes(5_000)
  two.start()
  expect(await settled()).toEqual({ [picture]: latin(painted) })
  expect(trashOf(two)).toEqual(['one\n'])
})

test('BLOB-55 what was written elsewhere is not taken back while the relay is asked to take the note', async () => {
  for (let ms = 0; ms < 120; ms += 3) {
    const { one, two, settled, passes } = await givenTwo(ms)
    one.folder.writeInPlace(picture, 'text\n')
    await settled()
    two.folder.rename(picture, note)
    await passes(ms)
    const path = one.folder.files.has(note) ? note : picture
    one.folder.writeInPlace(path, painted)
    expect([ms, await settled()]).toEqual([ms, { [note]: latin(painted) }])
  }
})

test.each([1, 2, 3, 4, 5, 6])(
  'BLOB-64 who only touches bytes does not put them above what is written elsewhere at the same moment (seed %i)',
  async (seed) => {
    const { one, two, settled, passes } = await givenTwo(seed)
    one.folder.writeInPlace(picture, painted)
    await settled()
    await passes(5_000)
    const [first, second] = seed % 2 === 0 ? [one, two] : [two, one]
    first.folder.touch(picture)
    second.folder.writeInPlace(picture, Uint8Array.of(0xff, 0x63, 0x64))
    expect(await settled()).toEqual({ [picture]: latin(Uint8Array.of(0xff, 0x63, 0x64)) })
  },
)
