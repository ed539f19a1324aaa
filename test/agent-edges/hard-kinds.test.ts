// Hard cases at the disk: late writes, links, special files, permissions (HC-19, 23, 112-120).
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { FileStat } from '../../src/agent/core/facts.ts'
import { onOtherDisk } from '../../src/agent/disk/problems.ts'
import { writeMarker } from '../../src/agent/disk/marker.ts'
import { listTrashed } from '../../src/agent/disk/trashed-files.ts'
import { systemRandom } from '../../src/system.ts'
import { ManualClock } from '../fakes/manual-clock.ts'
import { SmallDisk, canMount } from '../e2e/support/small-disk.ts'
import { asNobody, marker, openDisk, statOf, tempFolder, utf8, vaultPath } from './helpers.ts'

const text = (root: string, path: string) => readFileSync(join(root, path), 'utf8')
const note = vaultPath('n.md')
/** Time passes in small steps: a look at a file decides when the next one is. */
const pass = (clock: ManualClock, ms: number) => {
  for (let passed = 0; passed < ms; passed += 50) clock.advance(50)
}
/** What is in the trash, without the times. */
const trashOf = (root: string) =>
  readdirSync(join(root, '.undrift/trash'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${name}: ${readFileSync(join(parentPath, name), 'utf8')}`)
const tmpOf = (root: string) => readdirSync(join(root, '.undrift/tmp'))

/** A note that an editor has open. */
async function openInEditor() {
  const clock = new ManualClock()
  const { root, disk } = await openDisk(tempFolder(), clock)
  writeFileSync(join(root, 'n.md'), 'old\n')
  const late: string[] = []
  const replaced: FileStat[] = []
  disk.onLateWrite((bytes, stat) => {
    late.push(new TextDecoder().decode(bytes))
    replaced.push(stat)
  })
  const editor = openSync(join(root, 'n.md'), 'r+')
  return { clock, root, disk, late, editor, replaced, seen: await statOf(disk, 'n.md') }
}

/** The same, replaced by us. */
async function replacedWhileOpen(keepOld = false) {
  const opened = await openInEditor()
  const written = await opened.disk.write(note, utf8('ours\n'), opened.seen, keepOld)
  expect(written).toMatchObject({ type: 'written' })
  return opened
}

describe('late writes', () => {
  test('SYNC-17 HC-19 what an editor writes into the file that we replaced is told', async () => {
    const { clock, root, late, editor, seen, replaced } = await replacedWhileOpen()
    writeSync(editor, 'late\n', 4)
    pass(clock, 5000)
    expect(late).toEqual(['old\nlate\n'])
    writeSync(editor, 'later\n', 9)
    closeSync(editor)
    pass(clock, 5000)
    expect(late[1]).toBe('old\nlate\nlater\n')
    expect(replaced).toEqual([seen, seen])
    pass(clock, 5000)
    expect(tmpOf(root)).toEqual([])
    expect(text(root, 'n.md')).toBe('ours\n')
  })

  test('SYNC-17 HC-19 it is told as soon as it stands still, in one piece; an emptied file is waited for', async () => {
    const { clock, late, editor } = await replacedWhileOpen()
    writeSync(editor, 'half', 0)
    pass(clock, 250)
    writeSync(editor, ' and half\n', 4)
    pass(clock, 250)
    expect(late).toEqual([])
    pass(clock, 250)
    expect(late).toEqual(['half and half\n'])
    ftruncateSync(editor, 0)
    pass(clock, 2000)
    expect(late).toHaveLength(1)
    pass(clock, 5000)
    closeSync(editor)
    expect(late[1]).toBe('')
  })

  test('SYNC-17 HC-19 who begins to listen hears it too: the session that was told may have ended with it', async () => {
    const { clock, disk, late, editor } = await replacedWhileOpen()
    writeSync(editor, 'LATE', 0)
    closeSync(editor)
    pass(clock, 500)
    expect(late).toEqual(['LATE'])
    const next: string[] = []
    disk.onLateWrite((bytes) => next.push(new TextDecoder().decode(bytes)))
    pass(clock, 5000)
    expect(next).toEqual(['LATE'])
  })

  test('SYNC-17 HC-19 also when the old file was kept in the trash, and when the agent stops', async () => {
    const { disk, late, editor, root } = await replacedWhileOpen(true)
    writeSync(editor, 'LATE', 0)
    closeSync(editor)
    await disk.stop()
    expect(late).toEqual(['LATE'])
    expect(tmpOf(root)).toEqual([])
  })

  test('SYNC-17 HC-19 what was written late is in the trash when nobody hears of it', async () => {
    const clock = new ManualClock()
    const { root, disk } = await openDisk(tempFolder(), clock)
    writeFileSync(join(root, 'n.md'), 'old\n')
    const editor = openSync(join(root, 'n.md'), 'r+')
    await disk.write(note, utf8('ours\n'), await statOf(disk, 'n.md'), false)
    writeSync(editor, 'late\n', 4)
    closeSync(editor)
    pass(clock, 300_000)
    expect([tmpOf(root), trashOf(root)]).toEqual([[], ['n.md: old\nlate\n']])
  })

  test.each(['stops', 'dies'])(
    'SYNC-17 HC-19 what is written while the agent %s is told by the next one',
    async (end) => {
      const { root, disk, editor, seen } = await replacedWhileOpen()
      writeMarker(root, marker, systemRandom)
      writeSync(editor, 'late\n', 4)
      if (end === 'stops') await disk.stop()
      const clock = new ManualClock()
      const { disk: next } = await openDisk(root, clock)
      writeSync(editor, 'later\n', 9)
      closeSync(editor)
      const late: [string, FileStat][] = []
      pass(clock, 10_000)
      next.onLateWrite((bytes, replaced) => late.push([new TextDecoder().decode(bytes), replaced]))
      pass(clock, 500)
      expect(late).toMatchObject([
        ['old\nlate\nlater\n', { ino: seen.ino, size: seen.size, mtime: seen.mtime }],
      ])
      pass(clock, 5_000)
      expect(tmpOf(root)).toEqual([])
    },
  )

  test.each(['was kept', 'was deleted'])(
    'SYNC-17 HC-19 what is written into a file that %s, after the agent died, is in the trash',
    async (how) => {
      const { root, disk, editor, seen } = await openInEditor()
      writeMarker(root, marker, systemRandom)
      if (how === 'was deleted') await disk.trash(note, seen)
      else await disk.write(note, utf8('ours\n'), seen, true)
      const clock = new ManualClock()
      const { disk: next } = await openDisk(root, clock)
      const late: Uint8Array[] = []
      next.onLateWrite((bytes) => late.push(bytes))
      writeSync(editor, 'late\n', 4)
      closeSync(editor)
      pass(clock, 10_000)
      expect([late, tmpOf(root), trashOf(root)]).toEqual([[], [], ['n.md: old\nlate\n']])
    },
  )

  test('SYNC-17 HC-19 it is in the trash too after it was told', async () => {
    const { clock, root, editor, late } = await replacedWhileOpen()
    writeSync(editor, 'late\n', 4)
    pass(clock, 5000)
    writeSync(editor, 'later\n', 9)
    closeSync(editor)
    pass(clock, 5000)
    pass(clock, 5000)
    expect(late).toEqual(['old\nlate\n', 'old\nlate\nlater\n'])
    expect([tmpOf(root), trashOf(root)]).toEqual([[], ['n.md: old\nlate\nlater\n']])
  })

  test('SYNC-17 HC-19 a program that never stops writing is let go of, its last bytes are kept', async () => {
    const { clock, root, editor } = await replacedWhileOpen()
    for (let n = 0; n < 61; n++) {
      writeSync(editor, `${n}\n`)
      pass(clock, 5000)
    }
    closeSync(editor)
    expect(tmpOf(root)).toEqual([])
    expect(trashOf(root)[0]).toContain('59\n')
  })

  test('SYNC-17 HC-19 what cannot be moved to the trash stays for the next start', async () => {
    const { clock, root, disk, editor } = await replacedWhileOpen()
    writeMarker(root, marker, systemRandom)
    writeFileSync(join(root, '.undrift/trash'), 'in the way')
    writeSync(editor, 'late\n', 4)
    closeSync(editor)
    pass(clock, 5000)
    pass(clock, 5000)
    expect(tmpOf(root)).toHaveLength(1)
    rmSync(join(root, '.undrift/trash'))
    await disk.start()
    pass(clock, 6000)
    expect([tmpOf(root), trashOf(root)]).toEqual([[], ['late-write: old\nlate\n']])
  })

  test('SYNC-17 HC-19 what is written into a file that a remote delete took is told, and is in the trash', async () => {
    const { clock, root, disk, late, editor, seen } = await openInEditor()
    expect(await disk.trash(note, seen)).toEqual({ type: 'trashed' })
    writeSync(editor, 'late\n', 4)
    closeSync(editor)
    pass(clock, 5000)
    expect([late, trashOf(root)]).toEqual([['old\nlate\n'], ['n.md: old\nlate\n']])
  })

  test('BLOB-59 what is written late into a picture that we replaced is not read, and is in the trash', async () => {
    const clock = new ManualClock()
    const { root, disk } = await openDisk(tempFolder(), clock)
    const late: Uint8Array[] = []
    disk.onLateWrite((bytes) => late.push(bytes))
    writeFileSync(join(root, 'a.png'), 'old\n')
    const editor = openSync(join(root, 'a.png'), 'r+')
    await disk.write(vaultPath('a.png'), utf8('ours\n'), await statOf(disk, 'a.png'), false)
    writeSync(editor, 'late\n', 4)
    closeSync(editor)
    pass(clock, 10_000)
    expect([late, trashOf(root)]).toEqual([[], ['a.png: old\nlate\n']])
  })

  test('BLOB-59 what is written late into a long note is read beside all else', async () => {
    const { clock, disk, late, editor } = await replacedWhileOpen()
    const heard = new Promise((resolve) => disk.onLateWrite(resolve))
    const long = 'late\n'.repeat(100_000)
    writeSync(editor, long, 0)
    closeSync(editor)
    pass(clock, 500)
    expect(late).toEqual([])
    await heard
    expect(late.every((told) => told === long)).toBe(true)
  })

  test('SYNC-17 HC-19 nobody wrote: nothing is told and nothing is left', async () => {
    const { clock, root, late, editor } = await replacedWhileOpen()
    closeSync(editor)
    expect(tmpOf(root)).toHaveLength(1)
    pass(clock, 5000)
    expect([late, tmpOf(root)]).toEqual([[], []])
    expect(existsSync(join(root, '.undrift/trash'))).toBe(false)
  })

  test('SYNC-17 HC-23 a save between the check and the rename is refused or told, never lost', async () => {
    const { root, disk } = await openDisk()
    const late: string[] = []
    disk.onLateWrite((bytes) => late.push(new TextDecoder().decode(bytes)))
    for (let n = 0; n < 50; n++) {
      rmSync(join(root, 'n.md'), { force: true })
      writeFileSync(join(root, 'n.md'), `base ${n}`)
      const writing = disk.write(note, utf8(`ours ${n}`), await statOf(disk, 'n.md'), false)
      // The save falls anywhere into the write: before its last look, or between that and its end.
      for (let turns = n % 10; turns > 0; turns--) await Promise.resolve()
      writeFileSync(join(root, 'n.md'), `theirs ${n}`)
      const { type } = await writing
      const survived = [text(root, 'n.md'), ...late]
      expect(survived, `${n}: ${type}`).toContain(`theirs ${n}`)
    }
  })
})

describe('links', () => {
  test('SYNC-18 HC-112 a link is listed as one, never read, never replaced', async () => {
    const { root, disk } = await openDisk()
    writeFileSync(join(root, 'real.md'), 'real')
    symlinkSync('real.md', join(root, 'n.md'))
    const entry = { kind: 'link', target: 'real.md', stat: { size: 7 } }
    expect((await disk.list()).entries.get(note)).toMatchObject(entry)
    expect(await disk.stat(note)).toMatchObject(entry)
    expect(await disk.read(note)).toBeUndefined()
    expect(await disk.write(note, utf8('x'), undefined, false)).toEqual({ type: 'stale' })
    const seen = await statOf(disk, 'real.md')
    expect(await disk.write(note, utf8('x'), seen, false)).toEqual({ type: 'stale' })
    expect(await disk.move(vaultPath('real.md'), note, seen)).toEqual({ type: 'occupied' })
    expect(await disk.trash(note, seen)).toEqual({ type: 'stale' })
    expect(lstatSync(join(root, 'n.md')).isSymbolicLink()).toBe(true)
  })

  test('KIND-1 HC-112 a link is written, replaced, moved and trashed as what it is', async () => {
    const { root, disk } = await openDisk()
    const target = (path: string) => readlinkSync(join(root, path))
    mkdirSync(join(root, 'folder'))
    writeFileSync(join(root, 'folder/n.md'), 'behind')
    const link = vaultPath('l.md')
    expect(await disk.write(link, { link: 'folder' }, undefined, true)).toEqual({
      type: 'written',
      stat: await statOf(disk, 'l.md'),
    })
    expect(await disk.write(link, { link: 'nowhere' }, undefined, true)).toEqual({ type: 'stale' })
    const seen = await statOf(disk, 'l.md')
    expect(await disk.write(link, { link: 'nowhere' }, seen, true)).toMatchObject({
      type: 'written',
    })
    expect(target('l.md')).toBe('nowhere')
    const moved = vaultPath('folder/m.md')
    const outcome = await disk.move(link, moved, await statOf(disk, 'l.md'))
    expect(outcome).toEqual({ type: 'moved', stat: await statOf(disk, 'folder/m.md') })
    expect(target('folder/m.md')).toBe('nowhere')
    await disk.write(moved, utf8('a note'), await statOf(disk, 'folder/m.md'), true)
    expect(lstatSync(join(root, 'folder/m.md')).mode & 0o111).toBe(0)
    await disk.write(moved, { link: '..' }, await statOf(disk, 'folder/m.md'), true)
    expect(await disk.trash(moved, await statOf(disk, 'folder/m.md'))).toEqual({ type: 'trashed' })
    const kept = listTrashed(root).map(({ id }) => {
      const file = join(root, '.undrift/trash', id)
      return lstatSync(file).isSymbolicLink()
        ? `-> ${readlinkSync(file)}`
        : readFileSync(file, 'utf8')
    })
    expect(kept.sort()).toEqual(['-> ..', '-> folder', '-> nowhere', 'a note'])
    expect(readdirSync(join(root, 'folder'))).toEqual(['n.md'])
    expect(tmpOf(root)).toEqual([])
  })

  test('KIND-1 HC-112 nothing of the vault is below a link to a place in it', async () => {
    const { root, disk } = await openDisk()
    mkdirSync(join(root, 'folder'))
    writeFileSync(join(root, 'folder/n.md'), 'x')
    symlinkSync('folder', join(root, 'in'))
    symlinkSync('../folder', join(root, 'out'))
    expect(await disk.stat(vaultPath('in/n.md'))).toBeUndefined()
    expect(await disk.stat(vaultPath('out/n.md'))).toMatchObject({ kind: 'unreadable' })
  })

  test('KIND-1 HC-114 the trash is looked through without following the links in it', async () => {
    const { root, disk } = await openDisk()
    writeMarker(root, marker, systemRandom)
    const outside = tempFolder()
    for (let n = 0; n < 3; n++) symlinkSync(outside, join(outside, `${n}`))
    symlinkSync(outside, join(root, 'l'))
    await disk.trash(vaultPath('l'), await statOf(disk, 'l'))
    await disk.list()
    expect(listTrashed(root).map(({ path }) => path)).toEqual(['l'])
  })

  test('KIND-3 HC-91 a link that does not say UTF-8 cannot be read', async () => {
    const { root, disk } = await openDisk()
    symlinkSync(Buffer.of(0x61, 0xff), join(root, 'n.md'))
    expect(await disk.stat(note)).toMatchObject({ kind: 'unreadable' })
    expect((await disk.list()).problems.has('n.md')).toBe(true)
  })

  test('SYNC-18 HC-113 nothing is read, written, moved or deleted through a linked folder', async () => {
    const { root, disk } = await openDisk()
    const outside = tempFolder()
    writeFileSync(join(outside, 'secret.md'), 'secret')
    symlinkSync(outside, join(root, 'd'))
    writeFileSync(join(root, 'a.md'), 'a')
    const inside = vaultPath('d/secret.md')
    const seen = await statOf(disk, 'a.md')
    const refused = { type: 'failed', problem: { code: 'refused' } }
    expect((await disk.list()).entries.get(vaultPath('d'))).toMatchObject({ kind: 'link' })
    expect((await disk.list()).entries.has(inside)).toBe(false)
    expect((await disk.list(vaultPath('d'))).entries.size).toBe(0)
    expect((await disk.stat(inside))?.kind).toBe('unreadable')
    expect(await disk.read(inside)).toBeUndefined()
    expect(await disk.write(vaultPath('d/n.md'), utf8('x'), undefined, false)).toMatchObject(
      refused,
    )
    expect(await disk.write(vaultPath('d/e/n.md'), utf8('x'), undefined, false)).toMatchObject(
      refused,
    )
    expect(await disk.move(vaultPath('a.md'), vaultPath('d/a.md'), seen)).toMatchObject(refused)
    expect(await disk.trash(inside, seen)).toMatchObject(refused)
    expect(readdirSync(outside)).toEqual(['secret.md'])
  })

  test('SYNC-18 HC-113 our own folder is not used when it is a link', async () => {
    const { root, disk } = await openDisk()
    const outside = tempFolder()
    symlinkSync(outside, join(root, '.undrift'))
    expect(await disk.folderProblem()).toMatchObject({
      reason: expect.stringContaining('marker') as string,
    })
    expect(await disk.write(note, utf8('x'), undefined, false)).toMatchObject({ type: 'failed' })
    expect(readdirSync(outside)).toEqual([])
  })

  test('SYNC-18 HC-114 a link in a circle and one to nowhere do not hang', async () => {
    const { root, disk } = await openDisk()
    mkdirSync(join(root, 'd'))
    symlinkSync('..', join(root, 'd/up'))
    symlinkSync('self.md', join(root, 'self.md'))
    symlinkSync('nowhere', join(root, 'n.md'))
    const kinds = [...(await disk.list()).entries].map(([path, { kind }]) => `${path} ${kind}`)
    expect(kinds.sort()).toEqual(['d folder', 'd/up link', 'n.md link', 'self.md link'])
  })

  test('HC-116 of two names of one file only the written one changes', async () => {
    const { root, disk } = await openDisk()
    writeFileSync(join(root, 'a.md'), 'both')
    linkSync(join(root, 'a.md'), join(root, 'b.md'))
    const seen = await statOf(disk, 'a.md')
    expect(await disk.move(vaultPath('a.md'), vaultPath('b.md'), seen)).toEqual({
      type: 'occupied',
    })
    await disk.write(vaultPath('a.md'), utf8('one'), seen, false)
    expect([text(root, 'a.md'), text(root, 'b.md')]).toEqual(['one', 'both'])
  })
})

describe('special files', () => {
  test('SYNC-18 HC-115 a pipe is listed as special and never opened', async () => {
    const { root, disk } = await openDisk()
    execFileSync('mkfifo', [join(root, 'n.md')])
    expect((await disk.list()).entries.get(note)).toEqual({ kind: 'special' })
    expect(await disk.read(note)).toBeUndefined()
    expect(await disk.write(note, utf8('x'), undefined, false)).toEqual({ type: 'stale' })
  })
})

describe('permissions', () => {
  test('SYNC-22 HC-117 what may not be read is a problem, never missing', async () => {
    const { root, disk } = await openDisk()
    mkdirSync(join(root, 'd'))
    for (const path of ['n.md', 'd/m.md', 'ok.md']) writeFileSync(join(root, path), 'x')
    await asNobody(root, async () => {
      chmodSync(join(root, 'n.md'), 0o000)
      chmodSync(join(root, 'd'), 0o000)
      const { entries, problems } = await disk.list()
      expect(entries.get(note)?.kind).toBe('unreadable')
      expect(entries.get(vaultPath('d'))?.kind).toBe('unreadable')
      expect([...problems.keys()].sort()).toEqual(['d', 'n.md'])
      expect((await disk.stat(note))?.kind).toBe('unreadable')
      expect((await disk.stat(vaultPath('d/m.md')))?.kind).toBe('unreadable')
      expect(await disk.read(note)).toEqual({ kind: 'unreadable', why: 'no permission' })
      expect(entries.get(vaultPath('ok.md'))?.kind).toBe('file')
    })
  })

  test('SYNC-22 HC-117 list and stat say the same of a folder that may not be read', async () => {
    const { root, disk } = await openDisk()
    const folder = vaultPath('a/d')
    mkdirSync(join(root, folder), { recursive: true })
    writeFileSync(join(root, 'a/d/m.md'), 'x')
    const unreadable = { kind: 'unreadable', why: 'no permission' }
    await asNobody(root, async () => {
      for (const mode of [0o000, 0o333]) {
        chmodSync(join(root, folder), mode)
        for (const above of [undefined, vaultPath('a'), folder]) {
          const { entries, problems } = await disk.list(above)
          expect(entries.get(folder)).toEqual(unreadable)
          expect([...problems]).toEqual([['a/d', { code: 'unreadable', message: 'no permission' }]])
          expect(entries.has(vaultPath('a/d/m.md'))).toBe(false)
        }
        expect(await disk.stat(folder)).toEqual(unreadable)
      }
      chmodSync(join(root, folder), 0o755)
      expect(await disk.stat(folder)).toEqual({ kind: 'folder', isEmpty: false })
      const { entries, problems } = await disk.list()
      expect(entries.get(folder)).toEqual({ kind: 'folder', isEmpty: false })
      expect([entries.has(vaultPath('a/d/m.md')), problems.size]).toEqual([true, 0])
    })
  })

  test('SYNC-23 HC-117 a vault folder that is gone or may not be read is named, and what to do', async () => {
    const { root, disk } = await openDisk()
    const vault = join(root, 'vault')
    mkdirSync(vault)
    const { disk: inner } = await openDisk(vault)
    await asNobody(root, async () => {
      chmodSync(vault, 0o333)
      const closed = { code: 'unreadable', message: `${vault} cannot be read (no permission)` }
      expect((await inner.list()).problems.get('.')).toEqual(closed)
      const advice = 'Let the user that runs undrift read it and what is in it.'
      const reason = `the folder ${vault} cannot be read (no permission)`
      for (const mode of [0o333, 0o000]) {
        chmodSync(vault, mode)
        expect(await inner.folderProblem()).toEqual({ reason, advice })
      }
    })
    renameSync(vault, join(root, 'away'))
    const gone = { code: 'io', message: `${vault} cannot be read (it is not there)` }
    expect([...(await inner.list()).problems]).toEqual([['.', gone]])
    expect((await disk.list()).problems.size).toBe(0)
    const remount = expect.stringMatching(/^Mount its disk again/) as string
    const away = { reason: `the folder ${vault} is not there`, advice: remount }
    expect(await inner.folderProblem()).toEqual(away)
    writeFileSync(vault, 'x')
    const file = { reason: `${vault} is not a folder`, advice: remount }
    expect(await inner.folderProblem()).toEqual(file)
  })

  test('SYNC-22 HC-117 a folder that shows only its names: what is in it is a problem', async () => {
    const { root, disk } = await openDisk()
    mkdirSync(join(root, 'd'))
    writeFileSync(join(root, 'd/m.md'), 'x')
    await asNobody(root, async () => {
      chmodSync(join(root, 'd'), 0o444)
      const { entries, problems } = await disk.list()
      expect(entries.get(vaultPath('d'))).toEqual(await disk.stat(vaultPath('d')))
      expect(entries.get(vaultPath('d/m.md'))).toEqual(await disk.stat(vaultPath('d/m.md')))
      expect([...problems.keys()]).toEqual(['d/m.md'])
    })
  })

  test('SYNC-16 HC-119 a write-protected file is not replaced', async () => {
    const { root, disk } = await openDisk()
    writeFileSync(join(root, 'n.md'), 'x')
    chmodSync(join(root, 'n.md'), 0o444)
    const outcome = await disk.write(note, utf8('y'), await statOf(disk, 'n.md'), false)
    expect(outcome).toMatchObject({ type: 'failed', problem: { code: 'read-only' } })
    expect(text(root, 'n.md')).toBe('x')
  })

  test('SYNC-16 HC-120 in a write-protected folder nothing is changed, and that is told', async () => {
    const { root, disk } = await openDisk()
    mkdirSync(join(root, 'd'))
    writeFileSync(join(root, 'd/n.md'), 'x')
    await disk.write(vaultPath('make-tmp.md'), utf8(''), undefined, false)
    await asNobody(root, async () => {
      chmodSync(join(root, 'd'), 0o555)
      const path = vaultPath('d/n.md')
      const seen = await statOf(disk, 'd/n.md')
      const readOnly = { type: 'failed', problem: { code: 'read-only' } }
      expect(await disk.write(path, utf8('y'), seen, false)).toMatchObject(readOnly)
      const now = await statOf(disk, 'd/n.md')
      expect(await disk.write(vaultPath('d/m.md'), utf8('y'), undefined, false)).toMatchObject(
        readOnly,
      )
      expect(await disk.trash(path, now)).toMatchObject(readOnly)
      expect(await disk.move(path, vaultPath('m.md'), now)).toMatchObject(readOnly)
      expect(text(root, 'd/n.md')).toBe('x')
      expect(existsSync(join(root, 'm.md'))).toBe(false)
    })
    expect(tmpOf(root)).toEqual([])
  })
})

describe.runIf(canMount())('another disk', () => {
  test('KIND-30 a folder of another disk is a problem; nothing in it is read, written, moved or removed', async () => {
    const { root, disk } = await openDisk()
    writeFileSync(join(root, 'a.md'), 'a')
    using other = new SmallDisk(1024, join(root, 'm'))
    const folder = vaultPath('m')
    const unreadable = { kind: 'unreadable', why: onOtherDisk.message }
    const isRefused = { type: 'failed', problem: onOtherDisk }
    expect(await disk.removeFolder(folder, () => false)).toEqual(onOtherDisk)
    writeFileSync(join(other.folder, 'n.md'), 'x')
    const inside = vaultPath('m/n.md')
    const { entries, problems } = await disk.list()
    expect([...entries.keys()].sort()).toEqual(['a.md', 'm'])
    expect(entries.get(folder)).toEqual(unreadable)
    expect([...problems]).toEqual([['m', onOtherDisk]])
    expect((await disk.list(folder)).problems.get('m')).toEqual(onOtherDisk)
    expect(await disk.stat(folder)).toEqual(unreadable)
    expect(await disk.stat(inside)).toEqual({ ...unreadable, isBelow: true })
    expect(await disk.read(inside)).toBeUndefined()
    const seen = await statOf(disk, 'a.md')
    expect(await disk.write(vaultPath('m/new.md'), utf8('x'), undefined, true)).toEqual(isRefused)
    expect(await disk.write(inside, utf8('x'), seen, true)).toEqual(isRefused)
    expect(await disk.move(vaultPath('a.md'), vaultPath('m/a.md'), seen)).toEqual(isRefused)
    expect(await disk.trash(inside, seen)).toEqual(isRefused)
    expect(await disk.makeFolder(vaultPath('m/d'))).toEqual(onOtherDisk)
    expect(readdirSync(other.folder)).toEqual(['n.md'])
  })

  test('SYNC-48 what cannot be renamed into a folder that is bound in, or out of it, is refused and stays as it is', async () => {
    const { root, disk } = await openDisk()
    const [outside, folder] = [tempFolder(), join(root, 'm')]
    mkdirSync(folder)
    for (const file of [join(root, 'a.md'), join(outside, 'n.md')]) writeFileSync(file, 'x')
    execFileSync('mount', ['--bind', outside, folder])
    try {
      const [inside, fresh] = [vaultPath('m/n.md'), vaultPath('m/new.md')]
      const [seen, seenOutside] = [await statOf(disk, 'm/n.md'), await statOf(disk, 'a.md')]
      const outcomes = [
        await disk.write(inside, utf8('y'), seen, true),
        await disk.write(inside, utf8('y'), seen, false),
        await disk.write(fresh, utf8('y'), undefined, false),
        await disk.move(vaultPath('a.md'), vaultPath('m/a.md'), seenOutside),
        await disk.trash(inside, seen),
      ]
      const { message } = onOtherDisk
      const refused = { type: 'failed', problem: { code: 'refused', message } }
      expect(outcomes).toEqual(outcomes.map(() => refused))
      expect(trashOf(root)).toEqual([])
      expect([readdirSync(folder), text(root, 'm/n.md'), text(root, 'a.md')]).toEqual([
        ['n.md'],
        'x',
        'x',
      ])
    } finally {
      execFileSync('umount', [folder])
    }
  })
})
