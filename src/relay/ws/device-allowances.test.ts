import { expect, test } from 'vitest'
import { SeededRandom } from '../../../test/fakes/seeded-random.ts'
import { type DeviceId, randomId } from '../../shared/ids.ts'
import { DeviceAllowances } from './device-allowances.ts'

test('RELAY-18 all connections of a device share what may wait, and so does one that comes after them', () => {
  const random = new SeededRandom(1)
  const [one, other] = [randomId<DeviceId>(random), randomId<DeviceId>(random)]
  const allowances = new DeviceAllowances()
  const first = allowances.acquire(one)
  expect(allowances.acquire(one)).toBe(first)
  expect(allowances.acquire(other)).not.toBe(first)
  allowances.release(one)
  first.edits.take(10)
  allowances.release(one)
  expect(allowances.acquire(one)).toBe(first)
  allowances.release(one)
  first.edits.give(10)
  expect(allowances.acquire(one)).not.toBe(first)
})
