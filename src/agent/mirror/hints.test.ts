// Paths to look at: when, how, and that none is forgotten.
import { describe, expect, test } from 'vitest'
import { pathOf } from '../../../test/fakes/facts.ts'
import { HintSet } from './hints.ts'

const [a, b] = [pathOf('a.md'), pathOf('b.md')]
const seenAt = (since: number, at: number) => ({ since, seen: { entry: undefined, at } })

describe('HintSet', () => {
  test('SYNC-13 a path is taken when its time has come, once', () => {
    const hints = new HintSet()
    hints.add(a, 0)
    hints.add(b, 0, 50)
    expect(hints.nextDue()).toBe(0)
    expect(hints.takeDue(0, 10).map(({ path }) => path)).toEqual([a])
    expect(hints.takeDue(49, 10)).toEqual([])
    expect(hints.nextDue()).toBe(50)
    expect(hints.takeDue(50, 10).map(({ path }) => path)).toEqual([b])
    expect(hints.size).toBe(0)
    expect(hints.nextDue()).toBeUndefined()
  })

  test('SYNC-13 HC-7 many hints for one path are one look, at the earliest time, since the first hint', () => {
    const hints = new HintSet()
    hints.add(a, 0, 100)
    hints.add(a, 10, 60)
    hints.add(a, 20, 500)
    expect(hints.size).toBe(1)
    expect(hints.nextDue()).toBe(60)
    expect(hints.takeDue(60, 10)[0]?.watch).toEqual({ since: 0, seen: undefined })
  })

  test('SYNC-13 a look by content stays one, whoever else asks and however often it is put back', () => {
    const hints = new HintSet()
    hints.add(a, 0, 0, true)
    hints.add(a, 0)
    const [first] = hints.takeDue(0, 1)
    expect(first?.force).toBe(true)
    hints.putBack({ path: a, watch: seenAt(0, 0), force: false }, 20)
    hints.add(a, 5, 5, true)
    expect(hints.takeDue(5, 1)[0]?.force).toBe(true)
  })

  test('SYNC-13 what was asked for during a look is not lost when that one is put back', () => {
    const hints = new HintSet()
    hints.add(a, 0)
    const [taken] = hints.takeDue(0, 1)
    hints.add(a, 1, 1, true)
    hints.putBack({ ...(taken ?? expect.unreachable()), watch: seenAt(0, 1) }, 30)
    expect(hints.size).toBe(1)
    expect(hints.takeDue(30, 1)).toEqual([{ path: a, watch: seenAt(0, 1), force: true }])
  })

  test('SYNC-13 no more paths are taken at a time than asked for', () => {
    const hints = new HintSet()
    for (let n = 0; n < 10; n++) hints.add(pathOf(`${n}.md`), 0)
    expect(hints.takeDue(0, 4)).toHaveLength(4)
    expect(hints.size).toBe(6)
  })

  test('SYNC-13 what is being given time is counted apart, and so is what was not there', () => {
    const hints = new HintSet()
    hints.add(a, 0)
    hints.putBack({ path: b, watch: seenAt(0, 0), force: false }, 250)
    expect(hints.settling).toBe(1)
    expect([...hints.absent()]).toEqual([b])
    const file = { since: 0, seen: { entry: { kind: 'folder', isEmpty: false } as const, at: 0 } }
    hints.putBack({ path: b, watch: file, force: false }, 250)
    expect([...hints.absent()]).toEqual([])
  })

  test('SYNC-13 the whole vault goes before folders in it, and folders are taken once', () => {
    const hints = new HintSet()
    hints.addTree(pathOf('x'))
    hints.addTree(pathOf('y'))
    expect(hints.takeTrees()).toEqual(['x', 'y'])
    hints.addTree(pathOf('x'))
    hints.addTree(undefined)
    expect(hints.hasTrees).toBe(true)
    expect(hints.takeTrees()).toEqual([undefined])
    expect(hints.hasTrees).toBe(false)
    expect(hints.takeTrees()).toEqual([])
  })
})
