// A tree that follows its index is at any time the one that the whole index gives.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { fileId } from '../../../test/fakes/facts.ts'
import type { DeviceId, FileId } from '../ids.ts'
import { IndexTree } from './index-tree.ts'
import { type Tree, resolve } from './resolve.ts'
import { indexDeleted, indexPaths } from './vault-index.ts'

const tombstone = { at: 0, by: 'd'.repeat(26) as DeviceId, seen: new Uint8Array([0]) }

const part = fc.constantFrom('a', 'A', 'b', 'é', 'e\u0301', 'a (2)', '..', 'n.md', 'N.md')
const collidingPath = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
/** Mostly apart from all others, so that most steps need no other file to move. */
const lonelyPath = fc
  .record({ folder: fc.nat({ max: 3 }), name: fc.nat({ max: 30 }) })
  .map(({ folder, name }) => `folder ${folder}/note ${name}.md`)
const change = fc.record({
  file: fc.nat({ max: 12 }),
  to: fc.oneof(
    { weight: 8, arbitrary: lonelyPath },
    { weight: 1, arbitrary: collidingPath },
    { weight: 2, arbitrary: fc.constantFrom('delete', 'revive', 'remove') },
  ),
})
const steps = fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 12 })

function apply(doc: Y.Doc, file: number, to: string): void {
  const id = fileId(file)
  if (to === 'delete') indexDeleted(doc).set(id, tombstone)
  else if (to === 'revive') indexDeleted(doc).delete(id)
  else if (to === 'remove') indexPaths(doc).delete(id)
  else indexPaths(doc).set(id, to)
}

/** By place and life, file by file. */
function touchedBetween(before: Tree, after: Tree): FileId[] {
  const all = Array.from({ length: 13 }, (_, file) => fileId(file))
  return all.filter((id) => {
    const [was, is] = [before.live.get(id), after.live.get(id)]
    const dead = after.deleted.get(id)
    return was !== is || (dead !== undefined && dead !== before.deleted.get(id))
  })
}

function copyOf({ live, byKey, aside, deleted, unsafe }: Tree): Tree {
  return {
    live: new Map(live),
    byKey: new Map(byKey),
    aside: new Map(aside),
    deleted: new Map(deleted),
    unsafe: new Map(unsafe),
  }
}

describe('a tree that follows its index', () => {
  test('TREE-1 is what the whole index gives, and says which files that touched', () => {
    fc.assert(
      fc.property(steps, steps, (earlier, later) => {
        const doc = new Y.Doc()
        for (const { file, to } of earlier.flat()) apply(doc, file, to)
        const followed = new IndexTree(doc)
        expect(followed.refresh().sort()).toEqual(touchedBetween(emptyTree, resolve(doc)).sort())
        for (const step of later) {
          const before = copyOf(followed.tree)
          doc.transact(() => step.forEach(({ file, to }) => apply(doc, file, to)))
          const touched = followed.refresh()
          expect(followed.tree).toEqual(resolve(doc))
          expect(touched.sort()).toEqual(touchedBetween(before, followed.tree).sort())
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test.each([
    ['a folder in two spellings', ['Dir/x.md', 'dir/y.md']],
    ['a file and a folder of one name', ['a', 'a/x.md']],
    ['two files of one name', ['x.md', 'X.md']],
  ])('TREE-2 TREE-3 TREE-4 takes in %s that come at once', (_, paths) => {
    const doc = new Y.Doc()
    const followed = new IndexTree(doc)
    doc.transact(() => paths.forEach((path, file) => apply(doc, file, path)))
    followed.refresh()
    expect(followed.tree).toEqual(resolve(doc))
  })

  test('TREE-1 hears what comes from elsewhere', () => {
    const [here, there] = [new Y.Doc(), new Y.Doc()]
    const followed = new IndexTree(here)
    indexPaths(there).set(fileId(1), 'a.md')
    Y.applyUpdate(here, Y.encodeStateAsUpdate(there))
    expect(followed.refresh()).toEqual([fileId(1)])
    expect([...followed.tree.live]).toEqual([[fileId(1), 'a.md']])
    expect(followed.refresh()).toEqual([])
  })
})

const emptyTree = resolve(new Y.Doc())
