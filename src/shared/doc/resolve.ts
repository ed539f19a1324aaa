// index document -> the tree that every device shows. Pure: the same index gives the same tree everywhere.
import type * as Y from 'yjs'
import { type FileId, parseId } from '../ids.ts'
import {
  type VaultPath,
  foldersAbove,
  nameOf,
  parsePath,
  pathKey,
  withSuffix,
} from '../vault-path.ts'
import { indexDeleted, indexPaths } from './vault-index.ts'

export type Tree = {
  /** Where every live file belongs on disk. */
  readonly live: ReadonlyMap<FileId, VaultPath>
  /** The same, by `pathKey`. */
  readonly byKey: ReadonlyMap<string, FileId>
  /** Tombstoned files and where they last were. */
  readonly deleted: ReadonlyMap<FileId, VaultPath>
  /** Entries whose path is not one that may be written. */
  readonly unsafe: ReadonlyMap<FileId, string>
}

/** Live files in a fixed order; on a collision the first keeps the name and the others get a suffix. */
export function resolve(index: Y.Doc): Tree {
  const wanted: [FileId, VaultPath][] = []
  const deleted = new Map<FileId, VaultPath>()
  const unsafe = new Map<FileId, string>()
  const tombstones = indexDeleted(index)
  for (const [key, text] of [...indexPaths(index)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const id = parseId<FileId>(key)
    if (id === undefined) continue
    const parsed = parsePath(text)
    if (!parsed.ok) unsafe.set(id, text)
    else if (tombstones.has(id)) deleted.set(id, parsed.path)
    else wanted.push([id, parsed.path])
  }
  return { ...placeAll(withOneSpelling(wanted)), deleted, unsafe }
}

/** `Dir/x` and `dir/y` share one folder on many disks: each folder name is spelled as it sorts first. */
function withOneSpelling(wanted: readonly [FileId, VaultPath][]): [FileId, VaultPath][] {
  const spelling = new Map<string, string>()
  for (const folder of new Set(wanted.flatMap(([, path]) => foldersAbove(path)))) {
    const key = pathKey(folder)
    const known = spelling.get(key)
    if (known === undefined || nameOf(folder) < known) spelling.set(key, nameOf(folder))
  }
  return wanted.map(([id, path]) => {
    const names = foldersAbove(path).map(
      (folder) => spelling.get(pathKey(folder)) ?? nameOf(folder),
    )
    return [id, [...names, nameOf(path)].join('/') as VaultPath]
  })
}

function placeAll(wanted: readonly [FileId, VaultPath][]): Pick<Tree, 'live' | 'byKey'> {
  const live = new Map<FileId, VaultPath>()
  const byKey = new Map<string, FileId>()
  const folders = new Set(wanted.flatMap(([, path]) => foldersAbove(path).map(pathKey)))
  const claimed = new Set(wanted.map(([, path]) => pathKey(path)))
  const losers: [FileId, VaultPath][] = []
  for (const [id, path] of wanted) {
    const key = pathKey(path)
    if (byKey.has(key) || folders.has(key)) losers.push([id, path])
    else {
      live.set(id, path)
      byKey.set(key, id)
    }
  }
  for (const [id, path] of losers) {
    const free = firstFree(path, (key) => claimed.has(key) || byKey.has(key) || folders.has(key))
    live.set(id, free)
    byKey.set(pathKey(free), id)
  }
  return { live, byKey }
}

function firstFree(path: VaultPath, isTaken: (key: string) => boolean): VaultPath {
  for (let n = 2; ; n++) {
    const candidate = withSuffix(path, n)
    if (!isTaken(pathKey(candidate))) return candidate
  }
}
