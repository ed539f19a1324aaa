// How much may go at once without a question.
import { describe, expect, test } from 'vitest'
import { brakeFiles, brakeShare, isHeld } from './brake.ts'

describe('isHeld', () => {
  test('SYNC-12 HC-118 the brake is 20 files and a quarter of the vault, both', () => {
    expect([brakeFiles, brakeShare]).toEqual([20, 0.25])
  })

  test.each([
    { deletes: 20, overwrites: 0, total: 20, held: false },
    { deletes: 21, overwrites: 0, total: 21, held: true },
    { deletes: 21, overwrites: 0, total: 84, held: false },
    { deletes: 21, overwrites: 0, total: 83, held: true },
    { deletes: 25, overwrites: 0, total: 100, held: false },
    { deletes: 26, overwrites: 0, total: 100, held: true },
    { deletes: 0, overwrites: 26, total: 100, held: true },
    { deletes: 13, overwrites: 13, total: 100, held: true },
    { deletes: 2500, overwrites: 0, total: 10_000, held: false },
    { deletes: 2501, overwrites: 0, total: 10_000, held: true },
    { deletes: 0, overwrites: 0, total: 0, held: false },
  ])(
    'SYNC-12 HC-118 $deletes deleted and $overwrites emptied of $total: held $held',
    ({ held, ...change }) => {
      expect(isHeld(change)).toBe(held)
    },
  )
})
