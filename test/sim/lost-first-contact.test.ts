// What gave way to what the vault has, and is edited before that is written over it, on virtual time.
import { expect, test } from 'vitest'
import type { Problem } from '../../src/agent/core/facts.ts'
import { pathOf } from '../fakes/facts.ts'
import type { Content } from '../fakes/memory-folder.ts'
import { givenTwo, latin, trashOf } from './two-devices.ts'

const [picture, note] = [pathOf('a.png'), pathOf('n.md')]
const full: Problem = { code: 'disk-full', message: 'the disk is full' }
const bytes = (name: string): Uint8Array => Buffer.concat([Uint8Array.of(0xff), Buffer.from(name)])
const asText = (content: Content): string =>
  typeof content === 'string' ? content : latin(content)

test.each([
  ['a binary file, where the vault has a note', note, 'theirs\n', bytes('mine'), bytes('edited')],
  ['a note, where the vault has a binary file', note, bytes('theirs'), 'mine\n', 'edited\n'],
  ['a binary file that is repaired', note, bytes('theirs'), bytes('mine'), 'edited\n'],
  ['a binary file', picture, bytes('theirs'), bytes('mine'), bytes('edited')],
])('BLOB-56 HC-59 the vault keeps what it has: %s', async (_what, path, theirs, mine, edited) => {
  const { one, two, settled, passes } = await givenTwo()
  two.kill()
  one.folder.writeInPlace(path, theirs)
  await passes(5_000)
  two.folder.writeInPlace(path, mine)
  two.diskFaults.writes = full
  two.start()
  await passes(5_000)
  two.folder.writeInPlace(path, edited)
  await passes(5_000)
  two.diskFaults.clear()
  expect(await settled()).toEqual({ [path]: asText(theirs) })
  expect(trashOf(two)).toContain(asText(edited))
})

test('BLOB-56 HC-59 a binary file that gave way to a note, and is repaired before that is written, is joined to it', async () => {
  const { one, two, settled, passes } = await givenTwo()
  two.kill()
  one.folder.writeInPlace(note, 'theirs\n')
  await passes(5_000)
  two.folder.writeInPlace(note, bytes('mine'))
  two.diskFaults.writes = full
  two.start()
  await passes(5_000)
  two.folder.writeInPlace(note, 'repaired\n')
  await passes(5_000)
  two.diskFaults.clear()
  expect((await settled())[note]?.split('\n').sort()).toEqual(['', 'repaired', 'theirs'])
})
