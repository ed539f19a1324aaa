// Devices that mirror a part of a vault.
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { Device } from './support/device.ts'
import { allSame, filesIn, quiet } from './support/group.ts'
import { Relay } from './support/relay.ts'
import { until } from './support/until.ts'

function fillWith(files: Record<string, string>): (folder: string) => void {
  return (folder) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
  }
}

const vault = {
  '.undriftignore': 'private/\n',
  'Projects/plan.md': 'one\ntwo\nthree\n',
  'Projects/deep/picture.png': 'no text\0',
  'Archive/old.md': 'one\ntwo\nthree\n',
  'Archive/scan.pdf': 'no text\0',
  'readme.md': 'read me\n',
}

async function answer(device: Device, ...args: string[]): Promise<unknown> {
  const { code, out, err } = await device.undrift(...args, '--json')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out)
}

test('PATH-17 PATH-18 CLI-30 a device has what it selects, no more and no less, whatever it selects later', async () => {
  await using relay = await Relay.start()
  await using a = await Device.running({ link: relay.setup, name: 'a', fill: fillWith(vault) })
  await quiet([a])
  const only = ['--only', 'Projects/**', '--only', '/*.md']
  const fill = fillWith({ 'Archive/mine.md': 'stays here\n' })
  await using b = await Device.join({ link: await a.invite(), name: 'b', fill, flags: only })
  await b.start()
  await quiet([a, b])
  expect(Object.fromEntries(filesIn(b.folder))).toEqual({
    'Projects/plan.md': vault['Projects/plan.md'],
    'Projects/deep/picture.png': vault['Projects/deep/picture.png'],
    'readme.md': vault['readme.md'],
    'Archive/mine.md': 'stays here\n',
  })
  expect(b.read('.undriftignore')).toBe(vault['.undriftignore'])
  expect(a.has('Archive/mine.md')).toBe(false)
  expect(await answer(b, 'status', b.folder)).toMatchObject({
    only: ['Projects/**', '/*.md'],
    files: { text: 3, binary: 1 },
  })

  expect(await answer(b, 'select', b.folder, '--only', 'Archive/**')).toMatchObject({
    only: ['Archive/**'],
  })
  await b.shows('Archive/old.md', vault['Archive/old.md'])
  await a.shows('Archive/mine.md', 'stays here\n')
  a.edit('Projects/plan.md', (text) => text.replace('one', 'one by ann'))
  b.edit('Projects/plan.md', (text) => text.replace('three', 'three by bob'))
  b.remove('readme.md')
  await quiet([a, b])
  expect(b.read('Projects/plan.md')).toBe('one\ntwo\nthree by bob\n')
  expect([a.has('readme.md'), a.read('Projects/plan.md')]).toEqual([
    true,
    'one by ann\ntwo\nthree\n',
  ])

  await answer(b, 'select', '--all')
  await allSame([a, b])
  expect(b.read('readme.md')).toBe('read me\n')
  const lines = new Set(a.read('Projects/plan.md').split('\n'))
  for (const line of ['one by ann', 'two', 'three by bob']) expect(lines).toContain(line)
})

test('KIND-21 PATH-18 who selects files by their names has no empty folders, and counts none', async () => {
  await using relay = await Relay.start()
  await using a = await Device.running({ link: relay.setup, name: 'a', fill: fillWith(vault) })
  mkdirSync(a.file('Archive/empty'))
  mkdirSync(a.file('Projects/empty'))
  const folders = async (device: Device) => (await device.status()).files.folders
  await until(async () => (await folders(a)) === 2, 'two empty folders')
  await quiet([a])
  const flags = ['--only', '*.md']
  await using b = await Device.running({ link: await a.invite(), name: 'b', flags })
  await quiet([a, b])
  expect([b.has('Archive/old.md'), b.has('Archive/empty')]).toEqual([true, false])
  expect(await folders(b)).toBe(0)
  mkdirSync(b.file('of-mine'))
  await answer(b, 'select', '--only', 'Projects/**')
  await until(async () => (await folders(b)) === 1, 'the one that is selected')
  expect([b.has('Projects/empty'), b.has('Archive/empty')]).toEqual([true, false])
  await answer(b, 'select', '--only', '*.md')
  await until(async () => (await folders(b)) === 0, 'none of its own')
  rmdirSync(b.file('Projects/empty'))
  await quiet([a, b])
  expect([a.has('Projects/empty'), a.has('of-mine'), await folders(a)]).toEqual([true, false, 2])
})

test('PATH-19 what is moved elsewhere out of the selection stays here, and is not deleted by removing it here', async () => {
  await using relay = await Relay.start()
  await using a = await Device.running({ link: relay.setup, name: 'a', fill: fillWith(vault) })
  await quiet([a])
  const flags = ['--only', 'Projects/**']
  await using b = await Device.running({ link: await a.invite(), name: 'b', flags })
  await quiet([a, b])
  a.rename('Projects/plan.md', 'Archive/plan.md')
  a.write('Projects/last.md', 'then this\n')
  await b.shows('Projects/last.md', 'then this\n')
  await quiet([a, b])
  expect([b.has('Archive/plan.md'), b.has('Projects/plan.md')]).toEqual([false, true])
  b.remove('Projects/plan.md')
  await quiet([a, b])
  expect(a.read('Archive/plan.md')).toBe(vault['Projects/plan.md'])
})

test('CLI-30 CLI-32 a selection is kept without an agent, printed without options, and checked', async () => {
  await using relay = await Relay.start()
  await using a = await Device.join({ link: relay.setup, name: 'a' })
  expect(await answer(a, 'select')).toMatchObject({ folder: a.folder, only: [] })
  const said = await a.undrift('select', '--only', 'Projects/**')
  expect(said).toMatchObject({ code: 0, err: '' })
  expect(said.out).toContain('mirrors only Projects/** of')
  expect(said.out).toContain('No agent runs')
  expect(await answer(a, 'select')).toMatchObject({ only: ['Projects/**'] })
  for (const wrong of [
    ['--only', '!x'],
    ['--only', ''],
    ['--only', '['],
    ['--only', '.git/**'],
    ['--all', '--only', 'x'],
  ]) {
    expect((await a.undrift('select', ...wrong)).code).toBe(2)
  }
  const { err } = await a.undrift('select', '--only', 'a[')
  expect(err).toContain('its [ has no ]')
  expect(await answer(a, 'select')).toMatchObject({ only: ['Projects/**'] })
})
