import { expect, test } from 'vitest'
import { Allowance } from './allowance.ts'

test('RELAY-18 so many items and bytes may wait, and one item however large', () => {
  const allowance = new Allowance({ items: 2, bytes: 10 })
  expect(allowance.take(100)).toBe(true)
  expect(allowance.take(1)).toBe(false)
  allowance.give(100)
  expect([allowance.take(1), allowance.take(10), allowance.take(9)]).toEqual([true, false, true])
  expect(allowance.take(0)).toBe(false)
  expect(allowance.isUntouched).toBe(false)
  allowance.give(1)
  allowance.give(9)
  expect(allowance.isUntouched).toBe(true)
})
