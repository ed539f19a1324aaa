// Renames that wait for each other, and those that do not.
import { expect, test } from 'vitest'
import { fileId, pathOf, statAt } from '../../../test/fakes/facts.ts'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import type { MoveOutcome, Place } from '../disk/disk.ts'
import { sameStat } from '../core/facts.ts'
import { createIgnoreRules } from '../core/ignore.ts'
import { MemoryLocalStore } from '../store/memory-local-store.ts'
import { ContestedFiles } from './contested-files.ts'
import type { MirrorContext } from './context.ts'
import { HintSet } from './hints.ts'
import { Ledger } from './ledger.ts'
import { trashAll } from './materialise.ts'
import { type Move, moveAll, unstage } from './relocate.ts'
import { Problems } from './problems.ts'
import { VanishedFiles } from './vanished.ts'

const [a, b] = [fileId(1), fileId(2)]

type MoveOnDisk = (from: Place, to: Place) => Promise<MoveOutcome>

/** Files that the index has at each other's place: 1 at `2.md`, or at `place` and a link there; 2 at `1.md`. */
function givenRing(move: MoveOnDisk, place?: string, target?: string) {
  const ledger = new Ledger(new MemoryLocalStore())
  const moves = [a, b].map((id, at): Move => {
    const [path, to] = at === 0 ? ['1.md', '2.md'] : ['2.md', '1.md']
    const base = {
      path: pathOf(path),
      hash: '',
      stat: statAt(1),
      at: 1,
      merged: true,
      kind: 'text' as const,
    }
    ledger.setBase(id, base)
    return { id, base, to: pathOf(to) }
  })
  const context = {
    ledger,
    disk: { move, trash: async () => ({ type: 'trashed' }), rules: () => createIgnoreRules() },
    index: {
      tree: { live: new Map(place === undefined ? [] : [[a, pathOf(place)]]) },
      content: () => (target === undefined ? undefined : { kind: 'link', target, hash: '' }),
    },
    ignored: new Set(),
    hints: new HintSet(),
    clock: new ManualClock(),
    problems: new Problems(),
    pending: new Set(),
    failed: new Set(),
    blocked: new Map(),
    contested: new ContestedFiles(),
    unread: new Set(),
    staged: new Map(),
    vanished: new VanishedFiles(),
  } as unknown as MirrorContext
  return { context, moves }
}

const moved: MoveOutcome = { type: 'moved', stat: statAt(2) }
const occupied: MoveOutcome = { type: 'occupied' }

test('SYNC-27 in a ring one file steps aside for the other', async () => {
  let isFree = false
  const { context, moves } = givenRing(async (_, to) => {
    if (typeof to !== 'string') isFree = true
    return isFree ? moved : occupied
  })
  await moveAll(context, moves)
  expect(context.ledger.facts(b).base?.path).toBe('1.md')
  expect([...context.staged.keys()]).toEqual([a])
  expect([...context.pending]).toEqual([a, b])
})

test('SYNC-27 a file that cannot step aside is listed, and the whole ring is tried again', async () => {
  const problem = { code: 'disk-full', message: 'no room' } as const
  const { context, moves } = givenRing(async (_, to) =>
    typeof to === 'string' ? occupied : { type: 'failed', problem },
  )
  await moveAll(context, moves)
  expect([...context.failed].sort()).toEqual([a, b])
  expect(context.problems.list()).toMatchObject([{ path: '1.md', code: 'disk-full' }])
})

test('SYNC-27 a file that was saved while it should step aside is looked at first', async () => {
  const { context, moves } = givenRing(async (_, to) =>
    typeof to === 'string' ? occupied : { type: 'stale' },
  )
  await moveAll(context, moves)
  expect([...context.failed].sort()).toEqual([a, b])
  expect(context.hints.has(pathOf('1.md'))).toBe(true)
})

test('SYNC-27 a chain that ends at a name which is not free is no ring: nothing leaves the folder', async () => {
  const { context } = givenRing(async () => occupied)
  const { base } = context.ledger.facts(a)
  const { base: second } = context.ledger.facts(b)
  if (base === undefined || second === undefined) return expect.unreachable()
  const moves = [
    { id: a, base, to: pathOf('2.md') },
    { id: b, base: second, to: pathOf('3.md') },
  ]
  await moveAll(context, moves)
  expect([context.staged.size, [...context.failed].sort()]).toEqual([0, [a, b]])
})

test('SYNC-27 HC-4 one that stepped aside goes back where it was while a program saves what has its name', async () => {
  const places: Place[] = []
  const { context } = givenRing(async (_, to) => {
    places.push(to)
    return moved
  }, '2.md')
  context.staged.set(a, statAt(1))
  await unstage(context)
  expect([places, context.staged.size]).toEqual([['1.md'], 0])
  expect(context.ledger.at(pathOf('2.md'))?.id).toBe(b)
})

test('SYNC-27 HC-23 what is written into one that stepped aside is seen when it is back', async () => {
  const written = statAt(2, { size: 12 })
  const { context } = givenRing(async () => ({ type: 'moved', stat: written }), '3.md')
  context.staged.set(a, written)
  await unstage(context)
  const { base } = context.ledger.facts(a)
  expect(base?.path).toBe('3.md')
  expect(base !== undefined && sameStat(base.stat, written)).toBe(false)
})

test.each([
  ['../x', '1.md'],
  ['x', '3.md'],
])('PATH-41 a link to %s that stepped aside goes to %s', async (target, expected) => {
  const { context } = givenRing(async () => moved, '3.md', target)
  context.staged.set(a, statAt(1))
  await unstage(context)
  expect([context.ledger.facts(a).base?.path, context.staged.size]).toEqual([expected, 0])
})

test('PATH-41 a file that stepped aside does not go where it is left out', async () => {
  const { context } = givenRing(async () => moved, 'node_modules/3.md')
  context.staged.set(a, statAt(1))
  await unstage(context)
  expect(context.ledger.facts(a).base?.path).toBe('1.md')
})

test('SYNC-27 one that cannot come back is listed and kept', async () => {
  const problem = { code: 'disk-full', message: 'no room' } as const
  const { context } = givenRing(async () => ({ type: 'failed', problem }))
  context.staged.set(a, statAt(1))
  await unstage(context)
  expect(context.problems.list()).toMatchObject([{ path: '1.md', code: 'disk-full' }])
  expect(context.staged.size).toBe(1)
})

test('SYNC-19 renames that do not wait for each other share the sync of a folder', async () => {
  let underWay = 0
  let release = (): void => undefined
  const both = new Promise<void>((resolve) => void (release = resolve))
  const { context, moves } = givenRing(async () => {
    if (++underWay === 2) release()
    await both
    return moved
  })
  await moveAll(
    context,
    moves.map((move) => ({ ...move, to: pathOf(`to/${move.to}`) })),
  )
  expect([...context.pending]).toEqual([a, b])
})

test('SYNC-26 a file that could not have a name takes it as soon as it is free', async () => {
  const { context } = givenRing(async () => moved)
  context.failed.add(b)
  await trashAll(context, [a])
  expect([[...context.failed], [...context.pending]]).toEqual([[], [b]])
})
