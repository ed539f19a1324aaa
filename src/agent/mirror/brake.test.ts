// What waits for a person, over many turns, and what a yes lets through.
import { expect, test } from 'vitest'
import { fileId, pathOf, statAt } from '../../../test/fakes/facts.ts'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { Brake } from './brake.ts'
import type { MirrorContext } from './context.ts'
import { HintSet } from './hints.ts'
import type { Task } from './plan-turn.ts'
import { VanishedFiles } from './vanished.ts'

const emptied = (n: number): Task => {
  const disk = {
    kind: 'text' as const,
    path: pathOf(`${n}.md`),
    text: '',
    hash: '',
    stat: statAt(1),
  }
  const verdict = { act: 'ingest', why: 'edited here' } as const
  return { id: fileId(n), verdict, state: 'changed', empties: true, disk }
}
const deleted = (n: number): Task => {
  const verdict = { act: 'trash', why: 'deleted elsewhere' } as const
  return { id: fileId(n), verdict, state: 'same', empties: false, disk: undefined }
}
const revived = (n: number): Task => {
  return { ...deleted(n), verdict: { act: 'write', why: 'edited elsewhere' } }
}
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

const unmounted = { reason: 'the marker is missing', advice: 'Mount its disk again.' }

function givenBrake(placed: number) {
  const clock = new ManualClock()
  const context = {
    clock,
    ledger: { placed },
    hints: new HintSet(),
    pending: new Set(),
    vanished: new VanishedFiles(),
    disk: { folderProblem: () => Promise.resolve(unmounted), rulesProblem: () => undefined },
  } as unknown as MirrorContext
  return { brake: new Brake(context), clock, context }
}

test('SYNC-12 HC-118 what comes in many small turns is counted together, for a minute', () => {
  const { brake, clock } = givenBrake(100)
  expect(brake.filter(range(0, 15).map(emptied))).toHaveLength(15)
  expect(brake.filter(range(15, 30).map(emptied))).toEqual([])
  expect(brake.held).toMatchObject({ deletes: 0, overwrites: 15 })
  clock.advance(60_001)
  expect(brake.filter(range(15, 30).map(emptied))).toEqual([])
  expect(brake.filter(range(15, 30).map(revived))).toHaveLength(15)
  expect(brake.held).toBeNull()
  expect(brake.filter(range(15, 30).map(emptied))).toHaveLength(15)
})

test('SYNC-12 HC-118 what is left of a held change when some files are put back is held still', () => {
  const { brake } = givenBrake(100)
  expect(brake.filter(range(0, 40).map(deleted))).toEqual([])
  const tasks = [...range(0, 22).map(revived), ...range(22, 40).map(deleted)]
  expect(brake.filter(tasks)).toHaveLength(22)
  expect(brake.held).toMatchObject({ deletes: 18 })
  brake.confirm()
  expect(brake.filter(range(22, 40).map(deleted))).toHaveLength(18)
})

test('SYNC-12 HC-118 a yes is for what is held, also when that comes in later turns, and for nothing else', () => {
  const { brake } = givenBrake(100)
  expect(brake.filter(range(0, 40).map(emptied))).toEqual([])
  brake.confirm()
  expect(brake.held).toBeNull()
  expect(brake.filter([])).toEqual([])
  expect(brake.held).toBeNull()
  expect(brake.filter(range(0, 40).map(emptied))).toHaveLength(40)
  expect(brake.held).toBeNull()
  expect(brake.filter(range(40, 80).map(emptied))).toEqual([])
})

test('SYNC-12 HC-118 a yes that was not used is not for a later delete of the same files', () => {
  const { brake } = givenBrake(100)
  expect(brake.filter(range(0, 40).map(deleted))).toEqual([])
  brake.confirm()
  expect(brake.filter(range(0, 40).map(revived))).toHaveLength(40)
  expect(brake.filter(range(0, 40).map(deleted))).toEqual([])
  expect(brake.held).toMatchObject({ deletes: 40 })
})

test('SYNC-12 HC-118 deletes that are held are forgotten when the files come back', () => {
  const { brake, context } = givenBrake(100)
  const deletes = range(0, 40).map((n): Task => {
    const verdict = { act: 'publish-delete', why: 'deleted here' } as const
    context.vanished.add(fileId(n), 0, 0)
    return { id: fileId(n), verdict, state: 'absent', empties: false, disk: undefined }
  })
  expect(brake.filter(deletes)).toEqual([])
  for (const { id } of deletes) context.vanished.delete(id)
  brake.filter([])
  expect(brake.held).toBeNull()
})

test('SYNC-12 HC-119 nobody can confirm that the marker is missing', async () => {
  const { brake } = givenBrake(100)
  expect(await brake.checkFolder()).toBe(false)
  brake.confirm()
  expect(brake.held).toMatchObject({ deletes: 0, overwrites: 0 })
  expect(brake.filter(range(0, 40).map(emptied))).toEqual([])
})

test('SYNC-12 HC-119 a marker that is back is no reason any more, also where deletes wait', async () => {
  const { brake, context } = givenBrake(100)
  brake.filter(range(0, 40).map(deleted))
  const { held } = brake
  expect(await brake.checkFolder()).toBe(false)
  expect(brake.held).toMatchObject({ deletes: 0 })
  context.disk.folderProblem = () => Promise.resolve(undefined)
  expect(await brake.checkFolder()).toBe(true)
  expect(brake.held).toEqual(held)
  expect(context.hints.hasTrees).toBe(true)
})

test('PATH-11 while the rules of the vault are unknown nothing is read or written', async () => {
  const { brake, context } = givenBrake(100)
  const problem = { code: 'unreadable', message: 'no permission' } as const
  context.disk.folderProblem = () => Promise.resolve(undefined)
  context.disk.rulesProblem = () => problem
  expect(await brake.checkFolder()).toBe(false)
  expect(brake.held).toMatchObject({ reason: expect.stringContaining('no permission') as string })
  context.disk.rulesProblem = () => undefined
  expect(await brake.checkFolder()).toBe(true)
  expect(brake.held).toBeNull()
})
