// From index to tree: the same on every device, whatever came first.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { fileId, pathOf } from '../../../test/fakes/facts.ts'
import type { DeviceId, FileId } from '../ids.ts'
import { foldersAbove, parsePath, pathKey } from '../vault-path.ts'
import { resolve } from './resolve.ts'
import { applyIndexEdits, indexDeleted, indexPaths } from './vault-index.ts'

const tombstone = { at: 0, by: 'd'.repeat(26) as DeviceId, seen: new Uint8Array([0]) }

/** An index as peers may have written it: nothing is checked on the way in. */
function indexOf(paths: Readonly<Record<string, string>>, deleted: readonly string[] = []): Y.Doc {
  const doc = new Y.Doc()
  for (const [id, path] of Object.entries(paths)) indexPaths(doc).set(id, path)
  for (const id of deleted) indexDeleted(doc).set(id, tombstone)
  return doc
}

/** `['b.md', 'a.md']` -> the places of files 1, 2, ... */
function placesOf(...wanted: string[]): string[] {
  const tree = resolve(indexOf(Object.fromEntries(wanted.map((path, i) => [fileId(i + 1), path]))))
  return wanted.map((_, i) => tree.live.get(fileId(i + 1)) ?? 'nowhere')
}

describe('resolve', () => {
  test('TREE-1 files stand where the index says, and are found by their key', () => {
    const tree = resolve(indexOf({ [fileId(1)]: 'a/Note.md', [fileId(2)]: 'b.md' }))
    expect([...tree.live]).toEqual([
      [fileId(1), 'a/Note.md'],
      [fileId(2), 'b.md'],
    ])
    expect(tree.byKey.get(pathKey(pathOf('A/note.MD')))).toBe(fileId(1))
    expect(tree.deleted.size + tree.unsafe.size).toBe(0)
  })

  test('TREE-2 HC-54 HC-55 two files at one path both live: the smaller id keeps the name', () => {
    expect(placesOf('x.md', 'x.md', 'x.md')).toEqual(['x.md', 'x (2).md', 'x (3).md'])
  })

  test('TREE-2 HC-79 who had to step aside is known by the name it wanted', () => {
    const tree = resolve(indexOf({ [fileId(1)]: 'A.md', [fileId(2)]: 'a.md', [fileId(3)]: 'b.md' }))
    expect([...tree.aside]).toEqual([[fileId(2), 'a.md']])
  })

  test('TREE-2 HC-54 a suffix that somebody else has is not given again', () => {
    expect(placesOf('x.md', 'x.md', 'x (2).md')).toEqual(['x.md', 'x (3).md', 'x (2).md'])
    expect(placesOf('x.md', 'x.md', 'X (2).MD')).toEqual(['x.md', 'x (3).md', 'X (2).MD'])
  })

  test('TREE-2 HC-78 HC-79 names that differ in case or form only collide', () => {
    expect(placesOf('A.md', 'a.md')).toEqual(['A.md', 'a (2).md'])
    expect(placesOf('é.md', 'e\u0301.md')).toEqual(['é.md', 'é (2).md'])
  })

  test('TREE-3 HC-63 HC-64 a folder keeps its name, the file there gets the suffix', () => {
    expect(placesOf('a', 'a/x.md')).toEqual(['a (2)', 'a/x.md'])
    expect(placesOf('Notes.md', 'notes.md/x.md')).toEqual(['Notes (2).md', 'notes.md/x.md'])
  })

  test('TREE-4 HC-80 one folder has one spelling', () => {
    expect(placesOf('Dir/x.md', 'dir/y.md')).toEqual(['Dir/x.md', 'Dir/y.md'])
    expect(placesOf('b/c/x.md', 'B/C/y.md', 'b/C/z.md')).toEqual([
      'B/C/x.md',
      'B/C/y.md',
      'B/C/z.md',
    ])
    expect(placesOf('Dir/x.md', 'dir/X.md')).toEqual(['Dir/x.md', 'Dir/X (2).md'])
  })

  test.each([
    ['HC-87', '../x.md'],
    ['HC-87', '/etc/passwd'],
    ['HC-87', 'a//b.md'],
    ['HC-87', ''],
    ['HC-88', '.git/hooks/post-checkout'],
    ['HC-88', 'a/.GIT/x'],
    ['HC-95', '.undrift/vault.json'],
    ['HC-92', 'a\ud800.md'],
    ['HC-163', 'C:\\x.md'],
  ])('TREE-5 %s a file at %j is set apart and has no place', (_, path) => {
    const doc = indexOf({ [fileId(1)]: 'a.md', [fileId(2)]: path })
    const tree = resolve(doc)
    expect([...tree.live.keys()]).toEqual([fileId(1)])
    expect(tree.unsafe.get(fileId(2))).toBe(path)
  })

  test('TREE-5 HC-94 keys that are no ids are passed over', () => {
    const tree = resolve(indexOf({ __proto__x: 'a.md', constructor: 'b.md', [fileId(1)]: 'c.md' }))
    expect([...tree.live.values()]).toEqual(['c.md'])
  })

  test('TREE-6 HC-50 a tombstone takes a file off the tree, and what is revived comes back', () => {
    const doc = indexOf({ [fileId(1)]: 'a.md', [fileId(2)]: 'a.md' }, [fileId(1)])
    const tree = resolve(doc)
    expect([...tree.live]).toEqual([[fileId(2), 'a.md']])
    expect([...tree.deleted]).toEqual([[fileId(1), 'a.md']])
    applyIndexEdits(doc, [{ type: 'revive', id: fileId(1) }])
    expect(resolve(doc).live.get(fileId(1))).toBe('a.md')
  })

  test('TREE-6 HC-52 a rename and a delete made apart do not undo each other', () => {
    const first = indexOf({ [fileId(1)]: 'a.md' })
    const second = new Y.Doc()
    Y.applyUpdate(second, Y.encodeStateAsUpdate(first))
    applyIndexEdits(first, [{ type: 'place', id: fileId(1), path: pathOf('b.md') }])
    applyIndexEdits(second, [{ type: 'delete', id: fileId(1), tombstone }])
    Y.applyUpdate(first, Y.encodeStateAsUpdate(second))
    Y.applyUpdate(second, Y.encodeStateAsUpdate(first))
    for (const doc of [first, second]) {
      expect([...resolve(doc).deleted]).toEqual([[fileId(1), 'b.md']])
    }
  })
})

const part = fc.constantFrom('a', 'A', 'b', 'é', 'e\u0301', 'a (2)', '..', '.git', 'n.md', 'N.md')
const somePath = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
const change = fc.record({
  device: fc.nat({ max: 2 }),
  file: fc.nat({ max: 6 }),
  path: fc.option(somePath),
  isAcrossNetwork: fc.boolean(),
})

function apply(doc: Y.Doc, file: number, path: string | null): void {
  if (path === null) indexDeleted(doc).set(fileId(file), tombstone)
  else indexPaths(doc).set(fileId(file), path)
}

describe('any index', () => {
  test('TREE-1 HC-53 HC-71 the same index gives the same tree, whatever the order of arrival', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), fc.nat(), (changes, turn) => {
        const devices = [new Y.Doc(), new Y.Doc(), new Y.Doc()]
        const updates: Uint8Array[] = []
        for (const doc of devices) doc.on('update', (update: Uint8Array) => updates.push(update))
        for (const { device, file, path, isAcrossNetwork } of changes) {
          const doc = devices[device] ?? expect.unreachable()
          apply(doc, file, path)
          const other = devices[(device + 1) % 3] ?? expect.unreachable()
          if (isAcrossNetwork) Y.applyUpdate(other, Y.encodeStateAsUpdate(doc))
        }
        const trees = [updates, updates.toReversed(), rotate(updates, turn)].map((order) => {
          const doc = new Y.Doc()
          for (const update of order) Y.applyUpdate(doc, update)
          const { live, deleted, unsafe } = resolve(doc)
          return [live, deleted, unsafe].map((map) => [...map].sort())
        })
        expect(trees[1]).toEqual(trees[0])
        expect(trees[2]).toEqual(trees[0])
      }),
      { numRuns: 300 },
    )
  })

  test('TREE-2 HC-69 HC-70 every file has one place, which no other file and no folder has', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const doc = new Y.Doc()
        for (const { file, path } of changes) apply(doc, file, path)
        const { live, deleted, unsafe, byKey } = resolve(doc)
        expect(live.size + deleted.size + unsafe.size).toBe(indexPaths(doc).size)
        expect(byKey.size).toBe(live.size)
        const folders = new Set(
          [...live.values()].flatMap((path) => foldersAbove(path).map(pathKey)),
        )
        const spelled = new Set([...live.values()].flatMap((path) => foldersAbove(path)))
        expect(spelled.size).toBe(folders.size)
        for (const [id, path] of live) {
          expect(byKey.get(pathKey(path))).toBe(id)
          expect(folders).not.toContain(pathKey(path))
          expect(parsePath(path)).toEqual({ ok: true, path })
        }
      }),
      { numRuns: 300 },
    )
  })
})

function rotate<Item>(items: readonly Item[], by: number): Item[] {
  const at = items.length === 0 ? 0 : by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}

test('TREE-1 an index edit that says nothing new makes no update', () => {
  const doc = indexOf({ [fileId(1)]: 'a.md' })
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  const id: FileId = fileId(1)
  doc.transact(() => applyIndexEdits(doc, [{ type: 'place', id, path: pathOf('a.md') }]))
  expect(updates).toEqual([])
})
