// What happens to a file between our last look at it and the rename over it (SYNC-16, HC-23).
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { FileStat } from '../../src/agent/core/facts.ts'
import { ConfinedFolder } from '../../src/agent/disk/confined.ts'
import { DisplacedFiles } from '../../src/agent/disk/displaced.ts'
import { lstatOf, toFileStat } from '../../src/agent/disk/file-stat.ts'
import { FolderSync } from '../../src/agent/disk/folder-sync.ts'
import { TempFolder } from '../../src/agent/disk/temp.ts'
import { type Kept, Trash } from '../../src/agent/disk/trash.ts'
import { trashFile } from '../../src/agent/disk/move.ts'
import { type DiskParts, writeFile } from '../../src/agent/disk/write.ts'
import { silentLogger } from '../fakes/silent-logger.ts'
import { systemRandom } from '../../src/system.ts'
import { ManualClock } from '../fakes/manual-clock.ts'
import { tempFolder, utf8, vaultPath } from './helpers.ts'

type Race = (file: string) => void

/** A disk on which `race` happens as soon as the file has its name. */
class RacingDisplaced extends DisplacedFiles {
  race: Race = () => {}
  override watch(...replaced: Parameters<DisplacedFiles['watch']>): void {
    this.race('')
    super.watch(...replaced)
  }
}

/** A disk on which `race` happens after the last look and before what is replaced is linked. */
class RacingTemp extends TempFolder {
  race: Race = () => {}
  override displaced(expected: FileStat): string {
    this.race('')
    return super.displaced(expected)
  }
}

class RacingTrash extends Trash {
  race: Race = () => {}
  override async keep(file: string, path: string): Promise<Kept> {
    this.race(file)
    return await super.keep(file, path)
  }
}

/** As on a disk without hard links; the race is after the copy. */
class CopyingTrash extends RacingTrash {
  override async keep(file: string, path: string): Promise<Kept> {
    const kept = join(file.slice(0, -path.length), '.undrift/trash/copies', path)
    mkdirSync(dirname(kept), { recursive: true })
    copyFileSync(file, kept)
    this.race(file)
    return { file: kept, isLink: false }
  }
}

/** Notes which folders were made durable, and what `file` was then. */
class RecordingSync extends FolderSync {
  readonly synced: string[] = []
  file = ''
  race: Race = () => {}
  override async sync(folders: Iterable<string>): Promise<void> {
    const all = [...folders]
    const was = existsSync(this.file) ? readFileSync(this.file, 'utf8') : 'gone'
    for (const folder of all)
      this.synced.push(`${was} ${folder.replace(/\d{4}-\d\d.*?(?=\/|$)/, '*')}`)
    await super.sync(all)
    this.race(this.file)
  }
}

const oldSeconds = 1_700_000_000

function setUp(TrashKind: typeof RacingTrash = RacingTrash, path = 'n.md') {
  const root = tempFolder()
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, 'old')
  utimesSync(file, oldSeconds, oldSeconds)
  const stats = lstatOf(file) ?? expect.unreachable()
  const clock = new ManualClock()
  const temp = new RacingTemp(root, systemRandom)
  const trash = new TrashKind(temp, clock, silentLogger)
  const displaced = new RacingDisplaced({ clock, trash, logger: silentLogger })
  const folderSync = new RecordingSync()
  folderSync.file = file
  const parts: DiskParts = {
    folder: new ConfinedFolder(root),
    temp,
    trash,
    displaced,
    folderSync,
  }
  const write = (keepOld: boolean) =>
    writeFile(parts, {
      path: vaultPath(path),
      source: utf8('ours'),
      expected: toFileStat(stats),
      keepOld,
    })
  const happen = (race: () => void) => {
    temp.race = race
    trash.race = race
  }
  const happenInSync = (race: () => void) => {
    folderSync.race = race
  }
  const happenAfter = (race: () => void) => {
    displaced.race = race
  }
  const filesIn = (folder: string) =>
    readdirSync(join(root, '.undrift', folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
  const remove = () => trashFile(parts, vaultPath('n.md'), toFileStat(stats))
  const synced = () => folderSync.synced.map((line) => line.replace(root, ''))
  return {
    root,
    file,
    clock,
    displaced,
    write,
    remove,
    synced,
    happen,
    happenInSync,
    happenAfter,
    filesIn,
  }
}

const theirs = (file: string) => () => {
  writeFileSync(`${file}.new`, 'theirs')
  renameSync(`${file}.new`, file)
}

test.each([false, true])(
  'SYNC-16 HC-23 another file renamed into its place is not replaced (keepOld %s)',
  async (keepOld) => {
    const { file, write, happen, filesIn } = setUp()
    happen(theirs(file))
    expect(await write(keepOld)).toEqual({ type: 'stale' })
    expect(readFileSync(file, 'utf8')).toBe('theirs')
    expect(filesIn('tmp')).toEqual([])
    if (keepOld) expect(filesIn('trash')).toEqual([])
  },
)

test.each([false, true])(
  'SYNC-16 HC-23 a save into the file itself is not replaced (keepOld %s)',
  async (keepOld) => {
    const { file, write, happen, filesIn } = setUp()
    happen(() => writeFileSync(file, 'theirs'))
    expect(await write(keepOld)).toEqual({ type: 'stale' })
    expect(readFileSync(file, 'utf8')).toBe('theirs')
    expect(filesIn('tmp')).toEqual([])
  },
)

const savedAsBefore = (file: string) => () => {
  writeFileSync(file, 'new')
  utimesSync(file, oldSeconds, oldSeconds)
}

test.each<[string, (file: string) => () => void]>([
  ['renamed into its place', theirs],
  ['saved into it', (file) => () => writeFileSync(file, 'theirs')],
  ['saved into it with its time and length', savedAsBefore],
])('SYNC-16 HC-23 with a copy in the trash: what was %s is not replaced', async (_, race) => {
  const { file, write, happen, filesIn } = setUp(CopyingTrash)
  happen(race(file))
  expect(await write(true)).toEqual({ type: 'stale' })
  expect(readFileSync(file, 'utf8')).not.toMatch(/ours|old/)
  expect([filesIn('tmp'), filesIn('trash')]).toEqual([[], []])
})

test('SYNC-16 SYNC-18 with a copy in the trash: a folder that moved and left a link behind is not written through', async () => {
  const { root, write, happen, filesIn } = setUp(CopyingTrash, 'd/n.md')
  const away = join(tempFolder(), 'd')
  happen(() => {
    renameSync(join(root, 'd'), away)
    symlinkSync(away, join(root, 'd'))
  })
  expect(await write(true)).toEqual({ type: 'stale' })
  expect(readFileSync(join(away, 'n.md'), 'utf8')).toBe('old')
  expect([filesIn('tmp'), filesIn('trash')]).toEqual([[], []])
})

test('SYNC-16 a copy in the trash stays a copy: it is neither watched nor taken for the file', async () => {
  const { root, file, clock, displaced, write, filesIn } = setUp(CopyingTrash)
  const told: string[] = []
  displaced.onLateWrite((bytes) => told.push(new TextDecoder().decode(bytes)))
  const before = statSync(file).ino
  expect(await write(true)).toMatchObject({ type: 'written' })
  expect(statSync(file).ino).not.toBe(before)
  for (let passed = 0; passed < 5000; passed += 50) clock.advance(50)
  expect([told, filesIn('trash')]).toEqual([[], ['n.md']])
  expect(readFileSync(join(root, '.undrift/trash/copies/n.md'), 'utf8')).toBe('old')
})

test('BLOB-82 what is kept in the trash is durable there before the file loses its name', async () => {
  const { write, synced } = setUp()
  expect(await write(true)).toMatchObject({ type: 'written' })
  const kept = ['old /.undrift/trash/*', 'old /.undrift/trash', 'old /.undrift']
  expect(synced()).toEqual([...kept, 'ours '])
})

test('SYNC-16 BLOB-82 another file renamed into its place while that is made durable is not replaced', async () => {
  const { file, write, happenInSync } = setUp()
  happenInSync(theirs(file))
  expect(await write(true)).toEqual({ type: 'stale' })
  expect(readFileSync(file, 'utf8')).toBe('theirs')
})

test('BLOB-82 what goes to the trash is told to be there once it is durable', async () => {
  const { remove, synced } = setUp()
  expect(await remove()).toEqual({ type: 'trashed' })
  const folders = ['/.undrift/trash/*', '/.undrift/trash', '/.undrift', '']
  expect(synced()).toEqual(folders.map((folder) => `gone ${folder}`))
})

test('BLOB-82 an ordinary edit makes one folder durable, its own', async () => {
  const { write, synced } = setUp()
  expect(await write(false)).toMatchObject({ type: 'written' })
  expect(synced()).toEqual(['ours '])
})

/** Another disk than that of temporary folders: no hard link leads from one to the other. */
const otherDisk = '/dev/shm'
const hasOtherDisk = existsSync(otherDisk) && statSync(otherDisk).dev !== statSync(tmpdir()).dev

/** A large file, and the trash on another disk. */
function givenFarTrash() {
  const bytes = new Uint8Array(64 * 1024 * 1024)
  const folder = mkdtempSync(join(otherDisk, 'undrift-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'film.mp4')
  writeFileSync(file, bytes)
  const root = tempFolder()
  const temp = new TempFolder(root, systemRandom)
  const trash = new Trash(temp, new ManualClock(), silentLogger)
  const sizesIn = async (name: string): Promise<number[]> => {
    const folder = join(root, '.undrift', name)
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).size)
  }
  return { bytes, file, temp, trash, sizesIn }
}

test.skipIf(!hasOtherDisk)('BLOB-52 a copy for the trash keeps nothing else waiting', async () => {
  const { bytes, file, trash } = givenFarTrash()
  const keeping = trash.keep(file, 'film.mp4')
  let isKept = false
  void keeping.then(() => (isKept = true))
  // What is done on the event loop ends before anything else has its turn.
  for (let turns = 0; turns < 100; turns++) await Promise.resolve()
  expect(isKept).toBe(false)
  const kept = await keeping
  expect(kept.isLink).toBe(false)
  expect(statSync(kept.file).size).toBe(bytes.length)
})

test.skipIf(!hasOtherDisk)(
  'BLOB-77 a copy on its way to the trash is not in it, and what is left of one goes at the next start',
  async () => {
    const { bytes, file, temp, trash, sizesIn } = givenFarTrash()
    const seen = new Set<number>()
    let areKept = false
    const keeping = Promise.all([1, 2].map(() => trash.keep(file, 'film.mp4'))).finally(() => {
      areKept = true
    })
    while (!areKept) {
      for (const size of await sizesIn('trash')) seen.add(size)
    }
    expect([...seen].filter((size) => size !== bytes.length)).toEqual([])
    expect(await sizesIn('trash')).toEqual([bytes.length, bytes.length])
    expect(new Set((await keeping).map((kept) => kept.file)).size).toBe(2)
    expect(await sizesIn('tmp')).toEqual([])
    writeFileSync(temp.newFile(), 'half a co')
    temp.clean()
    expect(await sizesIn('tmp')).toEqual([])
  },
)

test('SYNC-16 HC-81 what is appended as soon as our text has its name looks changed', async () => {
  const { file, write, happenAfter } = setUp()
  happenAfter(() => appendFileSync(file, ' and theirs'))
  const outcome = await write(false)
  expect(readFileSync(file, 'utf8')).toBe('ours and theirs')
  const now = toFileStat(lstatOf(file) ?? expect.unreachable())
  expect(outcome).toMatchObject({ type: 'written', stat: { ino: now.ino, size: 4 } })
})

test('SYNC-16 what is removed as soon as it has its name is our text, not the one before', async () => {
  const { file, write, happenAfter } = setUp()
  happenAfter(() => rmSync(file))
  expect(await write(false)).toMatchObject({ type: 'written', stat: { size: 4 } })
})

test('SYNC-16 another file put in the place of our text at once is not taken for it', async () => {
  const { file, write, happenAfter } = setUp()
  happenAfter(theirs(file))
  const outcome = await write(false)
  const now = toFileStat(lstatOf(file) ?? expect.unreachable())
  expect(outcome).toMatchObject({ type: 'written', stat: { size: 4 } })
  expect(outcome).not.toMatchObject({ stat: { ino: now.ino } })
})
