// What is done about a folder of its own, by what the index, the agreement and the disk say.
import { expect, test } from 'vitest'
import { type FolderSides, reconcileFolder } from './folders.ts'

const act = (
  named: FolderSides['named'],
  agreed: boolean,
  disk: FolderSides['disk'],
  hasFiles = false,
) => reconcileFolder({ named, agreed, disk, hasFiles }).act

test.each([
  ['yes', false, 'absent', 'make'],
  ['yes', false, 'empty', 'agree'],
  ['yes', false, 'filled', 'agree'],
  ['yes', true, 'absent', 'publish-removal'],
  ['yes', true, 'empty', 'nothing'],
  ['yes', true, 'filled', 'nothing'],
  ['no', false, 'absent', 'nothing'],
  ['no', false, 'empty', 'publish'],
  ['no', false, 'filled', 'nothing'],
  ['no', true, 'absent', 'forget'],
  ['no', true, 'empty', 'remove'],
  ['no', true, 'filled', 'forget'],
  ['otherwise', false, 'absent', 'nothing'],
  ['otherwise', false, 'empty', 'remove'],
  ['otherwise', false, 'filled', 'nothing'],
  ['otherwise', true, 'absent', 'forget'],
  ['otherwise', true, 'empty', 'remove'],
  ['otherwise', true, 'filled', 'forget'],
] as const)(
  'KIND-6 KIND-7 KIND-23 named: %s, agreed: %s, on disk: %s -> %s',
  (named, agreed, disk, wanted) => {
    expect(act(named, agreed, disk)).toBe(wanted)
  },
)

test('KIND-7 HC-60 a folder that was removed here is not removed elsewhere while files are in it', () => {
  expect(act('yes', true, 'absent', true)).toBe('wait')
  expect(act('yes', false, 'absent', true)).toBe('make')
})

test('KIND-8 an empty folder gives way for a file that belongs there, unless it came in the place of that', () => {
  expect(act('taken', false, 'empty')).toBe('remove')
  expect(act('taken', true, 'empty')).toBe('remove')
  expect(act('taken', false, 'filled')).toBe('nothing')
  expect(act('missed', false, 'empty')).toBe('wait')
  expect(act('missed', true, 'empty')).toBe('wait')
})

test('KIND-8 the index forgets a folder whose place a file took', () => {
  for (const named of ['taken', 'missed'] as const) {
    expect(act(named, true, 'absent')).toBe('publish-removal')
  }
})

test('KIND-7 what cannot be looked at is neither there nor gone', () => {
  for (const named of ['yes', 'no', 'otherwise', 'taken', 'missed'] as const) {
    expect(act(named, false, 'unknown')).toBe(named === 'yes' ? 'list' : 'nothing')
    expect(act(named, true, 'unknown')).toBe(named === 'yes' ? 'nothing' : 'list')
  }
})
