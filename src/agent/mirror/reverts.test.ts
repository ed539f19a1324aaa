// Whether a note that came back to an earlier text did so in company.
import { expect, test } from 'vitest'
import { fileId } from '../../../test/fakes/facts.ts'
import { Reverts, companyMs } from './reverts.ts'

const [one, two] = [fileId(1), fileId(2)]
const start = 1_800_000_000_000

test('SYNC-33 HC-13 a note that comes back alone is known to after 250 ms', () => {
  const reverts = new Reverts()
  expect(reverts.hasCompany(one, start, start + 20)).toBeUndefined()
  expect(reverts.hasCompany(one, start, start + 30)).toBeUndefined()
  expect(reverts.hasCompany(one, start, start + 20 + companyMs)).toBe(false)
})

test('SYNC-33 HC-16 two that were saved within a second came back together, the first one too', () => {
  const reverts = new Reverts()
  expect(reverts.hasCompany(one, start, start + 20)).toBeUndefined()
  expect(reverts.hasCompany(two, start + 100, start + 120)).toBe(true)
  expect(reverts.hasCompany(one, start, start + 270)).toBe(true)
})

test('SYNC-33 what came back at another time is no company, nor what came back long ago', () => {
  const reverts = new Reverts()
  reverts.hasCompany(one, start, start + 20_000)
  expect(reverts.hasCompany(two, start + 1_001, start + 20_000)).toBeUndefined()
  expect(reverts.hasCompany(two, start, start + 40_000)).toBeUndefined()
})
