import { expect, test } from 'vitest'
import { pathOf } from '../../../test/fakes/facts.ts'
import { whyNotHeld } from './can-hold.ts'

const notOnWindows = [
  ...['CON', 'con.md', 'Prn.tar.gz', 'aux', 'NUL.md', 'COM1', 'lpt9.md', 'COM¹.md', 'CONIN$'],
  ...['a<b', 'a>b', 'a:b.md', 'a"b', 'a|b', 'a?b', 'a*b', 'a\\b', 'a\tb', 'a\u001fb'],
  ...['ends.', 'ends ', 'folder./note.md', 'nul/note.md', 'a:b/note.md'],
]

test.each(notOnWindows)('PATH-25 HC-81 %j is not held on Windows, and elsewhere it is', (name) => {
  expect(whyNotHeld('win32', pathOf(name))).toBeTypeOf('string')
  expect(whyNotHeld('linux', pathOf(name))).toBeUndefined()
})

const everywhere = [
  'note.md',
  'CONsole.md',
  'com10.md',
  'a.con',
  '.hidden',
  'a b.md',
  'ü.md',
  'COM.md',
]
test.each(everywhere)('PATH-25 HC-81 %j is held everywhere', (name) => {
  for (const platform of ['win32', 'darwin', 'linux']) {
    expect(whyNotHeld(platform, pathOf(name))).toBeUndefined()
  }
})

test('PATH-25 HC-81 macOS holds no ":"', () => {
  expect(whyNotHeld('darwin', pathOf('a:b.md'))).toBeTypeOf('string')
  expect(whyNotHeld('darwin', pathOf('a*b.md'))).toBeUndefined()
})
