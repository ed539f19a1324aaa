// What a listing of the folder leads to.
import { expect, test } from 'vitest'
import { DiskFaults } from '../../../test/fakes/disk-faults.ts'
import { fileId, pathOf } from '../../../test/fakes/facts.ts'
import { MemoryDisk } from '../../../test/fakes/memory-disk.ts'
import { MemoryFolder, statOf } from '../../../test/fakes/memory-folder.ts'
import { MemoryLocalStore } from '../store/memory-local-store.ts'
import type { MirrorContext } from './context.ts'
import { HintSet } from './hints.ts'
import { Ledger } from './ledger.ts'
import { Problems } from './problems.ts'
import { Refusals } from './refusals.ts'
import { sweep } from './sweep.ts'

test('SYNC-31 a note that could not be read is looked at again, though nothing about it changed; one that is gone is not', async () => {
  const folder = new MemoryFolder(
    () => 1_800_000_000_000,
    () => undefined,
  )
  const path = pathOf('closed/n.md')
  folder.writeInPlace(path, 'text\n')
  const inode = folder.files.get(path)
  if (inode === undefined) expect.unreachable()
  const ledger = new Ledger(new MemoryLocalStore())
  ledger.setBase(fileId(1), { path, hash: '', stat: statOf(inode), at: 0, merged: true })
  const hints = new HintSet()
  const context = {
    ledger,
    hints,
    disk: new MemoryDisk(folder, () => Promise.resolve(), new DiskFaults()),
    clock: { now: () => 1_800_000_000_000 },
    problems: new Problems(),
    refused: new Refusals(),
    unread: new Set([fileId(1), fileId(2)]),
  } as unknown as MirrorContext
  await sweep(context, undefined)
  expect(hints.has(path)).toBe(true)
  expect([...context.unread]).toEqual([fileId(1)])
})
