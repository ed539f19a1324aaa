// What happens to names on disk while programs save.
import { expect, test } from 'vitest'
import { fileId, pathOf } from '../../../test/fakes/facts.ts'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { MemoryDisk } from '../../../test/fakes/memory-disk.ts'
import { MemoryFolder, statOf } from '../../../test/fakes/memory-folder.ts'
import { blobHashOf } from '../blob/fingerprint.ts'
import { encodeText } from '../core/text.ts'
import { MemoryLocalStore } from '../store/memory-local-store.ts'
import type { FileStat } from '../core/facts.ts'
import { AwaitedBlobs } from './awaited-blobs.ts'
import type { MirrorContext } from './context.ts'
import { HintSet } from './hints.ts'
import { Ledger } from './ledger.ts'
import { prepareWrite, writeAll } from './materialise.ts'
import { moveAll } from './relocate.ts'
import { Problems } from './problems.ts'

const [held, other] = [fileId(1), fileId(2)]
const [a, b] = [pathOf('a.md'), pathOf('b.md')]
const [hash, at] = ['0'.repeat(64), 1]

/** A folder with `a.md` and `b.md`, which are in step. */
function given() {
  const clock = new ManualClock()
  const folder = new MemoryFolder(
    () => clock.now(),
    () => undefined,
  )
  const disk = new MemoryDisk(folder, () => Promise.resolve())
  const ledger = new Ledger(new MemoryLocalStore())
  const baseOf = (id: typeof held, path: typeof a) => {
    folder.writeInPlace(path, path)
    const inode = folder.files.get(path) ?? expect.unreachable()
    const stat: FileStat = statOf(inode)
    const base = { path, hash, stat, at, merged: true, kind: 'text' as const }
    ledger.setBase(id, base)
    return base
  }
  baseOf(held, a)
  const base = baseOf(other, b)
  const [staged, failed] = [new Map<typeof held, FileStat>(), new Set<typeof held>()]
  const [hints, problems] = [new HintSet(), new Problems()]
  const index = { mode: () => 6, content: () => undefined }
  const facts = { clock, disk, ledger, index, staged, failed, hints, problems, pending: new Set() }
  return { context: facts as unknown as MirrorContext, folder, base, failed }
}

test('SYNC-19 HC-4 a name that a program took away for the moment of a save is not given to another file', async () => {
  const { context, folder, base, failed } = given()
  folder.files.delete(a)
  await moveAll(context, [{ id: other, base, to: a }])
  const bytes = new Uint8Array([1])
  await writeAll(context, [
    { id: fileId(3), path: a, hash, source: bytes, size: 1, keepOld: false, at, kind: 'text' },
  ])
  expect([...folder.files.keys()]).toEqual([b])
  expect([...failed]).toEqual([other, fileId(3)])
})

test('SYNC-36 a new file that a program rewrites at once, at the same length, is read once more', async () => {
  const { context, folder } = given()
  const { ledger, hints, clock } = context
  const [id, path, bytes] = [fileId(3), pathOf('c.md'), encodeText('- x')]
  const inode = folder.create(bytes)
  const write = () => {
    folder.files.set(path, inode)
    return Promise.resolve({ type: 'written', stat: statOf(inode) })
  }
  const onOneTick = { ...context, disk: { write } } as unknown as MirrorContext
  await writeAll(onOneTick, [
    { id, path, hash, source: bytes, size: bytes.length, keepOld: false, at, kind: 'text' },
  ])
  folder.writeInPlace(path, '* x')
  expect(ledger.at(path)?.base?.stat).toEqual(statOf(inode))
  expect(hints.takeDue(clock.now() + 1_000, 1)).toMatchObject([{ path, force: true }])
})

test('BLOB-85 a file of the same bytes does not wait for one whose name is taken', async () => {
  const { context, failed } = given()
  const [part, awaited] = [blobHashOf(encodeText('bytes')), new AwaitedBlobs()]
  const [first, second] = [fileId(3), fileId(4)]
  for (const id of [first, second]) awaited.add(part, id)
  const one = { id: first, path: a, hash: part, source: { part }, size: 5, keepOld: true, at }
  await writeAll({ ...context, awaited }, [{ ...one, kind: 'binary' }])
  expect([...failed].toSorted()).toEqual([first, second].toSorted())
})

test('PATH-40 rules that take too long are not written, and listed until others come', async () => {
  const { context, failed } = given()
  const path = pathOf('.undriftignore')
  let text = '**/a/**/a/**/a/**/b\n'
  const notes = { text: () => Promise.resolve(text) }
  const withRules = { ...context, notes } as unknown as MirrorContext
  expect(await prepareWrite(withRules, fileId(3), path)).toBeUndefined()
  expect([...failed]).toEqual([fileId(3)])
  expect(context.problems.list()).toMatchObject([{ path, code: 'delayed' }])
  text = '*.log\n'
  expect(await prepareWrite(withRules, fileId(3), path)).toMatchObject({ path, size: 6 })
})
