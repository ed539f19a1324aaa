// Names of files that give way: the same as by counting from two on, and no name is asked for twice.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pathOf } from '../../../test/fakes/facts.ts'
import { type VaultPath, parsePath, pathKey, withSuffix } from '../vault-path.ts'
import { FreeNames } from './free-names.ts'

/** What `FreeNames` gives, told in the simplest way. */
function firstFree(path: VaultPath, taken: ReadonlySet<string>): VaultPath {
  for (let n = 2; ; n++) {
    const candidate = withSuffix(path, n)
    if (!taken.has(pathKey(candidate))) return candidate
  }
}

/** Short ones that collide, in other cases and forms, and long ones that are cut where they get a suffix. */
const stem = fc.oneof(
  fc.constantFrom('a', 'A', 'x', 'é', 'ς', 'Σ', 'ſ', 'ß', 'ẞ', 'İ'),
  fc
    .tuple(fc.constantFrom('a', 'ß', 'ẞ', 'İ', '🙂'), fc.integer({ min: 60, max: 255 }))
    .map(([char, length]) => char.repeat(length)),
)
const suffix = fc.constantFrom('', ' (2)', ' (2)', ' (3)', ' (9)', ' (10)', ' (2) (2)', ' (02)')
const extension = fc.constantFrom('', '.md', '.MD', '.İİİİİİİİİ', '. x', '.a.b')
const folder = fc.constantFrom(
  '',
  'f/',
  'F (2)/',
  `${'d'.repeat(250)}/`.repeat(3),
  'e/'.repeat(495),
)
const path = fc
  .tuple(folder, stem, suffix, extension)
  .map((parts) => parsePath(parts.join('')))
  .filter((parsed) => parsed.ok)
  .map((parsed) => (parsed.ok ? parsed.path : expect.unreachable()))

test('TREE-10 the names are those that counting from two on finds', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(path, fc.integer({ min: 1, max: 12 })), { minLength: 1, maxLength: 12 }),
      fc.array(path, { maxLength: 12 }),
      (wanted, others) => {
        const taken = new Set([...wanted.map(([one]) => one), ...others].map(pathKey))
        const known = new Set(taken)
        const names = new FreeNames((key) => known.has(key))
        for (const [one, times] of wanted)
          for (let time = 0; time < times; time++) {
            const expected = firstFree(one, taken)
            taken.add(pathKey(expected))
            const free = names.take(one)
            known.add(pathKey(free))
            expect(free).toBe(expected)
          }
      },
    ),
    { numRuns: 300 },
  )
})

test('TREE-10 no name is asked for twice, however many files want it and however it is spelled', () => {
  const asked: string[] = []
  const taken = new Set<string>([pathKey(pathOf('note (7).md'))])
  const names = new FreeNames((key) => {
    asked.push(key)
    return taken.has(key)
  })
  for (let n = 0; n < 3_000; n++) {
    const spelled = n % 2 === 0 ? 'note.md' : 'Note.MD'
    taken.add(pathKey(names.take(pathOf(spelled))))
  }
  expect(new Set(asked).size).toBe(asked.length)
  expect(asked).toHaveLength(3_001)
})
