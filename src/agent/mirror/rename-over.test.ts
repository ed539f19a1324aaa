// What a file is that stands where another note was, and what waits until that is known.
import { describe, expect, test } from 'vitest'
import { fileId, pathOf, statAt } from '../../../test/fakes/facts.ts'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { silentLogger } from '../../../test/fakes/silent-logger.ts'
import type { FileId } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { MemoryLocalStore } from '../store/memory-local-store.ts'
import { ContestedFiles } from './contested-files.ts'
import type { DiskText, MirrorContext } from './context.ts'
import { AwaitedBlobs } from './awaited-blobs.ts'
import { HintSet } from './hints.ts'
import { Ledger } from './ledger.ts'
import { type Found, findMoved } from './moved.ts'
import { isBehindMissing, planTurn } from './plan-turn.ts'
import { VanishedFiles } from './vanished.ts'

const [idA, idB] = [fileId(1), fileId(2)]
const [a, b] = [pathOf('a.md'), pathOf('b.md')]
const texts = new Map([
  [idA, 'one of a\ntwo of a\nthree of a\n'],
  [idB, 'one of b\ntwo of b\nthree of b\n'],
])

/** Two notes in step, and `edited`: at b.md stands a new file that is like the note of a.md. */
function givenStranger() {
  const clock = new ManualClock()
  const ledger = new Ledger(new MemoryLocalStore())
  for (const [id, path] of [
    [idA, a],
    [idB, b],
  ] as const) {
    const stat = statAt(1, { ino: path })
    ledger.setBase(id, { path, hash: path, stat, at: 0, merged: true, kind: 'text' as const })
  }
  const context = {
    ledger,
    clock,
    hints: new HintSet(),
    fingerprints: { filesInReading: () => [] },
    vanished: new VanishedFiles(),
    postponed: new Map(),
    replaced: new Map(),
    staged: new Map(),
    scan: { generation: 1 },
    pending: new Set(),
    failed: new Set(),
    blocked: new Map(),
    contested: new ContestedFiles(),
    awaited: new AwaitedBlobs(),
    log: silentLogger,
    index: {
      tree: { live: new Map() },
      tombstone: () => undefined,
      content: () => undefined,
    },
    notes: { baseText: async (id: FileId) => texts.get(id) },
  } as unknown as MirrorContext
  const text = `edited ${texts.get(idA)}`
  const edited: DiskText = {
    kind: 'text',
    path: b,
    text,
    hash: 'edited',
    stat: statAt(2, { ino: 'new' }),
  }
  return { context, clock, found: { id: idB, disk: edited } }
}

const find = (context: MirrorContext, found: Found) => findMoved(context, [dirty(b)], [found], [])

function dirty(path: VaultPath, seen?: { entry: undefined; at: number }) {
  return { path, watch: { since: 0, seen }, force: false }
}

const nothing = { changed: [], moved: [], appeared: [] }

describe('a new file with hardly a line of the note whose name it has', () => {
  test('SYNC-35 is the note that is missing and like it, and the other one is gone', async () => {
    const { context, found } = givenStranger()
    context.vanished.add(idA, 0, 0)
    expect(await find(context, found)).toEqual({
      ...nothing,
      moved: [{ id: idA, disk: found.disk }],
    })
    expect(context.vanished.has(idB)).toBe(true)
  })

  test('SYNC-35 is that note, rewritten, once a sweep was finished and nothing is missing', async () => {
    const { context, found } = givenStranger()
    expect(await find(context, found)).toEqual(nothing)
    expect([context.hints.hasTrees, context.hints.has(b)]).toEqual([true, true])
    expect(await find(context, found)).toEqual(nothing)
    context.scan.generation++
    expect(await find(context, found)).toEqual({ ...nothing, changed: [found] })
    expect([context.vanished.size, context.replaced.size]).toEqual([0, 0])
  })

  test('SYNC-35 waits while a note is missing that may come back, but not for long', async () => {
    const { context, clock, found } = givenStranger()
    await find(context, found)
    context.scan.generation++
    context.hints.putBack(dirty(a, { entry: undefined, at: 0 }), Infinity)
    expect(await find(context, found)).toEqual(nothing)
    clock.advance(1_000)
    expect(await find(context, found)).toEqual(nothing)
    clock.advance(2_000)
    expect(await find(context, found)).toEqual({ ...nothing, changed: [found] })
  })

  test('SYNC-35 leaves open what else is new, while a missing note seems to stand over another', async () => {
    const { context } = givenStranger()
    const text = `edited ${texts.get(idB)}`
    const disk = {
      kind: 'text' as const,
      path: pathOf('c.md'),
      text,
      hash: 'edited',
      stat: statAt(2, { ino: 'new' }),
    }
    const entry = { kind: 'file', stat: statAt(1, { ino: a }) } as const
    context.hints.putBack({ ...dirty(b), watch: { since: 0, seen: { entry, at: 0 } } }, Infinity)
    context.vanished.add(idA, 0, 0)
    expect(await findMoved(context, [], [], [disk])).toEqual(nothing)
    context.hints.takeDue(Infinity, 2)
    context.vanished.add(idB, 0, 0)
    const moved = [{ id: idB, disk }]
    expect(await findMoved(context, [], [], [disk])).toEqual({ ...nothing, moved })
  })

  test('SYNC-35 is the missing note, and the other one is what is like that elsewhere', async () => {
    const { context, found } = givenStranger()
    const text = `edited ${texts.get(idB)}`
    const disk = {
      kind: 'text' as const,
      path: pathOf('c.md'),
      text,
      hash: 'too',
      stat: statAt(2, { ino: 'too' }),
    }
    context.vanished.add(idA, 0, 0)
    const moved = [
      { id: idA, disk: found.disk },
      { id: idB, disk },
    ]
    expect(await findMoved(context, [dirty(b)], [found], [disk])).toEqual({ ...nothing, moved })
  })

  test('SYNC-35 may be the missing note: that one is not deleted before it is known', async () => {
    const { context, clock, found } = givenStranger()
    await find(context, found)
    context.vanished.add(idA, 0, 0)
    expect(await planTurn(context, nothing)).toEqual([])
    context.replaced.clear()
    context.hints.takeDue(Infinity, 1)
    context.hints.takeTrees()
    clock.advance(1_000)
    expect(await planTurn(context, nothing)).toMatchObject([{ id: idA, state: 'absent' }])
  })
})

test('SYNC-34 a note gives way to no other that may be deleted', () => {
  const { context } = givenStranger()
  const ahead = new Map([[idA, idB]])
  Object.assign(context, { index: { aheadOf: (id: FileId) => ahead.get(id) } })
  expect(isBehindMissing(context, idA)).toBe(false)
  context.vanished.add(idB, 0, 0)
  expect([isBehindMissing(context, idA), isBehindMissing(context, idB)]).toEqual([true, false])
})
