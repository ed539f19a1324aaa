// When a file that is gone counts as deleted.
import { describe, expect, test } from 'vitest'
import { fileId } from '../../../test/fakes/facts.ts'
import { VanishedFiles } from './vanished.ts'

const [a, b, c] = [fileId(1), fileId(2), fileId(3)]

describe('VanishedFiles', () => {
  test('SYNC-10 HC-6 a file is deleted when none has vanished for 150 ms and the whole folder was looked through since', () => {
    const vanished = new VanishedFiles()
    vanished.add(a, 1000, 3)
    expect(vanished.due()).toBe(1150)
    expect(vanished.deletable(1149, 4)).toEqual({ type: 'none' })
    expect(vanished.deletable(1150, 3)).toEqual({ type: 'sweep-first' })
    expect(vanished.deletable(1150, 4)).toEqual({ type: 'deleted', ids: [a] })
  })

  test('SYNC-10 HC-34 the group is judged together: one that vanished last holds back all', () => {
    const vanished = new VanishedFiles()
    vanished.add(a, 1000, 3)
    vanished.add(b, 1100, 4)
    expect(vanished.deletable(1150, 4)).toEqual({ type: 'none' })
    expect(vanished.deletable(1250, 4)).toEqual({ type: 'sweep-first' })
    expect(vanished.deletable(1250, 5)).toEqual({ type: 'deleted', ids: [a, b] })
  })

  test('SYNC-10 files that vanish on and on are judged after five seconds', () => {
    const vanished = new VanishedFiles()
    vanished.add(a, 0, 0)
    vanished.add(b, 4_990, 0)
    expect(vanished.deletable(4_999, 1)).toEqual({ type: 'none' })
    expect(vanished.deletable(5_000, 1)).toEqual({ type: 'deleted', ids: [a, b] })
  })

  test('SYNC-10 HC-118 a group is not over while more seem to be gone, but for five seconds', () => {
    const vanished = new VanishedFiles()
    vanished.add(a, 0, 0)
    expect(vanished.deletable(4_999, 1, true)).toEqual({ type: 'none' })
    expect(vanished.deletable(5_000, 1, true)).toEqual({ type: 'deleted', ids: [a] })
  })

  test('SYNC-10 HC-30 one that was found elsewhere is no longer among them', () => {
    const vanished = new VanishedFiles()
    vanished.add(a, 0, 0)
    vanished.add(c, 0, 0)
    vanished.delete(a)
    expect([...vanished.ids()]).toEqual([c])
    expect(vanished.has(a)).toBe(false)
    vanished.delete(c)
    expect(vanished.size).toBe(0)
    expect(vanished.deletable(10_000, 9)).toEqual({ type: 'none' })
    expect(vanished.due()).toBeUndefined()
  })

  test('SYNC-10 a group that is over by the end of the turn that asked too early is asked for again', () => {
    const vanished = new VanishedFiles()
    vanished.add(a, 1000, 3)
    vanished.deletable(1149, 4)
    expect(vanished.due()).toBe(1150)
    vanished.deletable(1150, 4)
    expect(vanished.due()).toBeUndefined()
  })

  test('SYNC-10 being missed again does not begin the wait anew', () => {
    const vanished = new VanishedFiles()
    vanished.add(a, 0, 0)
    vanished.add(a, 100, 5)
    expect(vanished.deletable(150, 1)).toEqual({ type: 'deleted', ids: [a] })
  })
})
