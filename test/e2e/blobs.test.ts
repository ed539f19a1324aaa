// Binary files on every device.
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SeededRandom } from '../fakes/seeded-random.ts'
import type { Device } from './support/device.ts'
import { Group, allSame } from './support/group.ts'
import { until } from './support/until.ts'

let group: Group
beforeAll(async () => {
  group = await Group.start(2)
})
afterAll(() => group[Symbol.asyncDispose]())

const megabyte = 1024 * 1024
const noise = (seed: number, size: number) => new SeededRandom(seed).bytes(size)

async function has(device: Device, path: string, bytes: Uint8Array): Promise<void> {
  const file = join(device.folder, path)
  await until(
    () =>
      statSync(file, { throwIfNoEntry: false })?.size === bytes.length &&
      readFileSync(file).equals(bytes),
    () => `${device.name} has ${path}\n${device.log.slice(-3000)}`,
  )
}

test('BLOB-21 a picture, a large file and an empty one go to the other device, changes and renames too', async () => {
  const [a, b] = group.pair
  const files = [
    ['a.png', noise(1, 1000)],
    ['large.bin', noise(2, 9 * megabyte)],
    ['empty.pdf', new Uint8Array()],
  ] as const
  for (const [name, bytes] of files) writeFileSync(join(a.folder, name), bytes)
  for (const [name, bytes] of files) await has(b, name, bytes)
  await allSame([a, b])
  const changed = noise(3, 2000)
  writeFileSync(join(b.folder, 'a.png'), changed)
  await has(a, 'a.png', changed)
  renameSync(join(a.folder, 'large.bin'), join(a.folder, 'moved.bin'))
  await has(b, 'moved.bin', files[1][1])
  await b.lacks('large.bin')
  rmSync(join(b.folder, 'a.png'))
  await a.lacks('a.png')
  await allSame([a, b])
  const { files: counts } = await a.status()
  expect(counts).toMatchObject({ binary: 2 })
})

test('BLOB-22 HC-96 HC-98 a note that is no text any more is a binary file, and a note again when it is', async () => {
  const [a, b] = group.pair
  a.write('note.md', 'text\n')
  await b.shows('note.md', 'text\n')
  const bytes = Uint8Array.from([0xff, 0xfe, 0x41, 0x00])
  writeFileSync(join(a.folder, 'note.md'), bytes)
  await has(b, 'note.md', bytes)
  b.replace('note.md', 'text again\n')
  await a.shows('note.md', 'text again\n')
  a.append('note.md', 'and more\n')
  await b.shows('note.md', 'text again\nand more\n')
  await allSame([a, b])
})
