// An index that changes -> its tree, at the price of what changed: always what `resolve` gives.
import type * as Y from 'yjs'
import { type FileId, parseId } from '../ids.ts'
import { type VaultPath, foldersAbove, pathKey } from '../vault-path.ts'
import { type IndexEntry, hasBrokenTombstone, readIndexEntry } from './index-entry.ts'
import { type Tree, resolve } from './resolve.ts'
import { resolveFolders } from './resolve-folders.ts'
import {
  indexBlobs,
  indexDeleted,
  indexFolders,
  indexLinks,
  indexModes,
  indexPaths,
  indexTimes,
} from './vault-index.ts'

/** How a folder is spelled, and how many live files are below it. */
type Folder = { readonly path: VaultPath; files: number }

export class IndexTree {
  readonly #index: Y.Doc
  readonly #live = new Map<FileId, VaultPath>()
  readonly #byKey = new Map<string, FileId>()
  readonly #aside = new Map<FileId, VaultPath>()
  readonly #deleted = new Map<FileId, VaultPath>()
  readonly #unsafe = new Map<FileId, string>()
  /** As of the last `refresh`. */
  readonly tree: Tree = {
    live: this.#live,
    byKey: this.#byKey,
    aside: this.#aside,
    deleted: this.#deleted,
    unsafe: this.#unsafe,
  }
  #namedFolders: ReadonlyMap<string, VaultPath> = new Map()
  #areFoldersDue = true
  #changed = new Set<string>()
  readonly #nonsense = new Set<string>()
  /** Files whose bytes, time, target or rights are others, or that turned into notes. */
  #rewritten = new Set<string>()
  /** By `pathKey`; undefined while files do not all stand where the index says, so that each may move others. */
  #folders: Map<string, Folder> | undefined = new Map()

  /** From now on notices what changes in `index`, to which all that it has counts. */
  constructor(index: Y.Doc) {
    this.#index = index
    const notice = (keys: Iterable<string>): void => {
      for (const key of keys) this.#changed.add(key)
    }
    notice(indexPaths(index).keys())
    notice(indexDeleted(index).keys())
    indexPaths(index).observe(({ keysChanged }) => notice(keysChanged))
    indexDeleted(index).observe(({ keysChanged }) => notice(keysChanged))
    const noticeRewritten = ({ keysChanged }: { keysChanged: Iterable<string> }): void => {
      for (const key of keysChanged) this.#rewritten.add(key)
    }
    indexBlobs(index).observe(noticeRewritten)
    indexTimes(index).observe(noticeRewritten)
    indexLinks(index).observe(noticeRewritten)
    indexModes(index).observe(noticeRewritten)
    indexFolders(index).observe(() => {
      this.#areFoldersDue = true
    })
  }

  /**
   * By `pathKey`, as of the last `refresh`: folders that are there though nothing be in them. Another map when
   * they, or the files around them, may have changed.
   */
  get folders(): ReadonlyMap<string, VaultPath> {
    return this.#namedFolders
  }

  /** How many keys of paths and tombstones are passed over, as of the last `refresh`. */
  get nonsense(): number {
    return this.#nonsense.size
  }

  /** Whether files are below the folder. */
  hasFiles(folder: VaultPath): boolean {
    return this.#foldersOfFiles().has(pathKey(folder))
  }

  /**
   * Takes in what changed; returns the files whose place, life, bytes, target or rights did, also deleted ones that got another
   * path.
   */
  refresh(): FileId[] {
    const rewritten = [...this.#rewritten].flatMap((key) => parseId<FileId>(key) ?? [])
    this.#rewritten = new Set()
    const moved = this.#refreshPlaces()
    if (this.#areFoldersDue || moved.length > 0) this.#refreshFolders()
    return [...new Set([...moved, ...rewritten])]
  }

  #refreshFolders(): void {
    this.#areFoldersDue = false
    let ofFiles: ReadonlyMap<string, Folder> | undefined
    this.#namedFolders = resolveFolders(indexFolders(this.#index).keys(), {
      isFile: (key) => this.#byKey.has(key),
      spelling: (key) => (ofFiles ??= this.#foldersOfFiles()).get(key)?.path,
    })
  }

  #foldersOfFiles(): ReadonlyMap<string, Folder> {
    return this.#folders ?? foldersOf(this.#live.values())
  }

  #refreshPlaces(): FileId[] {
    const changes = new Map<FileId, IndexEntry>()
    for (const key of this.#changed) {
      const id = parseId<FileId>(key)
      const entry = id === undefined ? undefined : readIndexEntry(this.#index, id)
      if (id !== undefined && entry !== undefined) changes.set(id, entry)
      this.#noteNonsense(key, id, entry)
    }
    this.#changed = new Set()
    if (changes.size === 0) return []
    const folders = this.#folders
    return folders !== undefined && this.#fits(changes, folders)
      ? this.#follow(changes, folders)
      : this.#resolve()
  }

  #noteNonsense(key: string, id: FileId | undefined, entry: IndexEntry | undefined): void {
    const isRead = id !== undefined && entry?.type !== 'unsafe'
    if (isRead && !hasBrokenTombstone(this.#index, id)) this.#nonsense.delete(key)
    else this.#nonsense.add(key)
  }

  /** Whether all of these can stand where the index says and nothing else has to move. */
  #fits(changes: ReadonlyMap<FileId, IndexEntry>, folders: ReadonlyMap<string, Folder>): boolean {
    const newFiles = new Set<string>()
    const newFolders = new Map<string, VaultPath>()
    for (const [id, entry] of changes) {
      if (entry.type !== 'live') continue
      const key = pathKey(entry.path)
      const holder = this.#byKey.get(key) ?? id
      if (holder !== id || newFiles.has(key) || folders.has(key)) return false
      newFiles.add(key)
      for (const folder of foldersAbove(entry.path)) {
        const folderKey = pathKey(folder)
        const spelled = folders.get(folderKey)?.path ?? newFolders.get(folderKey) ?? folder
        if (spelled !== folder || this.#byKey.has(folderKey)) return false
        newFolders.set(folderKey, folder)
      }
    }
    return ![...newFolders.keys()].some((key) => newFiles.has(key))
  }

  #follow(changes: ReadonlyMap<FileId, IndexEntry>, folders: Map<string, Folder>): FileId[] {
    const touched: FileId[] = []
    for (const [id, entry] of changes) {
      const before = this.#live.get(id)
      const after = entry.type === 'live' ? entry.path : undefined
      const isDeletedAnew = entry.type === 'deleted' && this.#deleted.get(id) !== entry.path
      if (before !== after || isDeletedAnew) touched.push(id)
      this.#remove(id, folders)
    }
    for (const [id, entry] of changes) this.#put(id, entry, folders)
    return touched
  }

  #remove(id: FileId, folders: Map<string, Folder>): void {
    this.#deleted.delete(id)
    this.#unsafe.delete(id)
    const path = this.#live.get(id)
    if (path === undefined) return
    this.#live.delete(id)
    this.#byKey.delete(pathKey(path))
    for (const key of foldersAbove(path).map(pathKey)) {
      const folder = folders.get(key)
      if (folder !== undefined && --folder.files === 0) folders.delete(key)
    }
  }

  #put(id: FileId, entry: IndexEntry, folders: Map<string, Folder>): void {
    switch (entry.type) {
      case 'live':
        this.#live.set(id, entry.path)
        this.#byKey.set(pathKey(entry.path), id)
        countFolders(entry.path, folders)
        break
      case 'deleted':
        this.#deleted.set(id, entry.path)
        break
      case 'unsafe':
        this.#unsafe.set(id, entry.text)
        break
      case 'none':
        break
    }
  }

  #resolve(): FileId[] {
    const resolved = resolve(this.#index)
    const touched = difference(this.tree, resolved)
    refill(this.#live, resolved.live)
    refill(this.#byKey, resolved.byKey)
    refill(this.#aside, resolved.aside)
    refill(this.#deleted, resolved.deleted)
    refill(this.#unsafe, resolved.unsafe)
    this.#folders = this.#isAsWanted() ? foldersOf(this.#live.values()) : undefined
    return touched
  }

  #isAsWanted(): boolean {
    return [...this.#live].every(([id, path]) => {
      const entry = readIndexEntry(this.#index, id)
      return entry.type === 'live' && entry.path === path
    })
  }
}

/** The files whose place or life is another in `after`. */
function difference(before: Tree, after: Tree): FileId[] {
  const { live, deleted } = after
  const moved = [...live].filter(([id, path]) => before.live.get(id) !== path)
  const gone = [...before.live].filter(([id]) => !live.has(id))
  const dead = [...deleted].filter(
    ([id, path]) => before.deleted.get(id) !== path && !before.live.has(id),
  )
  return [...moved, ...gone, ...dead].map(([id]) => id)
}

function refill<Key, Value>(map: Map<Key, Value>, from: ReadonlyMap<Key, Value>): void {
  map.clear()
  for (const [key, value] of from) map.set(key, value)
}

function foldersOf(files: Iterable<VaultPath>): Map<string, Folder> {
  const folders = new Map<string, Folder>()
  for (const path of files) countFolders(path, folders)
  return folders
}

function countFolders(file: VaultPath, folders: Map<string, Folder>): void {
  for (const path of foldersAbove(file)) {
    const folder = folders.get(pathKey(path))
    if (folder === undefined) folders.set(pathKey(path), { path, files: 1 })
    else folder.files += 1
  }
}
