// Which folders every device has, though nothing be in them.
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { fileId, pathOf } from '../../../test/fakes/facts.ts'
import type { VaultPath } from '../vault-path.ts'
import { IndexTree } from './index-tree.ts'
import { indexDeleted, indexFolders, indexPaths } from './vault-index.ts'
import type { DeviceId } from '../ids.ts'

/** The folders of an index that names these, beside these files. */
function foldersOf(names: readonly string[], files: readonly string[] = []): VaultPath[] {
  const index = new Y.Doc()
  for (const name of names) indexFolders(index).set(name, true)
  files.forEach((path, n) => indexPaths(index).set(fileId(n), path))
  const tree = new IndexTree(index)
  tree.refresh()
  return [...tree.folders.values()].sort()
}

test('KIND-6 are those that the index names, files in them or not', () => {
  expect(foldersOf([])).toEqual([])
  expect(foldersOf(['a', 'b/c'], ['a/n.md', 'd/n.md'])).toEqual(['a', 'b/c'])
})

test('KIND-8 TREE-3 not where a live file has the name, or that of a folder above', () => {
  expect(foldersOf(['A', 'a/b', 'ab'], ['a'])).toEqual(['ab'])
  expect(foldersOf(['a'], ['a', 'a/n.md'])).toEqual(['a'])
  expect(foldersOf(['a (2)'], ['a', 'a/n.md'])).toEqual([])
})

test('KIND-8 TREE-4 of several spellings the first one, or that above files', () => {
  expect(foldersOf(['b', 'B'])).toEqual(['B'])
  expect(foldersOf(['B/x', 'b/y', 'b/Y'])).toEqual(['B/Y', 'B/x'])
  expect(foldersOf(['B', 'B/x'], ['b/n.md'])).toEqual(['b', 'b/x'])
})

test.each(['../x', '/etc', '.git/hooks', 'a/../../b', '.undrift/tmp', '.undriftignore', ''])(
  'KIND-8 HC-163 none is at %j, whatever a peer says',
  (name) => {
    expect(foldersOf([name, 'good'])).toEqual(['good'])
  },
)

test('KIND-8 TREE-1 they follow the index and its files', () => {
  const index = new Y.Doc()
  const tree = new IndexTree(index)
  const now = (): VaultPath[] => {
    tree.refresh()
    return [...tree.folders.values()]
  }
  indexFolders(index).set(pathOf('a'), true)
  expect(now()).toEqual(['a'])
  indexPaths(index).set(fileId(1), 'a')
  expect(now()).toEqual([])
  const tombstone = { at: 0, by: 'd'.repeat(26) as DeviceId, seen: new Uint8Array([0]) }
  indexDeleted(index).set(fileId(1), tombstone)
  expect(now()).toEqual(['a'])
  indexPaths(index).set(fileId(2), 'A/n.md')
  expect(now()).toEqual(['A'])
  expect([tree.hasFiles(pathOf('a')), tree.hasFiles(pathOf('b'))]).toEqual([true, false])
  indexFolders(index).delete(pathOf('a'))
  expect(now()).toEqual([])
})
