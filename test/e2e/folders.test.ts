// Empty folders on every device.
import {
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Device } from './support/device.ts'
import { Group, allSame, apart } from './support/group.ts'
import { until } from './support/until.ts'

let group: Group
beforeAll(async () => {
  group = await Group.start(2)
})
afterAll(() => group[Symbol.asyncDispose]())

const isFolder = (device: Device, path: string) =>
  statSync(device.file(path), { throwIfNoEntry: false })?.isDirectory() === true

async function hasFolders(device: Device, ...paths: string[]): Promise<void> {
  for (const path of paths) {
    await until(
      () => isFolder(device, path),
      () => `${device.name} has the folder ${path}\n${device.log.slice(-3000)}`,
    )
  }
}

test('KIND-6 KIND-7 HC-60 empty folders are made and removed on the other device', async () => {
  const [a, b] = group.pair
  mkdirSync(a.file('empty/inner'), { recursive: true })
  mkdirSync(a.file('other'))
  await hasFolders(b, 'empty/inner', 'other')
  await allSame([a, b])
  for (const device of [a, b]) expect((await device.status()).files.folders).toBe(2)
  rmdirSync(b.file('other'))
  rmdirSync(b.file('empty/inner'))
  await a.lacks('other')
  await a.lacks('empty/inner')
  await hasFolders(a, 'empty')
  await allSame([a, b])
  rmdirSync(a.file('empty'))
  await b.lacks('empty')
  await allSame([a, b])
})

test('KIND-6 a folder that its last file left stays on both, one that went with it does not', async () => {
  const [a, b] = group.pair
  for (const path of ['left/n.md', 'moved-out/n.md', 'gone/n.md']) a.write(path, `${path}\n`)
  for (const path of ['left/n.md', 'moved-out/n.md', 'gone/n.md']) await b.shows(path, `${path}\n`)
  rmSync(a.file('left/n.md'))
  a.rename('moved-out/n.md', 'elsewhere.md')
  rmSync(a.file('gone'), { recursive: true })
  await b.lacks('left/n.md')
  await b.lacks('gone')
  await b.shows('elsewhere.md', 'moved-out/n.md\n')
  await allSame([a, b])
  await hasFolders(b, 'left', 'moved-out')
  for (const device of [a, b]) expect((await device.status()).files.folders).toBe(2)
  rmdirSync(b.file('left'))
  rmdirSync(b.file('moved-out'))
  await a.lacks('left')
  await allSame([a, b])
})

test('KIND-6 HC-62 a folder with empty ones in it is renamed, then removed', async () => {
  const [a, b] = group.pair
  mkdirSync(a.file('tree/x/y'), { recursive: true })
  mkdirSync(a.file('tree/z'))
  a.write('tree/n.md', 'n\n')
  await hasFolders(b, 'tree/x/y', 'tree/z')
  await allSame([a, b])
  renameSync(a.file('tree'), a.file('renamed'))
  await hasFolders(b, 'renamed/x/y', 'renamed/z')
  await b.shows('renamed/n.md', 'n\n')
  await b.lacks('tree')
  await allSame([a, b])
  rmSync(b.file('renamed'), { recursive: true })
  await a.lacks('renamed')
  await allSame([a, b])
  for (const device of [a, b]) {
    const { files } = await device.status()
    expect(files.folders).toBe(0)
    expect(readdirSync(device.folder)).toEqual(['.undrift', 'elsewhere.md'])
  }
})

test('KIND-7 HC-60 a folder removed here while a file was added there survives with that file', async () => {
  const [a, b] = group.pair
  mkdirSync(a.file('both/inner'), { recursive: true })
  mkdirSync(a.file('ignored'))
  await hasFolders(b, 'both/inner', 'ignored')
  await allSame([a, b])
  await apart([a, b], () => {
    rmSync(a.file('both'), { recursive: true })
    rmdirSync(a.file('ignored'))
    writeFileSync(b.file('both/inner/new.md'), 'new\n')
    writeFileSync(b.file('ignored/.DS_Store'), '')
  })
  await a.shows('both/inner/new.md', 'new\n')
  await b.shows('both/inner/new.md', 'new\n')
  await a.lacks('ignored')
  expect(b.has('ignored/.DS_Store')).toBe(true)
  rmSync(b.file('ignored'), { recursive: true })
  rmSync(b.file('both'), { recursive: true })
  await a.lacks('both')
  await allSame([a, b])
})

test('KIND-8 HC-64 a file takes the place of an empty folder, and a folder that of a file', async () => {
  const [a, b] = group.pair
  mkdirSync(a.file('place'))
  await hasFolders(b, 'place')
  await allSame([a, b])
  rmdirSync(a.file('place'))
  a.write('place', 'a file\n')
  await b.shows('place', 'a file\n')
  await allSame([a, b])
  rmSync(b.file('place'))
  mkdirSync(b.file('place'))
  await hasFolders(a, 'place')
  await allSame([a, b])
  await apart([a, b], () => {
    rmdirSync(a.file('place'))
    a.write('place', 'a file again\n')
    mkdirSync(b.file('place/inner'))
  })
  await b.shows('place', 'a file again\n')
  await allSame([a, b])
  a.remove('place')
  await b.lacks('place')
})

test('KIND-6 what happened to empty folders while the agent was off is published when it is back', async () => {
  const [a, b] = group.pair
  mkdirSync(a.file('kept'))
  mkdirSync(a.file('removed'))
  await hasFolders(b, 'kept', 'removed')
  await allSame([a, b])
  await a.stop()
  rmdirSync(a.file('removed'))
  mkdirSync(a.file('made'))
  mkdirSync(b.file('made-there'))
  await a.start()
  await hasFolders(b, 'made', 'kept')
  await hasFolders(a, 'made-there', 'kept')
  await b.lacks('removed')
  await allSame([a, b])
})

test('PATH-16 PATH-17 an empty folder that is removed where it is not mirrored comes back when it is', async () => {
  const [a, b] = group.pair
  mkdirSync(a.file('chosen/hollow'), { recursive: true })
  await hasFolders(b, 'chosen/hollow')
  await allSame([a, b])
  expect((await b.undrift('select', b.folder, '--only', 'Other/**')).code).toBe(0)
  await b.sync()
  b.remove('chosen')
  await b.sync()
  expect((await b.undrift('select', b.folder, '--all')).code).toBe(0)
  await allSame([a, b])
  expect([isFolder(a, 'chosen/hollow'), isFolder(b, 'chosen/hollow')]).toEqual([true, true])
})
