// When a file may be read.
import { describe, expect, test } from 'vitest'
import { statAt } from '../../../test/fakes/facts.ts'
import type { DiskEntry, FileStat } from './facts.ts'
import {
  type Watch,
  emptySettleMs,
  maxSettleMs,
  settle,
  settleMs,
  shrinkSettleMs,
} from './settle.ts'

const start = 1_700_000_000_000
const fresh = (since = start): Watch => ({ since, seen: undefined })
const file = (atMs: number, facts: Partial<FileStat> = {}): DiskEntry => ({
  kind: 'file',
  stat: statAt(atMs, facts),
})

/** Looks as often as `settle` asks, at what `entryAt` says is there; the time from `start` when it is read. */
function readAfter(
  entryAt: (ms: number) => DiskEntry | undefined,
  base?: FileStat,
  { limitMs = 10_000, isText = true } = {},
): number {
  let watch = fresh()
  for (let ms = 0; ms <= limitMs;) {
    const result = settle(watch, start + ms, entryAt(ms), base, isText)
    if (result.type === 'settled') return ms
    expect(result.ms).toBeGreaterThan(0)
    watch = result.watch
    ms += result.ms
  }
  return expect.unreachable(`not read within ${limitMs} ms`)
}

const oldBase = statAt(start - 60_000)

describe('settle', () => {
  test('SYNC-4 SYNC-5 SYNC-6 the times, in ms', () => {
    expect([settleMs, shrinkSettleMs, emptySettleMs, maxSettleMs]).toEqual([12, 250, 2_000, 1_000])
  })

  test('SYNC-4 a file is read once size and times have stood still for 12 ms', () => {
    expect(readAfter(() => file(start), oldBase)).toBe(12)
    expect(readAfter(() => file(start - 5), oldBase)).toBe(7)
    expect(readAfter(() => file(start - 12), oldBase)).toBe(0)
    expect(readAfter(() => file(start))).toBe(12)
  })

  test('SYNC-4 every change begins the wait anew', () => {
    const savedTwice = (ms: number) => file(ms < 10 ? start : start + 10)
    expect(readAfter(savedTwice, oldBase)).toBe(22)
  })

  test('SYNC-5 HC-3 a file that was emptied waits two seconds, one that was always empty does not', () => {
    const emptied = file(start, { size: 0 })
    expect(readAfter(() => emptied, oldBase)).toBe(2_000)
    expect(readAfter(() => emptied, statAt(0, { size: 0 }))).toBe(12)
    expect(readAfter(() => emptied)).toBe(12)
  })

  test('SYNC-5 HC-3 truncated, written after a pause: what is read is the whole', () => {
    const entryAt = (ms: number) =>
      ms < 1_500 ? file(start, { size: 0 }) : file(start + 1_500, { size: 7 })
    const readAt = readAfter(entryAt, oldBase)
    expect(readAt).toBeGreaterThanOrEqual(1_512)
    expect(entryAt(readAt)).toEqual(file(start + 1_500, { size: 7 }))
  })

  test('SYNC-5 HC-3 written in two halves with a pause: what is read is the whole', () => {
    const entryAt = (ms: number) =>
      ms < 200 ? file(start, { size: 5 }) : file(start + 200, { size: 11 })
    const readAt = readAfter(entryAt, oldBase)
    expect(readAt).toBeGreaterThanOrEqual(212)
    expect(entryAt(readAt)).toEqual(file(start + 200, { size: 11 }))
    expect(readAfter(() => file(start, { size: 5 }), oldBase)).toBe(250)
  })

  test('SYNC-5 SYNC-6 HC-3 truncated, and after a long pause written in two halves: the first half is not read', () => {
    const seen = { entry: file(start, { size: 0 }), at: start }
    const half = file(start + 1_500, { size: 5 })
    const first = settle({ since: start, seen }, start + 1_500, half, oldBase, true)
    expect(first).toMatchObject({ type: 'wait', ms: shrinkSettleMs })
  })

  test('SYNC-4 HC-107 a large file is given longer, by its size, and an old one is read at once', () => {
    const large = { size: 16 * 1024 * 1024 }
    expect(readAfter(() => file(start, large))).toBe(268)
    expect(readAfter(() => file(start - 1_000, large))).toBe(0)
  })

  test('SYNC-6 HC-7 a file that never stands still is read after a second all the same', () => {
    const growing = (ms: number) => file(start + ms, { size: 100 + ms })
    const readAt = readAfter(growing, oldBase)
    expect(readAt).toBeGreaterThanOrEqual(1_000)
    expect(readAt).toBeLessThan(1_050)
  })

  test('SYNC-7 HC-6 a name that is empty is given 250 ms to be taken again', () => {
    expect(readAfter(() => undefined, oldBase)).toBe(250)
    const dance = (ms: number) => (ms < 200 ? undefined : file(start + 200))
    expect(readAfter(dance, oldBase)).toBeGreaterThan(200)
  })

  test('SYNC-7 where nothing was known and nothing is, there is nothing to wait for', () => {
    expect(readAfter(() => undefined)).toBe(0)
  })

  test('SYNC-4 HC-26 a file that was moved in came finished: it is read at once', () => {
    const moved = { ino: '77', birth: '77', mtime: `${start - 60_000}000000` }
    expect(readAfter(() => file(start, moved))).toBe(0)
    expect(readAfter(() => file(start, moved), oldBase)).toBe(0)
    expect(readAfter(() => file(start, { ...moved, size: 0 }))).toBe(12)
  })

  test('SYNC-4 HC-9 a young ctime on the same inode is an edit whose mtime was put back', () => {
    expect(readAfter(() => file(start, { mtime: oldBase.mtime }), oldBase)).toBe(12)
  })

  test('SYNC-4 folders, links and what cannot be read are not waited for', () => {
    const kinds: DiskEntry[] = [
      { kind: 'folder', isEmpty: false },
      { kind: 'link', stat: statAt(1), target: 'x' },
      { kind: 'special' },
      { kind: 'unreadable', why: 'EACCES' },
    ]
    for (const entry of kinds) expect(readAfter(() => entry, oldBase)).toBe(0)
  })

  test('SYNC-4 HC-146 a clock that runs behind the disk or jumps back only waits', () => {
    expect(readAfter(() => file(start + 3_600_000), oldBase)).toBe(12)
    const seen = { entry: file(start), at: start + 3_600_000 }
    const back = settle({ since: start, seen }, start + 20, file(start), oldBase, true)
    expect(back.type).toBe('settled')
  })

  test('BLOB-30 HC-8 a large binary file is read once it has stood still for two seconds, and for more when larger', () => {
    const megabyte = 1024 * 1024
    const binary = { isText: false, limitMs: 100_000 }
    const large = file(start, { size: 20 * megabyte })
    expect(readAfter(() => large, undefined, binary)).toBe(2_020)
    expect(readAfter(() => large)).toBeLessThan(500)
    expect(readAfter(() => file(start, { size: 500 * megabyte }), undefined, binary)).toBe(2_500)
    expect(readAfter(() => file(start, { size: megabyte }), undefined, binary)).toBeLessThan(50)
  })

  test('BLOB-30 HC-8 a slow copy is read when it is whole, and not again and again before', () => {
    const copied = (ms: number) => {
      const at = Math.min(60_000, Math.floor(ms / 1_500) * 1_500)
      return file(start + at, { size: 10_000_000 + at })
    }
    expect(readAfter(copied, undefined, { isText: false, limitMs: 100_000 })).toBe(62_009)
  })
})
