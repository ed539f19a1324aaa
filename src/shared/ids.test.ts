// Ids: their form, and that the id of a file born at a path never changes.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pathOf, someVault } from '../../test/fakes/facts.ts'
import { SeededRandom } from '../../test/fakes/seeded-random.ts'
import {
  type DeviceId,
  INDEX,
  type VaultId,
  base32,
  deriveFileId,
  parseDocId,
  parseId,
  randomId,
} from './ids.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)

describe('deriveFileId', () => {
  /** Frozen: on another id two devices that create one note apart would make two files of it. */
  test.each([
    ['note.md', 0, 'hwrrcrppfpqjmwyfkbhc4j2epg'],
    ['note.md', 1, '223ivf7ddtxzznajkpy7xnmmcf'],
    ['Daily/2026-11-21.md', 0, 'py2hgqygvv6ia2nlkdo55t6scf'],
    ['Übersicht/Käse.md', 0, 'ii5jfzxlnf5435hyvg34fx4uy5'],
  ])('IDS-1 HC-57 %s, born there as number %i, is %s', (path, n, id) => {
    expect(deriveFileId(someVault, pathOf(path), n)).toBe(id)
  })

  test('IDS-1 HC-77 HC-79 case and form of the path make no difference, vault and number do', () => {
    const id = deriveFileId(someVault, pathOf('Käse.md'), 0)
    expect(deriveFileId(someVault, pathOf('KÄSE.MD'), 0)).toBe(id)
    expect(deriveFileId(someVault, pathOf('Ka\u0308se.md'), 0)).toBe(id)
    expect(deriveFileId(someVault, pathOf('Käse.md'), 1)).not.toBe(id)
    const otherVault = parseId<VaultId>('w'.repeat(26)) ?? expect.unreachable()
    expect(deriveFileId(otherVault, pathOf('Käse.md'), 0)).not.toBe(id)
  })

  test('IDS-1 the parts of a path and its number cannot be mistaken for each other', () => {
    const paths = ['a/b.md', 'ab.md', 'a b.md', '1/a.md', 'a.md', '11/a.md']
    const ids = paths.flatMap((path) =>
      [0, 1, 11].map((n) => deriveFileId(someVault, pathOf(path), n)),
    )
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('ids', () => {
  /** RFC 4648, section 10. */
  test.each([
    ['', ''],
    ['f', 'my'],
    ['fo', 'mzxq'],
    ['foo', 'mzxw6'],
    ['foob', 'mzxw6yq'],
    ['fooba', 'mzxw6ytb'],
    ['foobar', 'mzxw6ytboi'],
  ])('IDS-2 base32 of "%s" is "%s"', (text, expected) => {
    expect(base32(utf8(text))).toBe(expected)
  })

  test('IDS-2 a fresh id is 26 characters of base32 and is read back', () => {
    const random = new SeededRandom(1)
    for (let i = 0; i < 100; i++) {
      const id = randomId<DeviceId>(random)
      expect(id).toMatch(/^[a-z2-7]{26}$/)
      expect(parseId(id)).toBe(id)
    }
  })

  test('IDS-2 HC-94 nothing else is read as an id', () => {
    const almost = ['', 'a'.repeat(25), 'a'.repeat(27), 'A'.repeat(26), `${'a'.repeat(25)}1`]
    const odd = [`${'a'.repeat(26)}\n`, '__proto__', 'constructor', '../../../../etc/passwd']
    for (const text of [...almost, ...odd]) expect(parseId(text)).toBeUndefined()
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), (text) => {
        expect(parseId(text) !== undefined).toBe(/^[a-z2-7]{26}$/.test(text) && text.length === 26)
      }),
    )
  })

  test('IDS-2 the index has a document id of its own, which is no file id', () => {
    expect(parseDocId(INDEX)).toBe(INDEX)
    expect(parseId(INDEX)).toBeUndefined()
    expect(parseDocId('index2')).toBeUndefined()
  })
})
