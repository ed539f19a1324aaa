// Which earlier bases are remembered, and for how long.
import { describe, expect, test } from 'vitest'
import { fileId, statAt } from '../../../test/fakes/facts.ts'
import { type EarlierBase, noFacts } from './facts.ts'
import {
  dropExpired,
  dropSeen,
  insists,
  nothing,
  rememberEarlier,
  savedAtMs,
  staleOrigin,
} from './stale-base.ts'

const hour = 3_600_000
const base = (at: number, replacedAt = at): EarlierBase => ({ at, replacedAt })

describe('earlier bases', () => {
  test('SYNC-11 HC-20 eight are kept: of more, the one goes that stood on disk for the shortest time', () => {
    const times = [1_000, 61_000, 121_000, 121_200, 181_000, 241_000, 301_000, 361_000]
    const earlier = times.map((replacedAt, i) => base(i + 1, replacedAt))
    const kept = rememberEarlier(earlier, base(9, 361_001))
    expect(kept.map(({ at }) => at)).toEqual([1, 2, 3, 5, 6, 7, 8, 9])
    const shortAgain = rememberEarlier(kept, base(10, 361_002))
    expect(shortAgain.map(({ at }) => at)).toEqual([1, 2, 3, 5, 6, 7, 8, 10])
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
    const earlier = [{ earlier: base(1, 0), text: 'a\n' }]
    expect(staleOrigin(earlier, 'a\nours\n', 'a\n', 30_000)).toBe('a\n')
    expect(staleOrigin(earlier, 'a\nours\n', 'a\n', 30_001)).toBeUndefined()
    expect(staleOrigin(earlier, 'a\nours\n', 'a\nedited\n', hour)).toBe('a\n')
    expect(staleOrigin(earlier, 'a\nours\n', 'a\nours\nedited\n', hour)).toBeUndefined()
  })

  test('SYNC-40 HC-12 who saves a part of our write within 2 seconds wrote it too, and has not seen the rest', () => {
    const [ours, theirs] = ['a\nours\nlisted\n', 'a\ntheirs\nlisted\n']
    const earlier = [{ earlier: base(1, 0), text: 'a\n' }]
    expect(staleOrigin(earlier, ours, theirs, 1_999)).toBe('a\n')
    expect(staleOrigin(earlier, ours, theirs, 2_000)).toBeUndefined()
    expect(staleOrigin(earlier, ours, `${ours}theirs\n`, 1)).toBeUndefined()
  })

  test('SYNC-40 HC-20 who has a part of each of two writes of ours has seen neither', () => {
    const earlier = [
      { earlier: base(1, 0), text: 'a\n' },
      { earlier: base(2, 500), text: 'a\nbook\nlisted\n' },
    ]
    const live = 'a\nbook\ncall\nlisted\nlinked\n'
    expect(staleOrigin(earlier, live, 'a\nlisted\nlinked\n', 1_000)).toBe('a\n')
  })

  test('SYNC-40 who saves a part of a file that we have just made has seen it', () => {
    const earlier = [{ earlier: base(nothing, 0), text: '' }]
    expect(staleOrigin(earlier, 'one\ntwo\n', 'one\nTWO\n', 1)).toBeUndefined()
  })

  test('SYNC-40 only the first save after our write shows what its editor had not seen', () => {
    const [ours, theirs] = ['a\nours\nlisted\n', 'a\ntheirs\nlisted\n']
    const answered = [{ earlier: { ...base(1, 0), isAnswered: true as const }, text: 'a\n' }]
    expect(staleOrigin(answered, ours, theirs, 1)).toBeUndefined()
  })

  test('SYNC-11 HC-19 what was replaced after a save explains it not, but for clocks that differ a little', () => {
    const late = (replacedAt: number) => [{ earlier: base(1, replacedAt), text: 'a\nlate\n' }]
    expect(staleOrigin(late(62_000), 'a\nlate\nours\n', 'a\n', 60_000)).toBe('a\nlate\n')
    expect(staleOrigin(late(62_001), 'a\nlate\nours\n', 'a\n', 60_000)).toBeUndefined()
  })

  test('SYNC-11 HC-12 a file was saved at its mtime, whenever it was renamed; a restored mtime tells nothing', () => {
    const written = statAt(1_000)
    const renamedLater = statAt(9_000, { mtime: statAt(2_000).mtime })
    const putBack = statAt(9_000, { mtime: statAt(500).mtime })
    expect(savedAtMs(renamedLater, written)).toBe(2_000)
    expect(savedAtMs(putBack, written)).toBe(9_000)
    expect(savedAtMs(putBack, undefined)).toBe(500)
  })

  test('SYNC-25 a save that has seen our last write leaves the bases of the last 30 seconds', () => {
    expect(dropSeen([base(1, 0), base(2, 1)], 30_001)).toEqual([base(2, 1)])
  })

  test('SYNC-25 the save that was overruled is meant when it is made again, two seconds after we wrote', () => {
    const earlier = [base(1, 500), base(2, 1_000)]
    const facts = { ...noFacts(fileId(1)), earlier, overruled: { hash: 'h', times: 1 } }
    expect(insists(facts, 'h', 3_000)).toBe(true)
    expect(insists(facts, 'h', 2_999)).toBe(false)
    expect(insists(facts, 'other', 3_000)).toBe(false)
    expect(insists({ ...facts, overruled: undefined }, 'h', 3_000)).toBe(false)
  })

  test('SYNC-41 the save that was overruled five times is meant, however soon it is made again', () => {
    const facts = { ...noFacts(fileId(1)), earlier: [base(1, 500)] }
    expect(insists({ ...facts, overruled: { hash: 'h', times: 4 } }, 'h', 501)).toBe(false)
    expect(insists({ ...facts, overruled: { hash: 'h', times: 5 } }, 'h', 501)).toBe(true)
    expect(insists({ ...facts, overruled: { hash: 'h', times: 5 } }, 'other', 501)).toBe(false)
  })

  test('SYNC-11 HC-12 a program may create over a note that arrived less than 30 seconds ago', () => {
    const earlier = [{ earlier: base(nothing, 0), text: '' }]
    expect(staleOrigin(earlier, 'arrived', 'created', 30_000)).toBe('')
    expect(staleOrigin(earlier, 'arrived', 'created', 30_001)).toBeUndefined()
  })

  test('SYNC-11 HC-20 a save that has a line of an earlier base is made from that, not from nothing', () => {
    const earlier = [
      { earlier: base(nothing, 0), text: '' },
      { earlier: base(1, 1), text: 'call\n' },
    ]
    expect(staleOrigin(earlier, 'call mother tomorrow\n', 'call\nshop\n', 2)).toBe('call\n')
    expect(staleOrigin(earlier, 'call mother tomorrow\n', 'shop\n', 2)).toBe('')
  })
})
