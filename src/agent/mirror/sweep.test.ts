// What a listing of the folder leads to.
import { expect, test } from 'vitest'
import { DiskFaults } from '../../../test/fakes/disk-faults.ts'
import { fileId, pathOf } from '../../../test/fakes/facts.ts'
import { MemoryDisk } from '../../../test/fakes/memory-disk.ts'
import { MemoryFolder, statOf } from '../../../test/fakes/memory-folder.ts'
import type { FileId } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { MemoryLocalStore } from '../store/memory-local-store.ts'
import { ContestedFiles } from './contested-files.ts'
import type { MirrorContext } from './context.ts'
import { DueFolders } from './due-folders.ts'
import { HintSet } from './hints.ts'
import { Ledger } from './ledger.ts'
import { Problems } from './problems.ts'
import { Refusals } from './refusals.ts'
import { sweep } from './sweep.ts'
import { VanishedFiles } from './vanished.ts'

const id = fileId(1)

/** A folder with one note at `path`, which is in step. */
function givenNote(path: VaultPath) {
  const now = 1_800_000_000_000
  const folder = new MemoryFolder(
    () => now,
    () => undefined,
  )
  folder.writeInPlace(path, 'text\n')
  const stat = statOf(folder.files.get(path) ?? expect.unreachable())
  const ledger = new Ledger(new MemoryLocalStore())
  ledger.setBase(id, { path, hash: '', stat, at: 0, merged: true, kind: 'text' as const })
  const [hints, vanished, unread] = [new HintSet(), new VanishedFiles(), new Set<FileId>()]
  const context = {
    ledger,
    hints,
    vanished,
    unread,
    disk: new MemoryDisk(folder, () => Promise.resolve(), new DiskFaults()),
    clock: { now: () => now },
    folders: new DueFolders(),
    blocked: new Map(),
    contested: new ContestedFiles(),
    index: { folders: new Map(), namesFolder: () => false },
    problems: new Problems(),
    refused: new Refusals(),
  } as unknown as MirrorContext
  return { context, hints, vanished, unread, now }
}

test('SYNC-31 a note that could not be read is looked at again, though nothing about it changed; one that is gone is not', async () => {
  const path = pathOf('closed/n.md')
  const { context, hints, unread } = givenNote(path)
  unread.add(id).add(fileId(2))
  await sweep(context, undefined)
  expect(hints.has(path)).toBe(true)
  expect([...unread]).toEqual([id])
})

test('SYNC-38 a note that was missing and stands there as it was is looked at', async () => {
  const path = pathOf('moved/n.md')
  const { context, hints, vanished, now } = givenNote(path)
  await sweep(context, undefined)
  expect(hints.has(path)).toBe(false)
  vanished.add(id, now, 0)
  await sweep(context, undefined)
  expect(hints.has(path)).toBe(true)
})
