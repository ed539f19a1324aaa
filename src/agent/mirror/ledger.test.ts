// What the agent remembers: found by path and inode, durable after a flush, all of it or nothing.
import { describe, expect, test } from 'vitest'
import { fileId, pathOf, statAt } from '../../../test/fakes/facts.ts'
import { INDEX } from '../../shared/ids.ts'
import type { Base } from '../core/facts.ts'
import { MemoryLocalStore, StoreMemory } from '../store/memory-local-store.ts'
import { Ledger } from './ledger.ts'

const [a, b] = [fileId(1), fileId(2)]
const bytes = (...values: number[]) => Uint8Array.from(values)

function baseAt(path: string, ino = '1', facts: Partial<Base> = {}): Base {
  return {
    path: pathOf(path),
    hash: 'h',
    stat: statAt(0, { ino }),
    at: 1,
    merged: true,
    kind: 'text' as const,
    ...facts,
  }
}

async function openOn(memory = new StoreMemory()) {
  const ledger = new Ledger(new MemoryLocalStore(memory))
  await ledger.open()
  return { ledger, memory, store: new MemoryLocalStore(memory) }
}

describe('Ledger', () => {
  test('STORE-7 nothing is durable before a flush, everything after it', async () => {
    const { ledger, memory, store } = await openOn()
    ledger.append(a, bytes(1), true)
    ledger.setBase(a, baseAt('a.md'))
    ledger.append(INDEX, bytes(9), true)
    ledger.setCursor('e', 4)
    expect((await openOn(memory)).ledger.head(a)).toBe(0)
    await ledger.flush()
    const again = (await openOn(memory)).ledger
    expect([again.epoch, again.cursor]).toEqual(['e', 4])
    expect(again.at(pathOf('a.md'))).toEqual(ledger.facts(a))
    expect([...again.unackedDocs()].sort()).toEqual([a, INDEX].sort())
    expect(await store.readLog(a)).toEqual([{ at: 1, update: bytes(1) }])
  })

  test('STORE-7 HC-126 HC-129 base and log position of one turn are one commit', async () => {
    const commits: string[][] = []
    const memory = new StoreMemory()
    const store = new MemoryLocalStore(memory)
    const commit = store.commit.bind(store)
    store.commit = async (changes) => {
      commits.push(changes.map(({ type }) => type))
      await commit(changes)
    }
    const ledger = new Ledger(store)
    await ledger.open()
    const at = ledger.append(a, bytes(1), true)
    ledger.setBase(
      a,
      baseAt('a.md', '1', { at, merged: false, kind: 'text' as const }),
      'text on disk',
    )
    ledger.change(a, { intent: { path: pathOf('a.md'), hash: 'x', at, kind: 'text' as const } })
    await ledger.flush()
    await ledger.flush()
    expect(commits).toEqual([['append', 'base-text', 'facts']])
  })

  test('STORE-7 a flush waits for the one under way, and a log is read only after it', async () => {
    const memory = new StoreMemory()
    let isDurable = (): void => undefined
    const durable = new Promise<void>((resolve) => (isDurable = resolve))
    const ledger = new Ledger(new MemoryLocalStore(memory, () => durable))
    await ledger.open()
    ledger.append(a, bytes(1), true)
    const inOrder: string[] = []
    const flushes = [ledger.flush(), ledger.flush(), ledger.flushLog(a)].map((flush) =>
      flush.then(() => inOrder.push(`${memory.logs.get(a)?.size ?? 0} durable`)),
    )
    inOrder.push('asked')
    isDurable()
    await Promise.all(flushes)
    expect(inOrder).toEqual(['asked', '1 durable', '1 durable', '1 durable'])
  })

  test('SYNC-15 a base is found by its path and by its inode, until it moves or goes', async () => {
    const { ledger } = await openOn()
    ledger.setBase(a, baseAt('a.md', '7'))
    expect(ledger.at(pathOf('a.md'))?.id).toBe(a)
    expect(ledger.withInode(statAt(9, { ino: '7' }))?.id).toBe(a)
    ledger.setBase(a, baseAt('b.md', '8'))
    expect(ledger.at(pathOf('a.md'))).toBeUndefined()
    expect(ledger.withInode(statAt(9, { ino: '7' }))).toBeUndefined()
    expect([...ledger.paths(undefined)]).toEqual(['b.md'])
    ledger.dropBase(a)
    expect(ledger.at(pathOf('b.md'))).toBeUndefined()
    expect(ledger.facts(a)).toMatchObject({ id: a, base: undefined, earlier: [] })
  })

  test('SYNC-15 HC-32 a file whose path another file took is displaced, until it has a place again', async () => {
    const { ledger } = await openOn()
    ledger.setBase(a, baseAt('x.md', '1'))
    ledger.setBase(b, baseAt('y.md', '2'))
    expect(ledger.takeDisplaced()).toEqual([])
    ledger.setBase(b, baseAt('x.md', '2'))
    expect(ledger.takeDisplaced()).toEqual([a])
    expect(ledger.takeDisplaced()).toEqual([])
    ledger.setBase(b, baseAt('y.md', '2'))
    ledger.setBase(a, baseAt('x.md', '1'))
    ledger.setBase(b, baseAt('x.md', '2'))
    ledger.setBase(a, baseAt('y.md', '1'))
    expect(ledger.takeDisplaced()).toEqual([])
    expect(ledger.at(pathOf('x.md'))?.id).toBe(b)
    expect(ledger.at(pathOf('y.md'))?.id).toBe(a)
  })

  test('SYNC-15 what is heard of a displaced file gives it no place', async () => {
    const { ledger } = await openOn()
    ledger.setBase(a, baseAt('x.md', '1'))
    ledger.setBase(b, baseAt('x.md', '2'))
    ledger.append(a, bytes(1), false)
    expect(ledger.at(pathOf('x.md'))?.id).toBe(b)
    expect(ledger.displacedFrom(a)).toBe('x.md')
    expect(ledger.displacedFrom(b)).toBeUndefined()
  })

  test.each([
    ['first', [a, b]],
    ['last', [b, a]],
  ])('SYNC-15 after a restart the file that came last has its path, read %s', async (_, order) => {
    const { ledger, memory } = await openOn()
    for (const id of order) ledger.change(id, {})
    ledger.setBase(b, baseAt('x.md', '1', { stat: statAt(1_000, { ino: '1' }) }))
    ledger.setBase(a, baseAt('x.md', '2', { stat: statAt(2_000, { ino: '2' }) }))
    await ledger.flush()
    expect([...memory.files.keys()]).toEqual(order)
    const again = (await openOn(memory)).ledger
    expect(again.at(pathOf('x.md'))?.id).toBe(a)
    expect(again.takeDisplaced()).toEqual([b])
  })

  test('SYNC-15 HC-38 an inode number that is used again is another file', async () => {
    const { ledger } = await openOn()
    const [first, second] = [
      statAt(0, { ino: '5', birth: '1' }),
      statAt(0, { ino: '5', birth: '2' }),
    ]
    ledger.setBase(a, baseAt('a.md', '5', { stat: first }))
    ledger.setBase(b, baseAt('b.md', '5', { stat: second }))
    expect(ledger.withInode(first)?.id).toBe(a)
    expect(ledger.withInode(second)?.id).toBe(b)
    ledger.dropBase(a)
    expect(ledger.withInode(first)).toBeUndefined()
    expect(ledger.withInode(second)?.id).toBe(b)
  })

  test('LINK-3 HC-127 HC-128 what the relay has not acknowledged is known after a restart, position by position', async () => {
    const { ledger, memory } = await openOn()
    ledger.append(a, bytes(1), true)
    ledger.append(a, bytes(2), false)
    ledger.append(a, bytes(3), true)
    expect(ledger.unacked(a)).toEqual([1, 3])
    ledger.setUnacked(a, [3])
    await ledger.flush()
    const again = (await openOn(memory)).ledger
    expect(again.unacked(a)).toEqual([3])
    again.setUnacked(a, [])
    expect(again.unackedDocs().size).toBe(0)
  })

  test('STORE-7 a base keeps a text of its own only while it differs from the document', async () => {
    const { ledger, store } = await openOn()
    ledger.setBase(a, baseAt('a.md', '1', { merged: false, kind: 'text' as const }), 'own')
    await ledger.flush()
    expect(await store.readBaseText(a)).toBe('own')
    ledger.setBase(a, baseAt('a.md', '1', { merged: true, kind: 'text' as const }), 'own')
    await ledger.flush()
    expect(await store.readBaseText(a)).toBeUndefined()
  })

  test('STORE-12 a log that has grown long is so until it is compacted', async () => {
    const { ledger } = await openOn()
    for (let n = 0; n < 64; n++) ledger.append(a, bytes(n), false)
    expect(ledger.long()).toEqual([a])
    expect(ledger.long()).toEqual([a])
    ledger.compact(a, bytes(1))
    expect(ledger.long()).toEqual([])
  })

  test('STORE-7 a log is compacted up to its head, and read only once it is complete', async () => {
    const { ledger, store } = await openOn()
    for (const n of [1, 2, 3]) ledger.append(a, bytes(n), false)
    await ledger.flushLog(a)
    expect(await store.readLog(a)).toHaveLength(3)
    ledger.compact(a, bytes(123))
    await ledger.flush()
    expect(await store.readLog(a)).toEqual([{ at: 3, update: bytes(123) }])
    expect(ledger.append(a, bytes(4), false)).toBe(4)
  })
})
