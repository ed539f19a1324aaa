import { expect, test } from 'vitest'
import { SeqRuns } from './seq-runs.ts'

test('RELAY-7 the numbers of a ledger are known, those in its gaps are not', () => {
  const runs = new SeqRuns([1, 2, 3, 900, 901])
  const copy = runs.copy()
  runs.add(902)
  const known = [0, 1, 3, 4, 899, 900, 902, 903].filter((seq) => runs.has(seq))
  expect(known).toEqual([1, 3, 900, 902])
  expect([copy.has(901), copy.has(902)]).toEqual([true, false])
})
