// What is kept of a file comes back whole.
import { expect, test } from 'vitest'
import { fileId, pathOf, statAt } from '../../../test/fakes/facts.ts'
import type { FileFacts } from '../core/facts.ts'
import { decodeFacts, encodeJson } from './records.ts'

const whole: FileFacts = {
  id: fileId(1),
  head: 3,
  unacked: [2, 3],
  base: {
    path: pathOf('a/ä.md'),
    hash: 'ff',
    stat: statAt(1),
    at: 2,
    merged: false,
    kind: 'text' as const,
    isOriginal: true,
  },
  intent: { path: pathOf('a.md'), hash: 'aa', at: 3, kind: 'text' as const },
  earlier: [
    { at: 1, replacedAt: 1_700_000_000_000 },
    { at: 2, replacedAt: 1_700_000_000_001, text: '\ufeffits own text\r\n' },
  ],
}

test('STORE-7 HC-13 HC-76 every fact of a file survives a restart, also its earlier texts and whether it is an original', () => {
  expect(decodeFacts(encodeJson(whole))).toEqual(whole)
})

test('STORE-8 what is not a record of ours is refused', () => {
  for (const change of [{ id: 'x' }, { head: -1 }, { base: { ...whole.base, path: '../x' } }]) {
    expect(() => decodeFacts(encodeJson({ ...whole, ...change }))).toThrow()
  }
  expect(() => decodeFacts(Uint8Array.of(0xff))).toThrow()
})
