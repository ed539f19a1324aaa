import { expect, test } from 'vitest'
import { maxBlobBytes } from '../limits.ts'
import { readBlobEntry, readLinkEntry, readMode } from './index-values.ts'

const hash = 'a'.repeat(64)
const blob = { hash, size: 1, mtime: 2 }

test('RELAY-5 bytes are what has a SHA-256, a size that a file can have, and a time', () => {
  expect(readBlobEntry(blob)).toEqual(blob)
  expect(readBlobEntry({ ...blob, size: maxBlobBytes })).toBeDefined()
})

test.each([
  undefined,
  null,
  hash,
  { ...blob, hash: `x/../../../${hash}` },
  { ...blob, hash: 1 },
  { ...blob, size: -1 },
  { ...blob, size: 0.5 },
  { ...blob, size: Number.NaN },
  { ...blob, size: maxBlobBytes + 1 },
  { hash, size: 1 },
])('RELAY-5 %j are no bytes', (value) => {
  expect(readBlobEntry(value)).toBeUndefined()
})

test.each([undefined, null, 'note.md', { target: 1 }, {}])('RELAY-5 %j is no link', (value) =>
  expect(readLinkEntry(value)).toBeUndefined(),
)

test('RELAY-5 the rights of an owner let them read', () => {
  expect([4, 5, 6, 7].map(readMode)).toEqual([4, 5, 6, 7])
  expect([undefined, 0, 3, 8, 6.5, '6', Number.NaN].map(readMode)).toEqual(Array(7).fill(undefined))
})
