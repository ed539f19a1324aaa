// When a path is read.
import { expect, test, vi } from 'vitest'
import { fileId, pathOf } from '../../../test/fakes/facts.ts'
import { MemoryDisk } from '../../../test/fakes/memory-disk.ts'
import { MemoryFolder, statOf } from '../../../test/fakes/memory-folder.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { MemoryLocalStore } from '../store/memory-local-store.ts'
import { emptySettleMs, settleMs } from '../core/settle.ts'
import type { MirrorContext } from './context.ts'
import { DueFolders } from './due-folders.ts'
import { HintSet } from './hints.ts'
import { Ledger } from './ledger.ts'
import { rereadMs } from './moved.ts'
import { observe } from './observe.ts'
import { Problems } from './problems.ts'
import { VanishedFiles } from './vanished.ts'

const id = fileId(1)

/** A disk on which `race` happens after the look at a file and before it is read. */
class RacingDisk extends MemoryDisk {
  race = (): void => undefined
  override read(path: VaultPath) {
    this.race()
    return super.read(path)
  }
}

/** A folder with one note at `path`, which is in step. */
function givenNote(path: VaultPath) {
  let now = 1_800_000_000_000
  const folder = new MemoryFolder(() => now, vi.fn())
  folder.writeInPlace(path, 'text\n')
  const stat = statOf(folder.files.get(path) ?? expect.unreachable())
  const ledger = new Ledger(new MemoryLocalStore())
  ledger.setBase(id, { path, hash: '', stat, at: 0, merged: true, kind: 'text' as const })
  const [hints, vanished] = [new HintSet(), new VanishedFiles()]
  const disk = new RacingDisk(folder, () => Promise.resolve())
  const context = {
    ledger,
    hints,
    vanished,
    outbox: { isFull: false },
    disk,
    clock: { now: () => now },
    notes: { baseText: () => Promise.resolve('text\n') },
    folders: new DueFolders(),
    problems: new Problems(),
    staged: new Map(),
    postponed: new Map(),
    unread: new Set(),
    replaced: new Map(),
    scan: { generation: 0 },
    fingerprints: { isReading: () => false, filesInReading: () => [] },
  } as unknown as MirrorContext
  const hint = (at: VaultPath): void => hints.add(at, now)
  const pass = (ms: number): number => (now += ms)
  return { context, folder, disk, hints, vanished, hint, pass }
}

test('SYNC-5 HC-3 a file that was renamed and then emptied is given time to be written', async () => {
  const [old, path] = [pathOf('old.md'), pathOf('new.md')]
  const { context, folder, hints, hint, pass } = givenNote(old)
  folder.rename(old, path)
  folder.writeInPlace(path, '')
  hint(path)
  const now = pass(emptySettleMs / 2)
  expect(await observe(context)).toEqual({ changed: [], moved: [], appeared: [] })
  expect(hints.nextDue()).toBe(now + emptySettleMs / 2)
})

test('SYNC-5 a file that is emptied between the look at it and the reading is not read as empty', async () => {
  const path = pathOf('n.md')
  const { context, folder, disk, hints, hint, pass } = givenNote(path)
  folder.writeInPlace(path, 'text, edited\n')
  hint(path)
  const now = pass(settleMs)
  disk.race = () => folder.writeInPlace(path, '')
  expect(await observe(context)).toEqual({ changed: [], moved: [], appeared: [] })
  expect(hints.nextDue()).toBe(now + rereadMs)
})

test.each([
  ['a file where a folder was', 'p.md/in/a.md', 'p.md'],
  ['a folder where a file was', 'p.md', 'p.md/in/a.md'],
])('SYNC-33 %s waits until what was there is deleted', async (_, before, after) => {
  const { context, folder, vanished, hint, pass } = givenNote(pathOf(before))
  folder.remove(pathOf(before))
  vanished.add(id, pass(50), 0)
  folder.writeInPlace(pathOf(after), 'quite another\n')
  hint(pathOf(after))
  const appearedIn = async (turns: number) => {
    const appeared = []
    for (let n = 0; n < turns; n++, pass(50)) appeared.push(...(await observe(context)).appeared)
    return appeared
  }
  expect(await appearedIn(10)).toEqual([])
  context.ledger.dropBase(id)
  vanished.delete(id)
  expect(await appearedIn(2)).toMatchObject([{ path: after }])
})

test('SYNC-35 a known file seen over another counts as seen there until it is sure that it was moved', async () => {
  const [old, path] = [pathOf('b.md'), pathOf('a.md')]
  const { context, folder, hints, hint, pass } = givenNote(old)
  folder.writeInPlace(path, 'another\n')
  const stat = statOf(folder.files.get(path) ?? expect.unreachable())
  context.ledger.setBase(fileId(2), {
    path,
    hash: '',
    stat,
    at: 0,
    merged: true,
    kind: 'text' as const,
  })
  pass(settleMs)
  folder.remove(path)
  folder.rename(old, path)
  hint(path)
  await observe(context)
  expect(hints.seenFiles()).toEqual([statOf(folder.files.get(path) ?? expect.unreachable())])
})
