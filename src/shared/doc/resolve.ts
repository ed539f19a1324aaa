// index document -> the tree that every device shows. Pure: the same index gives the same tree everywhere.
import type * as Y from 'yjs'
import { type FileId, parseId } from '../ids.ts'
import { type VaultPath, foldersAbove, nameOf, parentOf, pathKey } from '../vault-path.ts'
import { FreeNames } from './free-names.ts'
import { readIndexEntry } from './index-entry.ts'
import { indexPaths } from './vault-index.ts'

export type Tree = {
  /** Where every live file belongs on disk. */
  readonly live: ReadonlyMap<FileId, VaultPath>
  /** The same, by `pathKey`. */
  readonly byKey: ReadonlyMap<string, FileId>
  /** Live files that stand under another name because theirs was taken, and that name. */
  readonly aside: ReadonlyMap<FileId, VaultPath>
  /** Tombstoned files and where they last were. */
  readonly deleted: ReadonlyMap<FileId, VaultPath>
  /** Entries whose path is not one that may be written. */
  readonly unsafe: ReadonlyMap<FileId, string>
}

type Place = {
  readonly path: VaultPath
  readonly key: string
  readonly folder: VaultPath | undefined
}
type Wanted = readonly [FileId, Place]

/** Live files in a fixed order; on a collision the first keeps the name and the others get a suffix. */
export function resolve(index: Y.Doc): Tree {
  const wanted: Wanted[] = []
  const deleted = new Map<FileId, VaultPath>()
  const unsafe = new Map<FileId, string>()
  for (const key of [...indexPaths(index).keys()].sort()) {
    const id = parseId<FileId>(key)
    if (id === undefined) continue
    const entry = readIndexEntry(index, id)
    if (entry.type === 'unsafe') unsafe.set(id, entry.text)
    else if (entry.type === 'deleted') deleted.set(id, entry.path)
    else if (entry.type === 'live') wanted.push([id, toPlace(entry.path)])
  }
  const folders = allFolders(wanted)
  return { ...placeAll(withOneSpelling(wanted, folders), folders), deleted, unsafe }
}

function toPlace(path: VaultPath): Place {
  return { path, key: pathKey(path), folder: parentOf(path) }
}

/** The folders above all of these files, with their `pathKey`. */
function allFolders(wanted: readonly Wanted[]): Map<VaultPath, string> {
  const parents = new Set(wanted.map(([, { folder }]) => folder))
  const folders = new Map<VaultPath, string>()
  for (const parent of parents) {
    if (parent === undefined) continue
    for (const folder of [...foldersAbove(parent), parent]) folders.set(folder, pathKey(folder))
  }
  return folders
}

/** `Dir/x` and `dir/y` share one folder on many disks: each folder name is spelled as it sorts first. */
function withOneSpelling(
  wanted: readonly Wanted[],
  folders: ReadonlyMap<VaultPath, string>,
): readonly Wanted[] {
  const spelling = new Map<string, string>()
  for (const [folder, key] of folders) {
    const known = spelling.get(key)
    if (known === undefined || nameOf(folder) < known) spelling.set(key, nameOf(folder))
  }
  if (spelling.size === folders.size) return wanted
  return wanted.map(([id, place]) => {
    const { path } = place
    const names = foldersAbove(path).map(
      (folder) => spelling.get(pathKey(folder)) ?? nameOf(folder),
    )
    const spelled = [...names, nameOf(path)].join('/') as VaultPath
    return spelled === path ? [id, place] : [id, toPlace(spelled)]
  })
}

function placeAll(
  wanted: readonly Wanted[],
  allFolders: ReadonlyMap<VaultPath, string>,
): Pick<Tree, 'live' | 'byKey' | 'aside'> {
  const live = new Map<FileId, VaultPath>()
  const byKey = new Map<string, FileId>()
  const folders = new Set(allFolders.values())
  const losers: Wanted[] = []
  for (const [id, place] of wanted) {
    const { path, key } = place
    if (byKey.has(key) || folders.has(key)) losers.push([id, place])
    else {
      live.set(id, path)
      byKey.set(key, id)
    }
  }
  const aside = new Map<FileId, VaultPath>()
  if (losers.length === 0) return { live, byKey, aside }
  const claimed = new Set(wanted.map(([, { key }]) => key))
  const names = new FreeNames((key) => claimed.has(key) || byKey.has(key) || folders.has(key))
  for (const [id, { path }] of losers) {
    const free = names.take(path)
    live.set(id, free)
    byKey.set(pathKey(free), id)
    aside.set(id, path)
  }
  return { live, byKey, aside }
}
