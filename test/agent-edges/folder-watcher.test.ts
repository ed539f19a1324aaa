// The watcher against every case in which other watchers go deaf (M8), on a real folder.
import { chmodSync, mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Hint } from '../../src/agent/disk/disk.ts'
import { FolderWatcher } from '../../src/agent/disk/folder-watcher.ts'
import type { FolderEvents } from '../../src/agent/disk/watcher.ts'
import { ManualClock } from '../fakes/manual-clock.ts'
import { silentLogger } from '../fakes/silent-logger.ts'
import { systemClock } from '../../src/system.ts'
import { asNobody, openDisk, tempFolder, vaultPath } from './helpers.ts'

async function watching(prepare: (root: string) => void = () => {}) {
  const root = join(tempFolder(), 'vault')
  mkdirSync(root)
  prepare(root)
  const { disk } = await openDisk(root)
  const watcher = new FolderWatcher({ disk, clock: systemClock, logger: silentLogger })
  const hints: Hint[] = []
  await watcher.start((hint) => hints.push(hint))
  onTestFinished(() => watcher.stop())
  return { root, hints, watcher, disk }
}

const covers = (hint: Hint, path: string) =>
  hint.type === 'tree'
    ? hint.folder === undefined || path.startsWith(`${hint.folder}/`) || path === hint.folder
    : hint.type === 'path' && hint.path === path

/** Does something and waits for a hint that covers `path`. */
async function expectHint(hints: Hint[], path: string, act: () => void): Promise<void> {
  hints.length = 0
  act()
  await vi.waitFor(() => expect(hints.some((hint) => covers(hint, path))).toBe(true), {
    timeout: 4000,
    interval: 5,
  })
}

/** Waits until the hints of what was done before have all come: a later change is seen. */
async function settled(root: string, hints: Hint[]): Promise<void> {
  await expectHint(hints, 'probe.md', () => writeFileSync(join(root, 'probe.md'), 'x'))
  unlinkSync(join(root, 'probe.md'))
}

const write = (root: string, path: string, text = 'x') => writeFileSync(join(root, path), text)
const exactly = (path: string): Hint => ({ type: 'path', path: vaultPath(path) })

describe('FolderWatcher', () => {
  test('SYNC-20 hints at a new, changed, replaced and deleted file', async () => {
    const { root, hints } = await watching((folder) => mkdirSync(join(folder, 'd')))
    for (const path of ['a.md', 'd/b.md']) {
      await expectHint(hints, path, () => write(root, path))
      await expectHint(hints, path, () => write(root, path, 'other'))
      await expectHint(hints, path, () => {
        write(root, 'tmp~')
        renameSync(join(root, 'tmp~'), join(root, path))
      })
      await expectHint(hints, path, () => write(root, path, 'after replacing'))
      await expectHint(hints, path, () => unlinkSync(join(root, path)))
      await expectHint(hints, path, () => write(root, path, 'again'))
      expect(hints).toContainEqual(exactly(path))
    }
  })

  test('SYNC-22 a folder that may not be entered any more is hinted at, nothing made up in it', async () => {
    const { root, hints } = await watching((folder) => mkdirSync(join(folder, 'd')))
    await asNobody(dirname(root), async () => {
      await settled(root, hints)
      await expectHint(hints, 'd', () => chmodSync(join(root, 'd'), 0o000))
      const since = [...hints]
      await settled(root, hints)
      expect([...since, ...hints]).not.toContainEqual(exactly('d/d'))
    })
  })

  test('SYNC-20 HC-25 hints at files in folders made a moment before', async () => {
    const { root, hints } = await watching()
    await expectHint(hints, 'a/b/c/f.md', () => {
      mkdirSync(join(root, 'a/b/c'), { recursive: true })
      write(root, 'a/b/c/f.md')
    })
    await vi.waitFor(() => expect(hints.filter((hint) => hint.type === 'tree')).toHaveLength(2))
    await expectHint(hints, 'a/b/c/f.md', () => write(root, 'a/b/c/f.md', 'later'))
    expect(hints).toContainEqual(exactly('a/b/c/f.md'))
  })

  test('SYNC-20 HC-26 watches a populated folder that was moved in', async () => {
    const { root, hints } = await watching()
    const outside = tempFolder()
    mkdirSync(join(outside, 'in/deep'), { recursive: true })
    write(outside, 'in/deep/n.md')
    await expectHint(hints, 'in/deep/n.md', () => renameSync(join(outside, 'in'), join(root, 'in')))
    await vi.waitFor(() => expect(hints.filter((hint) => hint.type === 'tree')).toHaveLength(2))
    await expectHint(hints, 'in/deep/n.md', () => write(root, 'in/deep/n.md', 'later'))
    expect(hints).toContainEqual(exactly('in/deep/n.md'))
  })

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'HC-27 hears edits in a folder that was removed and made again (%i)',
    async () => {
      const { root, hints } = await watching((folder) => {
        mkdirSync(join(folder, 'd/e'), { recursive: true })
        write(folder, 'd/e/f.md')
      })
      await expectHint(hints, 'd/e/f.md', () => {
        rmSync(join(root, 'd'), { recursive: true })
        mkdirSync(join(root, 'd/e'), { recursive: true })
        write(root, 'd/e/f.md')
      })
      await settled(root, hints)
      await vi.waitFor(() => {
        hints.length = 0
        write(root, 'd/e/f.md', String(Math.random()))
        return vi.waitFor(() => expect(hints).toContainEqual(exactly('d/e/f.md')), 200)
      }, 4000)
    },
  )

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('SYNC-20 hears edits in swapped folders (%i)', async () => {
    const { root, hints } = await watching((folder) => {
      for (const name of ['x', 'new']) {
        mkdirSync(join(folder, name, 'deep'), { recursive: true })
        write(folder, `${name}/deep/f.md`)
      }
    })
    await expectHint(hints, 'x/deep/f.md', () => {
      renameSync(join(root, 'x'), join(root, 'old'))
      renameSync(join(root, 'new'), join(root, 'x'))
    })
    await settled(root, hints)
    for (const path of ['x/deep/f.md', 'old/deep/f.md']) {
      await vi.waitFor(() => {
        hints.length = 0
        write(root, path, String(Math.random()))
        return vi.waitFor(() => expect(hints).toContainEqual(exactly(path)), 200)
      }, 4000)
    }
  })

  test('SYNC-20 hears edits after a folder was renamed', async () => {
    const { root, hints } = await watching((folder) => {
      mkdirSync(join(folder, 'a/b'), { recursive: true })
      write(folder, 'a/b/f.md')
    })
    await expectHint(hints, 'c/b/f.md', () => renameSync(join(root, 'a'), join(root, 'c')))
    expect(hints).toContainEqual({ type: 'tree', folder: 'a' })
    await settled(root, hints)
    await expectHint(hints, 'c/b/f.md', () => write(root, 'c/b/f.md', 'later'))
  })

  test('SYNC-20 notices that the vault folder was replaced, and hears edits in the new one', async () => {
    const { root, hints } = await watching((folder) => write(folder, 'a.md'))
    await expectHint(hints, 'a.md', () => {
      renameSync(root, `${root}-old`)
      mkdirSync(root)
    })
    await vi.waitFor(() => {
      hints.length = 0
      write(root, 'a.md', String(Math.random()))
      return vi.waitFor(() => expect(hints).toContainEqual(exactly('a.md')), 200)
    }, 6000)
  })

  test('SYNC-23 notices that the vault folder may not be read any more, and that it may again', async () => {
    const { root, hints } = await watching((folder) => write(folder, 'a.md'))
    await asNobody(dirname(root), async () => {
      await settled(root, hints)
      await expectHint(hints, 'a.md', () => chmodSync(root, 0o000))
      await expectHint(hints, 'a.md', () => chmodSync(root, 0o755))
    })
  })

  test('PATH-8 HC-5 HC-88 says nothing of ignored files', async () => {
    const { root, hints } = await watching((folder) => {
      for (const name of ['.git', '.undrift/tmp'])
        mkdirSync(join(folder, name), { recursive: true })
    })
    hints.length = 0
    for (const path of ['4913', '.n.md.swp', 'n.md~', '.git/HEAD', '.undrift/tmp/w'])
      write(root, path)
    await expectHint(hints, 'n.md', () => write(root, 'n.md'))
    expect(hints.every((hint) => hint.type === 'path' && hint.path === 'n.md')).toBe(true)
  })

  test('PATH-8 HC-45 a change of the ignore rules is a change of everything', async () => {
    const { root, hints } = await watching()
    await expectHint(hints, 'any.md', () => write(root, '.undriftignore', '*.x'))
  })

  test('PATH-8 HC-45 hints at files in a folder that other rules let in', async () => {
    const { root, hints, disk } = await watching((folder) => {
      mkdirSync(join(folder, 'private/deep'), { recursive: true })
      write(folder, '.undriftignore', 'private/\n')
    })
    write(root, '.undriftignore', '# nothing is private\n')
    await disk.list()
    const looksAgain: Hint = { type: 'tree', folder: vaultPath('private') }
    await vi.waitFor(() => expect(hints).toContainEqual(looksAgain))
    write(root, 'private/deep/n.md')
    await vi.waitFor(() => expect(hints).toContainEqual(exactly('private/deep/n.md')))
  })

  test('SYNC-20 HC-39 misses no file of a burst in many new folders', async () => {
    const { root, hints } = await watching()
    const paths = Array.from({ length: 1000 }, (_, n) => `d${n % 50}/e/n${n}.md`)
    for (const path of paths) {
      mkdirSync(join(root, path, '..'), { recursive: true })
      write(root, path)
    }
    await vi.waitFor(() => {
      expect(paths.filter((path) => !hints.some((hint) => covers(hint, path)))).toEqual([])
    }, 5000)
  })

  test('is silent after stop, also when stopped at once', async () => {
    const { root, hints, watcher } = await watching()
    mkdirSync(join(root, 'd'))
    await watcher.stop()
    hints.length = 0
    write(root, 'd/a.md')
    await watcher.stop()
    expect(hints).toEqual([])
  })

  test('SYNC-20 HC-135 sweeps often where folders cannot be watched, in every session anew', async () => {
    const clock = new ManualClock()
    const { disk } = await openDisk(tempFolder(), clock)
    const fail: ((error: Error) => void)[] = []
    const watch = (_: string, events: FolderEvents) => {
      fail.push((error) => events.onError(error))
      return { ready: Promise.resolve(), close: () => Promise.resolve() }
    }
    const watcher = new FolderWatcher({ disk, clock, logger: silentLogger, watch })
    onTestFinished(() => watcher.stop())
    for (let session = 0; session < 2; session++) {
      const hints: Hint[] = []
      await watcher.start((hint) => hints.push(hint))
      fail.pop()?.(new Error('ENOSPC: no watches left'))
      hints.length = 0
      clock.advance(10_000)
      expect(hints).toEqual([{ type: 'tree', folder: undefined }])
      await watcher.stop()
    }
  })
})
