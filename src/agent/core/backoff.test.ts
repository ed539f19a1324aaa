// How long to wait before the next attempt.
import { expect, test } from 'vitest'
import { backoffMs } from './backoff.ts'

test('LINK-1 HC-150 waits double from 250 ms up to 30 s, and half of each is left to chance', () => {
  const least = [0, 1, 2, 3, 4, 5, 6, 7, 8, 100].map((attempt) => backoffMs(attempt, 0))
  expect(least).toEqual([125, 250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
  for (const attempt of [0, 3, 7, 50, 1000]) {
    const most = backoffMs(attempt, 1 - Number.EPSILON)
    expect(most).toBe(2 * backoffMs(attempt, 0))
    expect(most).toBeLessThanOrEqual(30_000)
    expect(backoffMs(attempt, 0.5)).toBeGreaterThan(backoffMs(attempt, 0.25))
  }
})
