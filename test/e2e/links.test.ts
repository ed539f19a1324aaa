// Symbolic links on every device, as links.
import { execFileSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listTrashed } from '../../src/agent/disk/trashed-files.ts'
import type { Device } from './support/device.ts'
import { Group, allSame, apart, quiet } from './support/group.ts'
import { until } from './support/until.ts'

let group: Group
beforeAll(async () => {
  group = await Group.start(2)
})
afterAll(() => group[Symbol.asyncDispose]())

/** What the link at `path` says; undefined where there is none. */
function saysAt(device: Device, path: string): string | undefined {
  const stats = lstatSync(device.file(path), { throwIfNoEntry: false })
  return stats?.isSymbolicLink() === true ? readlinkSync(device.file(path)) : undefined
}

async function says(device: Device, path: string, target: string | undefined): Promise<void> {
  await until(
    () => saysAt(device, path) === target,
    () => `${device.name} has ${path} -> ${saysAt(device, path)}\n${device.log.slice(-3000)}`,
  )
}

test('KIND-1 HC-112 HC-114 links go to the other device as links: to a note, a folder, nowhere, in a circle', async () => {
  const [a, b] = group.pair
  a.write('notes/real.md', 'real\n')
  const links = [
    ['to-note.md', 'notes/real.md'],
    ['to-folder', 'notes'],
    ['to-nowhere', 'not/there.md'],
    ['notes/up', '..'],
    ['self', 'self'],
  ] as const
  for (const [path, target] of links) symlinkSync(target, a.file(path))
  for (const [path, target] of links) await says(b, path, target)
  await allSame([a, b])
  expect((await a.status()).files).toMatchObject({ text: 1, links: 5 })
  b.append('notes/real.md', 'more\n')
  await a.shows('to-folder/real.md', 'real\nmore\n')
  rmSync(b.file('to-note.md'))
  symlinkSync('notes', b.file('to-note.md'))
  await says(a, 'to-note.md', 'notes')
  renameSync(a.file('to-nowhere'), a.file('notes/moved'))
  await says(b, 'notes/moved', 'not/there.md')
  await says(b, 'to-nowhere', undefined)
  for (const path of ['self', 'to-folder', 'notes/up']) rmSync(a.file(path))
  await says(b, 'to-folder', undefined)
  await allSame([a, b])
  expect((await b.status()).problems).toEqual([])
})

test('KIND-2 a note that turns into a link, the link into a picture and that into a note again', async () => {
  const [a, b] = group.pair
  a.write('turns.md', 'text\n')
  await b.shows('turns.md', 'text\n')
  rmSync(a.file('turns.md'))
  symlinkSync('notes/real.md', a.file('turns.md'))
  await says(b, 'turns.md', 'notes/real.md')
  rmSync(b.file('turns.md'))
  writeFileSync(b.file('turns.md'), Uint8Array.from([0xff, 0xfe]))
  await says(a, 'turns.md', undefined)
  await a.shows('turns.md', '\ufffd\ufffd')
  rmSync(a.file('turns.md'))
  symlinkSync('notes', a.file('turns.md'))
  await says(b, 'turns.md', 'notes')
  b.replace('turns.md', 'text again\n')
  await a.shows('turns.md', 'text again\n')
  await allSame([a, b])
})

test('KIND-3 HC-113 a link out of the vault is listed, left alone, and on no other device', async () => {
  const [a, b] = group.pair
  mkdirSync(a.file('deep'))
  const links = [
    ['passwords', '/etc/passwd'],
    ['deep/out', '../../elsewhere'],
    ['hooks', '.git/hooks'],
  ] as const
  for (const [path, target] of links) symlinkSync(target, a.file(path))
  a.write('deep/after.md', 'after\n')
  await b.shows('deep/after.md', 'after\n')
  await a.sync()
  const listed = (await a.status()).problems.map(({ path, code }) => [path, code])
  expect(listed).toEqual(links.map(([path]) => [path, 'unsupported']).sort())
  for (const [path, target] of links) {
    expect(saysAt(a, path)).toBe(target)
    expect(saysAt(b, path)).toBeUndefined()
    rmSync(a.file(path))
  }
  await allSame([a, b])
  expect((await a.status()).problems).toEqual([])
})

test('KIND-20 a link out of the vault or a pipe where a file of the vault belongs is listed, keeps nothing waiting, and makes room', async () => {
  const [a, b] = group.pair
  const names = ['taken.md', 'taken.png', 'taken-link', 'pipe.md', 'place/below.md']
  await apart([a, b], () => {
    symlinkSync('/etc/hosts', a.file('taken.md'))
    symlinkSync('/etc/hosts', a.file('taken.png'))
    symlinkSync('/etc/hosts', a.file('taken-link'))
    symlinkSync('/etc', a.file('place'))
    execFileSync('mkfifo', [a.file('pipe.md')])
    b.write('taken.md', 'from b\n')
    b.write('taken.png', Uint8Array.of(1, 2, 3))
    symlinkSync('taken.md', b.file('taken-link'))
    b.write('pipe.md', 'from b\n')
    b.write('place/below.md', 'from b\n')
  })
  b.write('other.md', 'the rest\n')
  await a.shows('other.md', 'the rest\n')
  await quiet([a, b])
  const { code, out } = await a.undrift('status', a.folder)
  expect(code, out).toBe(1)
  const { problems } = await a.status()
  expect(problems.map(({ path }) => path)).toEqual([...names, 'place'].sort())
  for (const { path, message } of problems) {
    const isInTheWay = !path.startsWith('place')
    expect(message.includes('rename or remove this one'), `${path}: ${message}`).toBe(isInTheWay)
  }
  expect(saysAt(a, 'taken.md')).toBe('/etc/hosts')
  expect(lstatSync(a.file('pipe.md')).isFIFO()).toBe(true)
  b.append('taken.md', 'more\n')
  await quiet([a, b])
  expect((await a.status()).problems.map(({ path }) => path)).toEqual([...names, 'place'].sort())

  for (const path of ['taken.md', 'taken-link', 'pipe.md', 'place']) rmSync(a.file(path))
  renameSync(a.file('taken.png'), a.file('elsewhere'))
  await a.shows('taken.md', 'from b\nmore\n')
  await a.shows('place/below.md', 'from b\n')
  await says(a, 'taken-link', 'taken.md')
  rmSync(a.file('elsewhere'))
  await allSame([a, b])
  expect((await a.status()).problems).toEqual([])
})

test('KIND-20 what is in the way of a file that is deleted elsewhere stays listed for itself', async () => {
  const [a, b] = group.pair
  await apart([a, b], () => {
    symlinkSync('/etc/hosts', a.file('gone.md'))
    b.write('gone.md', 'from b\n')
  })
  await quiet([a, b])
  expect((await a.status()).problems).toMatchObject([{ path: 'gone.md', code: 'unmaterialisable' }])
  b.remove('gone.md')
  await until(
    async () => (await a.status()).problems[0]?.code === 'unsupported',
    () => a.log.slice(-3000),
  )
  expect(saysAt(a, 'gone.md')).toBe('/etc/hosts')
  rmSync(a.file('gone.md'))
  await allSame([a, b])
})

test('KIND-28 a link out of the vault or a pipe in the place of a file that is deleted elsewhere is listed for itself, and in step', async () => {
  const [a, b] = group.pair
  const spoils: Record<string, (file: string) => void> = {
    'link.md': (file) => symlinkSync('/etc/hosts', file),
    'pipe.png': (file) => void execFileSync('mkfifo', [file]),
  }
  const names = Object.keys(spoils)
  for (const name of names) a.write(name, 'words\n')
  await allSame([a, b])
  for (const [name, spoil] of Object.entries(spoils)) {
    rmSync(a.file(name))
    spoil(a.file(name))
  }
  const listed = async (): Promise<(readonly [string, string])[]> =>
    (await a.status()).problems.map(({ path, code }) => [path, code] as const)
  const areListed = (code: string): Promise<void> =>
    until(
      async () => {
        const wanted = names.map((name) => [name, code])
        return JSON.stringify(await listed()) === JSON.stringify(wanted)
      },
      () => a.log.slice(-3000),
    )
  await areListed('unreadable')
  for (const name of names) b.remove(name)
  await areListed('unsupported')
  await quiet([a, b])
  expect(await a.undrift('status', a.folder)).toMatchObject({ code: 0 })
  expect(saysAt(a, 'link.md')).toBe('/etc/hosts')
  expect(lstatSync(a.file('pipe.png')).isFIFO()).toBe(true)
  for (const name of names) rmSync(a.file(name))
  await allSame([a, b])
  expect(await listed()).toEqual([])
})

test('KIND-26 a pipe where a folder of the vault belongs, or a folder with what is left out where a file does, is listed and keeps nothing waiting', async () => {
  const [a, b] = group.pair
  const listed = async (): Promise<string> =>
    (await a.status()).problems.map(({ path }) => path).join(' ')
  const areListed = (): Promise<void> =>
    until(
      async () => (await listed()) === 'fold fold/below.md full.md',
      () => a.log.slice(-3000),
    )
  await apart([a, b], () => {
    execFileSync('mkfifo', [a.file('fold')])
    mkdirSync(a.file('full.md'))
    writeFileSync(a.file('full.md/.DS_Store'), 'left out')
    b.write('fold/below.md', 'from b\n')
    b.write('full.md', 'from b\n')
  })
  await areListed()
  await a.sync()
  await areListed()
  b.rename('full.md', 'away.md')
  await a.shows('away.md', 'from b\n')
  b.rename('away.md', 'full.md')
  await areListed()
  await a.sync()
  rmSync(a.file('fold'))
  rmSync(a.file('full.md'), { recursive: true })
  await a.shows('fold/below.md', 'from b\n')
  await a.shows('full.md', 'from b\n')
  await allSame([a, b])
  expect((await a.status()).problems).toEqual([])
})

test('KIND-1 HC-112 made apart on both sides, deleted and made again: one link, what was there is in the trash', async () => {
  const [a, b] = group.pair
  await apart([a, b], () => {
    symlinkSync('from-a', a.file('both'))
    symlinkSync('from-b', b.file('both'))
  })
  await until(
    () => saysAt(a, 'both') === saysAt(b, 'both'),
    () => `${saysAt(a, 'both')} is ${saysAt(b, 'both')}`,
  )
  await allSame([a, b])
  rmSync(a.file('both'))
  await says(b, 'both', undefined)
  await allSame([a, b])
  symlinkSync('again', a.file('both'))
  await says(b, 'both', 'again')
  await allSame([a, b])
  const trashed = [a, b].flatMap(({ folder }) => listTrashed(folder)).map(({ path }) => path)
  expect(trashed.filter((path) => path === 'both').length).toBeGreaterThan(1)
})

test('BLOB-21 a binary file is deleted and another one made under its name', async () => {
  const [a, b] = group.pair
  a.write('again.png', Uint8Array.of(1, 2, 3))
  await b.shows('again.png', '\x01\x02\x03')
  rmSync(a.file('again.png'))
  await b.lacks('again.png')
  await allSame([a, b])
  a.write('again.png', Uint8Array.of(4, 5))
  await b.shows('again.png', '\x04\x05')
  await allSame([a, b])
})

test('KIND-3 HC-113 a link that is moved to where it leads out of the vault is where it was on other devices', async () => {
  const [a, b] = group.pair
  a.write('inner/n.md', 'n\n')
  symlinkSync('../elsewhere', a.file('inner/l'))
  await says(b, 'inner/l', '../elsewhere')
  await allSame([a, b])
  await a.pause()
  symlinkSync('../../out', a.file('inner/l2'))
  rmSync(a.file('inner/l'))
  symlinkSync('../../out', a.file('inner/l'))
  await a.resume()
  await until(
    async () => (await a.status()).problems.length === 2,
    () => a.log.slice(-3000),
  )
  expect(saysAt(a, 'inner/l')).toBe('../../out')
  expect(saysAt(b, 'inner/l')).toBe('../elsewhere')
  rmSync(a.file('inner/l'))
  rmSync(a.file('inner/l2'))
  await says(b, 'inner/l', undefined)
  await allSame([a, b])
})

test('KIND-1 HC-62 a folder that moved and left a link to its new place behind', async () => {
  const [a, b] = group.pair
  a.write('old/one.md', 'one\n')
  a.write('old/deep/two.md', 'two\n')
  await b.shows('old/deep/two.md', 'two\n')
  await allSame([a, b])
  renameSync(a.file('old'), a.file('new'))
  symlinkSync('new', a.file('old'))
  await says(b, 'old', 'new')
  await b.shows('new/deep/two.md', 'two\n')
  await allSame([a, b])
  expect(saysAt(a, 'old')).toBe('new')
})
