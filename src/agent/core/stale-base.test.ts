// Which earlier bases are remembered, and for how long.
import { describe, expect, test } from 'vitest'
import type { EarlierBase } from './facts.ts'
import { dropExpired, mayBeStale, nothing, rememberEarlier } from './stale-base.ts'

const hour = 3_600_000
const base = (at: number, replacedAt = at): EarlierBase => ({ at, replacedAt })

describe('earlier bases', () => {
  test('SYNC-11 HC-20 eight are kept: the oldest ones and the newest', () => {
    let earlier: EarlierBase[] = []
    for (let at = 1; at <= 20; at++) earlier = rememberEarlier(earlier, base(at))
    expect(earlier.map(({ at }) => at)).toEqual([1, 2, 3, 4, 5, 6, 7, 20])
  })

  test('SYNC-11 HC-12 an hour after it was replaced a base explains nothing any more', () => {
    const earlier = [base(1, 0), base(2, 1)]
    expect(dropExpired(earlier, hour)).toEqual(earlier)
    expect(dropExpired(earlier, hour + 1)).toEqual([base(2, 1)])
    expect(rememberEarlier(earlier, base(3, hour + 2))).toEqual([base(3, hour + 2)])
  })

  test('SYNC-11 nothing is changed in place', () => {
    const earlier = Object.freeze([base(1)])
    expect(rememberEarlier(earlier, base(2))).toEqual([base(1), base(2)])
    expect(earlier).toEqual([base(1)])
  })

  test('SYNC-11 HC-13 a save that takes our write back as a whole is stale for 30 seconds, then meant', () => {
    expect(mayBeStale(base(1, 0), 'before', 'before', 30_000)).toBe(true)
    expect(mayBeStale(base(1, 0), 'before', 'before', 30_001)).toBe(false)
    expect(mayBeStale(base(1, 0), 'before', 'before, edited', hour)).toBe(true)
    expect(mayBeStale(base(1, 0), 'before', 'before, edited', hour + 1)).toBe(false)
  })

  test('SYNC-11 HC-12 a program may create over a note that arrived less than 30 seconds ago', () => {
    expect(mayBeStale(base(nothing, 0), '', 'created', 30_000)).toBe(true)
    expect(mayBeStale(base(nothing, 0), '', 'created', 30_001)).toBe(false)
  })
})
