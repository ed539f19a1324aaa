// What people read before they join.
import { expect, test } from 'vitest'
import { someVault } from '../../../test/fakes/facts.ts'
import { byteCount } from './output.ts'
import { describePreview } from './preview-text.ts'

const place = { folder: '/home/ann/Notes', vault: { id: someVault, name: 'Ideas' } }

test('CLI-29 the preview says in words what is sent, received, merged and replaced', () => {
  const preview = {
    ...{ identical: 1, merged: 2, replaced: 1, newHere: 3, newThere: 4, unsupported: 5 },
    ...{ bytesToSend: 999, bytesToReceive: 1_234_567 },
  }
  expect(describePreview(preview, place).split('\n')).toEqual([
    '/home/ann/Notes and "Ideas" will become the same:',
    '  1 file the same on both sides',
    '  2 notes on both sides and different: the lines of both are kept',
    '  4 files of the vault will be written here',
    '  3 files from here will be added to the vault',
    "  1 other file on both sides and different: the vault's is kept, the one from here goes to the trash",
    '  5 files cannot be synced and stay as they are',
    '  At most 1.2 MB to receive and 999 bytes to send',
  ])
})

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [56_789, '57 kB'],
  [999_600, '1.0 MB'],
  [5e9, '5.0 GB'],
  [2e15, '2000 TB'],
])('CLI-29 %d bytes are %s', (bytes, text) => {
  expect(byteCount(bytes)).toBe(text)
})
