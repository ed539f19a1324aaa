import { expect, test } from 'vitest'
import { ownerMode, settleAttribute, withOwnerMode } from './attributes.ts'
import { mtimeUs } from './facts.ts'

const agreed = { disk: 6, vault: 6 }
const onCoarseDisk = { disk: 7, vault: 6 }

test.each([
  ['nothing changed', agreed, 6, 6, 'same'],
  ['changed here', agreed, 7, 6, 'publish'],
  ['changed elsewhere', agreed, 6, 4, 'apply'],
  ['changed alike on both sides', agreed, 4, 4, 'same'],
  ['changed on both sides: ours comes last', agreed, 7, 4, 'publish'],
  ['the disk cannot hold what the vault says', onCoarseDisk, 7, 6, 'same'],
  ['the disk could not hold what the vault said', onCoarseDisk, 7, 4, 'apply'],
  ['changed on a disk that cannot hold all', onCoarseDisk, 5, 6, 'publish'],
  ['met for the first time', undefined, 7, 6, 'apply'],
  ['nobody knows the vault’s', agreed, 6, 0, 'same'],
  ['nobody knows the vault’s, and the disk’s changed', agreed, 7, 0, 'publish'],
  ['the disk’s is from before 1970', agreed, 0, 6, 'same'],
] as const)('KIND-17 %s', (_, before, disk, vault, outcome) => {
  expect(settleAttribute(before, { disk, vault }, false)).toBe(outcome)
})

test('KIND-17 a file that the vault has from here begins as it is here', () => {
  expect(settleAttribute(undefined, { disk: 7, vault: 6 }, true)).toBe('publish')
})

test.each([
  [0o644, 7, 0o755],
  [0o644, 4, 0o444],
  [0o644, 5, 0o555],
  [0o755, 6, 0o644],
  [0o444, 6, 0o644],
  [0o555, 6, 0o644],
  [0o555, 7, 0o755],
  [0o600, 7, 0o700],
  [0o600, 4, 0o400],
  [0o664, 7, 0o775],
  [0o646, 7, 0o757],
  [0o6755, 6, 0o644],
  [0o640, 6, 0o640],
])('KIND-15 HC-121 permission bits %o for an owner who may %i are %o', (before, mode, after) => {
  expect(withOwnerMode(before, mode, 0o644)).toBe(after)
  expect(ownerMode(after)).toBe(mode)
})

test('KIND-15 what becomes writable is so for whom the umask lets write', () => {
  expect(withOwnerMode(0o444, 6, 0o664)).toBe(0o664)
  expect(withOwnerMode(0o444, 6, 0o600)).toBe(0o644)
})

test('KIND-15 a file without rights that its agent reads all the same is told as readable', () => {
  expect(ownerMode(0)).toBe(4)
})

test.each([
  ['1700000000123456789', 1_700_000_000_123_456],
  ['1000', 1],
  ['999', 1],
  ['0', 1],
  ['-1000000000000', 1],
  ['9007199254740990999', 9_007_199_254_740_990],
  ['9007199254740991000', Number.MAX_SAFE_INTEGER],
  ['20000000000000000000', Number.MAX_SAFE_INTEGER],
])('KIND-22 written %s ns after 1970 began is %d us for every device', (mtime, expected) => {
  expect(mtimeUs({ mtime })).toBe(expected)
})
