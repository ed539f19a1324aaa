import { expect, test } from 'vitest'
import { hasMoved } from './pulse.ts'

test.each([
  ['said something', { read: 11, written: 500, waiting: 400 }, true],
  ['took something of what waited', { read: 10, written: 500, waiting: 300 }, true],
  ['took some while more came', { read: 10, written: 900, waiting: 799 }, true],
  ['took nothing while more came', { read: 10, written: 900, waiting: 800 }, false],
  ['did nothing', { read: 10, written: 500, waiting: 400 }, false],
])('RELAY-24 HC-149 a peer with a backlog that %s', (_, now, moved) => {
  expect(hasMoved({ read: 10, written: 500, waiting: 400 }, now)).toBe(moved)
})

test('RELAY-24 HC-149 what the network takes for a peer that is gone is no sign of life', () => {
  const before = { read: 10, written: 500, waiting: 0 }
  expect(hasMoved(before, { read: 10, written: 502, waiting: 0 })).toBe(false)
})
