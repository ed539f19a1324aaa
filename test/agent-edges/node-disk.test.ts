// The vault's folder on a real disk: reading, listing, writing, moving, deleting.
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type FileId, parseId } from '../../src/shared/ids.ts'
import { writeMarker } from '../../src/agent/disk/marker.ts'
import { systemRandom } from '../../src/system.ts'
import { ManualClock } from '../fakes/manual-clock.ts'
import { contentOf, marker, openDisk, statOf, tempFolder, utf8, vaultPath } from './helpers.ts'

const text = (root: string, path: string) => readFileSync(join(root, path), 'utf8')
const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
const id = parseId<FileId>('a'.repeat(26)) ?? expect.unreachable()

describe('NodeDisk lists', () => {
  test('PATH-8 files and folders, not what is reserved or ignored', async () => {
    const { root, disk } = await openDisk()
    for (const folder of ['a/b', '.git', '.obsidian/plugins/x', 'node_modules/y', 'empty']) {
      mkdirSync(join(root, folder), { recursive: true })
    }
    const kept = ['n.md', 'a/b/m.txt', 'pic.png', '.obsidian/app.json', '.undriftignore']
    const left = ['.git/HEAD', '.DS_Store', 'n.md~', '.obsidian/workspace.json', 'node_modules/y/z']
    for (const path of [...kept, ...left]) writeFileSync(join(root, path), '')
    const { entries, problems } = await disk.list()
    expect(
      [...entries].flatMap(([path, { kind }]) => (kind === 'file' ? [path] : [])).sort(),
    ).toEqual([...kept].sort())
    expect(entries.get(vaultPath('empty'))).toEqual({ kind: 'folder', isEmpty: true })
    expect(problems.size).toBe(0)
  })

  test('PATH-8 one folder, by the rules of the vault', async () => {
    const { root, disk } = await openDisk()
    mkdirSync(join(root, 'a/b'), { recursive: true })
    for (const path of ['x.md', 'a/y.md', 'a/b/z.md', 'a/no.md'])
      writeFileSync(join(root, path), '')
    writeFileSync(join(root, '.undriftignore'), 'no.md\n')
    await disk.list()
    const { entries } = await disk.list(vaultPath('a'))
    expect([...entries.keys()].sort()).toEqual(['a/b', 'a/b/z.md', 'a/y.md'])
    expect((await disk.list(vaultPath('none'))).entries.size).toBe(0)
  })
})

describe('NodeDisk reads', () => {
  test('a small and a large file, whole', async () => {
    const { root, disk } = await openDisk()
    const large = new Uint8Array(300_000).map((_, n) => n % 251)
    writeFileSync(join(root, 'small.md'), '\ufeffa\r\n')
    writeFileSync(join(root, 'large.md'), large)
    expect((await contentOf(disk, 'small.md')).bytes).toEqual(utf8('\ufeffa\r\n'))
    const content = await contentOf(disk, 'large.md')
    expect(content.bytes).toEqual(large)
    expect(content.stat).toEqual(await statOf(disk, 'large.md'))
  })

  test('nothing where nothing, or no file, is', async () => {
    const { root, disk } = await openDisk()
    mkdirSync(join(root, 'd'))
    for (const path of ['none.md', 'd', 'd/none.md', 'none/none.md']) {
      expect(await disk.read(vaultPath(path))).toBeUndefined()
    }
    expect(await disk.stat(vaultPath('none.md'))).toBeUndefined()
    expect(await disk.stat(vaultPath('d'))).toEqual({ kind: 'folder', isEmpty: true })
  })
})

describe('NodeDisk writes', () => {
  test('SYNC-16 a new file, with the folders above it, and leaves nothing in tmp', async () => {
    const { root, disk } = await openDisk()
    const outcome = await disk.write(vaultPath('a/b/n.md'), utf8('hello'), undefined, false)
    expect(outcome).toEqual({ type: 'written', stat: await statOf(disk, 'a/b/n.md') })
    expect(text(root, 'a/b/n.md')).toBe('hello')
    expect(readdirSync(join(root, '.undrift/tmp'))).toEqual([])
  })

  test('SYNC-16 never over a file that was not expected', async () => {
    const { root, disk } = await openDisk()
    writeFileSync(join(root, 'n.md'), 'theirs')
    const seen = await statOf(disk, 'n.md')
    expect(await disk.write(vaultPath('n.md'), utf8('x'), undefined, false)).toEqual({
      type: 'stale',
    })
    writeFileSync(join(root, 'n.md'), 'newer!')
    expect(await disk.write(vaultPath('n.md'), utf8('x'), seen, false)).toEqual({ type: 'stale' })
    expect(await disk.write(vaultPath('no.md'), utf8('x'), seen, false)).toEqual({ type: 'stale' })
    expect(text(root, 'n.md')).toBe('newer!')
    expect(filesBelow(root)).toEqual(['n.md'])
  })

  test('SYNC-16 over the expected file, keeping its mode; the old one goes to the trash if asked', async () => {
    const { root, disk } = await openDisk()
    mkdirSync(join(root, 'd'))
    writeFileSync(join(root, 'd/n.md'), 'old')
    chmodSync(join(root, 'd/n.md'), 0o750)
    const seen = await statOf(disk, 'd/n.md')
    const outcome = await disk.write(vaultPath('d/n.md'), utf8('new'), seen, true)
    expect(outcome).toEqual({ type: 'written', stat: await statOf(disk, 'd/n.md') })
    expect(statSync(join(root, 'd/n.md')).mode & 0o777).toBe(0o750)
    const trash = join(root, '.undrift/trash')
    const [kept = ''] = filesBelow(trash)
    expect(kept).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\/d\/n\.md$/)
    expect(text(trash, kept)).toBe('old')
  })

  test('many at once', async () => {
    const { root, disk } = await openDisk()
    const paths = Array.from({ length: 200 }, (_, n) => vaultPath(`d${n % 7}/e/n${n}.md`))
    await Promise.all(
      paths.map(async (path) => {
        const first = await disk.write(path, utf8('1'), undefined, false)
        const stat = first.type === 'written' ? first.stat : expect.unreachable(first.type)
        expect(await disk.write(path, utf8(path), stat, false)).toMatchObject({ type: 'written' })
      }),
    )
    for (const path of paths) expect(text(root, path)).toBe(path)
  })

  test('not where a file stands in the place of a folder', async () => {
    const { root, disk } = await openDisk()
    writeFileSync(join(root, 'a'), 'file')
    expect(await disk.write(vaultPath('a/n.md'), utf8('x'), undefined, false)).toMatchObject({
      type: 'failed',
      problem: { code: 'refused' },
    })
    expect(text(root, 'a')).toBe('file')
  })

  test('SYNC-16 HC-130 what a killed run left in tmp goes after the next start, staged and foreign files stay', async () => {
    const clock = new ManualClock()
    const { root, disk } = await openDisk(tempFolder(), clock)
    const late: string[] = []
    disk.onLateWrite((bytes) => late.push(new TextDecoder().decode(bytes)))
    writeMarker(root, marker, systemRandom)
    writeFileSync(join(root, 'n.md'), 'intact')
    await disk.write(vaultPath('make-tmp.md'), utf8(''), undefined, false)
    const tmp = join(root, '.undrift/tmp')
    writeFileSync(join(tmp, `w-${'a'.repeat(16)}`), 'half')
    writeFileSync(join(tmp, `s-${id}`), 'on its way')
    writeFileSync(join(tmp, 'mine.txt'), 'a user put this here')
    writeFileSync(join(tmp, 'src'), 'written late')
    const { size, mtimeNs } = statSync(join(root, 'n.md'), { bigint: true })
    linkSync(join(root, 'n.md'), join(tmp, `o-${'b'.repeat(16)}-${size}-${mtimeNs}`))
    linkSync(join(tmp, 'src'), join(tmp, `o-${'c'.repeat(16)}-3-4`))
    await disk.start()
    for (let passed = 0; passed < 6_000; passed += 50) clock.advance(50)
    expect(late).toEqual(['written late'])
    expect(readdirSync(tmp).sort()).toEqual(['mine.txt', `s-${id}`, 'src'])
    expect([...(await disk.listStaged()).keys()]).toEqual([id])
    const trash = join(root, '.undrift/trash')
    expect(filesBelow(trash).map((path) => text(trash, path))).toEqual(['written late'])
    expect(text(root, 'n.md')).toBe('intact')
  })

  test('HC-95 files of the user in our folder are never removed', async () => {
    const { root, disk } = await openDisk()
    mkdirSync(join(root, '.undrift/tmp'), { recursive: true })
    for (const name of ['note.md', 'tmp/w-short', 'tmp/w-']) {
      writeFileSync(join(root, '.undrift', name), 'x')
    }
    await disk.start()
    await disk.write(vaultPath('n.md'), utf8(''), undefined, false)
    expect(filesBelow(join(root, '.undrift')).sort()).toEqual(['note.md', 'tmp/w-', 'tmp/w-short'])
    expect((await disk.list()).entries.size).toBe(1)
  })
})

describe('NodeDisk moves', () => {
  test('SYNC-19 a file, and makes folders', async () => {
    const { root, disk } = await openDisk()
    mkdirSync(join(root, 'a/b/c'), { recursive: true })
    writeFileSync(join(root, 'a/b/c/n.md'), 'x')
    writeFileSync(join(root, 'a/stays.md'), 'x')
    const seen = await statOf(disk, 'a/b/c/n.md')
    const outcome = await disk.move(vaultPath('a/b/c/n.md'), vaultPath('d/e/m.md'), seen)
    expect(outcome).toEqual({ type: 'moved', stat: await statOf(disk, 'd/e/m.md') })
    expect(filesBelow(root).sort()).toEqual(['a/stays.md', 'd/e/m.md'])
    expect(existsSync(join(root, 'a/b/c'))).toBe(true)
  })

  test('SYNC-19 never over another file, never another file than expected', async () => {
    const { root, disk } = await openDisk()
    writeFileSync(join(root, 'a.md'), 'a')
    writeFileSync(join(root, 'b.md'), 'b')
    const [a, b] = [await statOf(disk, 'a.md'), await statOf(disk, 'b.md')]
    const move = (from: string, to: string, seen: typeof a) =>
      disk.move(vaultPath(from), vaultPath(to), seen)
    expect(await move('a.md', 'b.md', a)).toEqual({ type: 'occupied' })
    expect(await move('a.md', 'c.md', b)).toEqual({ type: 'stale' })
    expect(await move('none.md', 'c.md', b)).toEqual({ type: 'stale' })
    expect([text(root, 'a.md'), text(root, 'b.md')]).toEqual(['a', 'b'])
  })

  test.each(['a.md', 'd/b.md'])(
    'SYNC-52 broken off between link and unlink, to %s, are finished',
    async (to) => {
      const { root, disk } = await openDisk()
      writeFileSync(join(root, 'n.md'), 'x')
      const [from, target] = [vaultPath('n.md'), vaultPath(to)]
      expect(await disk.finishMove(from, target)).toBeUndefined()
      mkdirSync(join(root, 'd'))
      linkSync(join(root, 'n.md'), join(root, to))
      const stat = await disk.finishMove(from, target)
      expect(stat).toEqual(await statOf(disk, to))
      expect(filesBelow(root)).toEqual([to])
      writeFileSync(join(root, 'n.md'), 'another')
      expect(await disk.finishMove(from, target)).toEqual(stat)
      expect(text(root, 'n.md')).toBe('another')
    },
  )

  test('SYNC-19 two files into each other’s place by way of a staged one', async () => {
    const { root, disk } = await openDisk()
    writeMarker(root, marker, systemRandom)
    writeFileSync(join(root, 'a.md'), 'a')
    writeFileSync(join(root, 'b.md'), 'b')
    const staged = await disk.move(vaultPath('a.md'), { staged: id }, await statOf(disk, 'a.md'))
    const stat = staged.type === 'moved' ? staged.stat : expect.unreachable(staged.type)
    expect(await disk.listStaged()).toEqual(new Map([[id, stat]]))
    await disk.move(vaultPath('b.md'), vaultPath('a.md'), await statOf(disk, 'b.md'))
    expect(await disk.move({ staged: id }, vaultPath('b.md'), stat)).toMatchObject({
      type: 'moved',
    })
    expect([text(root, 'a.md'), text(root, 'b.md')]).toEqual(['b', 'a'])
  })
})

describe('NodeDisk deletes', () => {
  test('SYNC-19 into the trash, twice at one path', async () => {
    const { root, disk } = await openDisk()
    for (const content of ['first', 'second']) {
      await disk.write(vaultPath('a/b/n.md'), utf8(content), undefined, false)
      const seen = await statOf(disk, 'a/b/n.md')
      expect(await disk.trash(vaultPath('a/b/n.md'), seen)).toEqual({ type: 'trashed' })
      expect(await disk.trash(vaultPath('a/b/n.md'), seen)).toEqual({ type: 'stale' })
    }
    const trash = join(root, '.undrift/trash')
    expect(
      filesBelow(trash)
        .map((path) => text(trash, path))
        .sort(),
    ).toEqual(['first', 'second'])
  })

  test('SYNC-19 never a file that is not the expected one', async () => {
    const { root, disk } = await openDisk()
    writeFileSync(join(root, 'n.md'), 'old')
    const seen = await statOf(disk, 'n.md')
    writeFileSync(join(root, 'n.md'), 'newer')
    expect(await disk.trash(vaultPath('n.md'), seen)).toEqual({ type: 'stale' })
    expect(text(root, 'n.md')).toBe('newer')
  })
})

test('SYNC-23 the marker: none, of a vault, of another vault', async () => {
  const root = tempFolder()
  const { disk } = await openDisk(root)
  const reason = 'the vault marker .undrift/vault.json is missing'
  expect(await disk.folderProblem()).toMatchObject({ reason })
  expect(existsSync(join(root, '.undrift'))).toBe(false)
  writeMarker(root, marker, systemRandom)
  expect(await disk.folderProblem()).toBeUndefined()
})

test('SYNC-32 the trash is looked through once a day, and what we have not put there stays', async () => {
  const root = tempFolder()
  writeMarker(root, marker, systemRandom)
  const trash = join(root, '.undrift/trash')
  const clock = new ManualClock()
  const old = new Date(clock.now() - 31 * 86_400_000).toISOString().replaceAll(':', '-')
  const young = new Date(clock.now() - 29.5 * 86_400_000).toISOString().replaceAll(':', '-')
  for (const name of [old, `${old}-2`, young, 'mine']) {
    mkdirSync(join(trash, name, 'd'), { recursive: true })
    writeFileSync(join(trash, name, 'd/n.md'), 'x')
  }
  const { disk } = await openDisk(root, clock)
  await disk.list()
  expect(readdirSync(trash)).toEqual([young, 'mine'])
  clock.advance(86_400_000)
  await disk.list()
  expect(readdirSync(trash)).toEqual(['mine'])
})

test('SYNC-32 what cannot be looked at in the trash keeps nothing else there', async () => {
  const root = tempFolder()
  writeMarker(root, marker, systemRandom)
  const trash = join(root, '.undrift/trash')
  const clock = new ManualClock()
  const [older, old] = [60, 31].map((days) =>
    new Date(clock.now() - days * 86_400_000).toISOString().replaceAll(':', '-'),
  )
  mkdirSync(join(trash, old ?? ''), { recursive: true })
  writeFileSync(join(trash, older ?? ''), 'a file that is called as we call folders')
  const { disk } = await openDisk(root, clock)
  await disk.list()
  expect(readdirSync(trash)).toEqual([older])
})
