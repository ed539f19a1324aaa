// What of the trash goes for good.
import { expect, test } from 'vitest'
import { type Trashed, planPrune } from './trash.ts'

const day = 86_400_000
const now = 100 * day
const mib = 1024 ** 2
const trashed = (ageDays: number, mebibytes = 1): Trashed => ({
  name: `${ageDays} days`,
  at: now - ageDays * day,
  bytes: mebibytes * mib,
})

test.each<[string, Trashed[], string[]]>([
  ['nothing of nothing', [], []],
  ['nothing that is young', [trashed(0), trashed(29)], []],
  ['what is older than 30 days', [trashed(31), trashed(2), trashed(45)], ['45 days', '31 days']],
  [
    'the oldest beyond 1 GiB',
    [trashed(3, 600), trashed(2, 600), trashed(5, 10)],
    ['5 days', '3 days'],
  ],
  ['never what is younger than a day', [trashed(0.5, 5000), trashed(2)], ['2 days']],
])('SYNC-32 of the trash goes %s', (_, all, names) => {
  expect(planPrune(all, now)).toEqual(names)
})
