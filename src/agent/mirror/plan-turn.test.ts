// Which files a turn takes for deleted.
import { expect, test } from 'vitest'
import { fileId, pathOf } from '../../../test/fakes/facts.ts'
import { MemoryFolder, statOf } from '../../../test/fakes/memory-folder.ts'
import { blobHashOf } from '../blob/fingerprint.ts'
import { MemoryLocalStore } from '../store/memory-local-store.ts'
import type { FileStat } from '../core/facts.ts'
import { encodeText } from '../core/text.ts'
import { ContestedFiles } from './contested-files.ts'
import type { MirrorContext } from './context.ts'
import { AwaitedBlobs } from './awaited-blobs.ts'
import { HintSet } from './hints.ts'
import { Ledger } from './ledger.ts'
import { planTurn } from './plan-turn.ts'
import { VanishedFiles } from './vanished.ts'

/** A note that was missed long ago and stands at `path` now. */
function givenMissing() {
  const now = 1_800_000_000_000
  const folder = new MemoryFolder(
    () => now,
    () => undefined,
  )
  const [old, path, id] = [pathOf('old.md'), pathOf('new.md'), fileId(1)]
  folder.writeInPlace(old, 'one\ntwo\n')
  const ledger = new Ledger(new MemoryLocalStore())
  const inode = folder.files.get(old) ?? expect.unreachable()
  ledger.setBase(id, {
    path: old,
    hash: '',
    stat: statOf(inode),
    at: 0,
    merged: true,
    kind: 'text' as const,
  })
  folder.rename(old, path)
  folder.writeInPlace(path, 'one\n')
  const hints = new HintSet()
  const inReading: FileStat[] = []
  const vanished = new VanishedFiles()
  vanished.add(id, now - 60_000, 0)
  const context = {
    ledger,
    hints,
    fingerprints: { filesInReading: () => inReading },
    vanished,
    outbox: { isAsking: () => false },
    clock: { now: () => now },
    index: { tree: { live: new Map() }, tombstone: () => undefined, content: () => undefined },
    scan: { generation: 1 },
    pending: new Set(),
    blocked: new Map(),
    contested: new ContestedFiles(),
    awaited: new AwaitedBlobs(),
    replaced: new Map(),
    failed: new Map(),
    log: { debug: () => undefined },
  } as unknown as MirrorContext
  const isDeleted = async (): Promise<boolean> => {
    const tasks = await planTurn(context, { changed: [], moved: [], appeared: [] })
    return tasks.some(({ verdict }) => verdict.act === 'publish-delete')
  }
  const seen = { entry: { kind: 'file', stat: statOf(inode) }, at: now } as const
  return { context, id, path, now, hints, inReading, seen, isDeleted }
}

test('SYNC-10 HC-34 a file that is being written at its new path is not deleted', async () => {
  const { path, now, hints, seen, isDeleted } = givenMissing()
  hints.putBack({ path, watch: { since: now, seen }, force: false }, now + 250)
  expect(await isDeleted()).toBe(false)
  hints.takeDue(now + 250, 1)
  expect(await isDeleted()).toBe(true)
})

test('SYNC-10 HC-34 a long file that is being read at its new path is not deleted', async () => {
  const { inReading, seen, isDeleted } = givenMissing()
  inReading.push(seen.entry.stat)
  expect(await isDeleted()).toBe(false)
  inReading.pop()
  expect(await isDeleted()).toBe(true)
})

test('SYNC-38 nothing is deleted while a folder waits to be looked through', async () => {
  const { hints, isDeleted } = givenMissing()
  hints.addTree(pathOf('folder'))
  expect(await isDeleted()).toBe(false)
  hints.takeTrees()
  expect(await isDeleted()).toBe(true)
})

test('BLOB-53 a file that has no bytes any more waits for none, though others wait for these', async () => {
  const { context, id, isDeleted } = givenMissing()
  const [bytes, another] = [blobHashOf(encodeText('bytes')), fileId(2)]
  for (const file of [id, another]) context.awaited.add(bytes, file)
  expect(await isDeleted()).toBe(true)
  expect([...context.awaited.waitingFor(bytes)]).toEqual([another])
})
