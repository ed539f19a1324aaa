// When a path is read.
import { expect, test } from 'vitest'
import { fileId, pathOf } from '../../../test/fakes/facts.ts'
import { MemoryDisk } from '../../../test/fakes/memory-disk.ts'
import { MemoryFolder, statOf } from '../../../test/fakes/memory-folder.ts'
import { MemoryLocalStore } from '../store/memory-local-store.ts'
import { emptySettleMs } from '../core/settle.ts'
import type { MirrorContext } from './context.ts'
import { HintSet } from './hints.ts'
import { Ledger } from './ledger.ts'
import { observe } from './observe.ts'
import { Problems } from './problems.ts'
import { VanishedFiles } from './vanished.ts'

test('SYNC-5 HC-3 a file that was renamed and then emptied is given time to be written', async () => {
  let now = 1_800_000_000_000
  const folder = new MemoryFolder(
    () => now,
    () => undefined,
  )
  const [old, path] = [pathOf('old.md'), pathOf('new.md')]
  folder.writeInPlace(old, 'text\n')
  const inode = folder.files.get(old)
  if (inode === undefined) expect.unreachable()
  const ledger = new Ledger(new MemoryLocalStore())
  ledger.setBase(fileId(1), { path: old, hash: '', stat: statOf(inode), at: 0, merged: true })
  const hints = new HintSet()
  const context = {
    ledger,
    hints,
    outbox: { isFull: false },
    disk: new MemoryDisk(folder, () => Promise.resolve()),
    clock: { now: () => now },
    vanished: new VanishedFiles(),
    problems: new Problems(),
    staged: new Map(),
    postponed: new Map(),
    scan: { generation: 0 },
  } as unknown as MirrorContext
  folder.rename(old, path)
  folder.writeInPlace(path, '')
  hints.add(path, now)
  now += emptySettleMs / 2
  expect(await observe(context)).toEqual({ changed: [], moved: [], appeared: [] })
  expect(hints.nextDue()).toBe(now + emptySettleMs / 2)
})
