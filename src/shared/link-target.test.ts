import { expect, test } from 'vitest'
import { isLinkTarget, pointsInside } from './link-target.ts'
import { pathOf } from '../../test/fakes/facts.ts'

const link = pathOf('Projects/plans/link')

test.each([
  'note.md',
  './a/b.md',
  '../other.md',
  '../../top.md',
  '../..',
  'missing',
  'a\\b',
  'link',
])('PATH-13 HC-112 a link that says %j points inside', (target) => {
  expect(isLinkTarget(target)).toBe(true)
  expect(pointsInside(link, target)).toBe(true)
})

test.each([
  '../../..',
  '../../../etc/passwd',
  'a/../../../../x',
  'up/../..',
  'a/../b.md',
  '..\\..\\..\\x/..',
  '../../.git/hooks/x',
  '.undrift/tmp',
])('PATH-13 HC-113 a link that says %j points outside', (target) =>
  expect(pointsInside(link, target)).toBe(false),
)

test.each(['', '/etc/passwd', 'C:\\x', 'c:x', '\\\\srv\\x', 'a\0b', '\ud800', 'x'.repeat(1001)])(
  'PATH-13 HC-113 nothing may say %j',
  (target) => expect(isLinkTarget(target)).toBe(false),
)
