// How much may go at once without a question.
import { describe, expect, test } from 'vitest'
import { brakeFiles, brakeShare, isHeld } from './brake.ts'

describe('isHeld', () => {
  test('SYNC-12 HC-118 the brake is 20 files and a quarter of the vault, both', () => {
    expect([brakeFiles, brakeShare]).toEqual([20, 0.25])
  })

  test.each([
    { taken: 20, total: 20, held: false },
    { taken: 21, total: 21, held: true },
    { taken: 21, total: 84, held: false },
    { taken: 21, total: 83, held: true },
    { taken: 25, total: 100, held: false },
    { taken: 26, total: 100, held: true },
    { taken: 2500, total: 10_000, held: false },
    { taken: 2501, total: 10_000, held: true },
    { taken: 0, total: 0, held: false },
  ])('SYNC-12 HC-118 $taken deleted or emptied of $total: held $held', ({ held, ...change }) => {
    expect(isHeld(change)).toBe(held)
  })
})
