// The vault's index document and the tree that it resolves to.
import type * as Y from 'yjs'
import { type FileId, INDEX, type VaultId, deriveFileId } from '../../shared/ids.ts'
import { type KnownPaths, type Tree, resolve } from '../../shared/doc/resolve.ts'
import {
  type IndexEdit,
  type Tombstone,
  applyIndexEdits,
  indexDeleted,
  indexPaths,
} from '../../shared/doc/vault-index.ts'
import { type VaultPath, parsePath, pathKey } from '../../shared/vault-path.ts'
import type { Notes } from './notes.ts'

const emptyTree: Tree = {
  live: new Map(),
  byKey: new Map(),
  aside: new Map(),
  deleted: new Map(),
  unsafe: new Map(),
}

export class IndexMirror {
  readonly #vault: VaultId
  readonly #notes: Notes
  #tree = emptyTree
  #doc: Y.Doc | undefined
  #known: KnownPaths = new Map()
  #deletedByKey: Map<string, FileId> | undefined

  constructor(vault: VaultId, notes: Notes) {
    this.#vault = vault
    this.#notes = notes
  }

  get tree(): Tree {
    return this.#tree
  }

  /** Resolves the index anew; returns the files whose place or life changed. */
  async refresh(): Promise<FileId[]> {
    this.#doc = await this.#notes.open(INDEX)
    const before = this.#tree
    this.#tree = resolve(this.#doc, this.#known)
    this.#deletedByKey = undefined
    const { live, deleted } = this.#tree
    if (this.#known.size > 2 * (live.size + deleted.size) + 1_000) this.#known = new Map()
    const touched: FileId[] = []
    for (const [id, path] of live) if (before.live.get(id) !== path) touched.push(id)
    for (const id of before.live.keys()) if (!live.has(id)) touched.push(id)
    for (const id of deleted.keys()) {
      if (!before.deleted.has(id) && !before.live.has(id)) touched.push(id)
    }
    return touched
  }

  /** Returns the update to send, undefined if the index says so already. */
  edit(edits: readonly IndexEdit[]): Promise<Uint8Array | undefined> {
    return this.#notes.editIndex((index) => applyIndexEdits(index, edits))
  }

  /** Whether the index names the file at all: live, deleted, or at a path that may not be written. */
  knows(id: FileId): boolean {
    const { live, deleted, unsafe } = this.#tree
    return live.has(id) || deleted.has(id) || unsafe.has(id)
  }

  tombstone(id: FileId): Tombstone | undefined {
    return this.#doc === undefined ? undefined : indexDeleted(this.#doc).get(id)
  }

  /** The live files that are, or but for a collision would be, at `path`, whatever the case or form. */
  namedAs(path: VaultPath): FileId[] {
    const { byKey, aside } = this.#tree
    const key = pathKey(path)
    const holder = byKey.get(key)
    const others = [...aside].flatMap(([id, wanted]) => (pathKey(wanted) === key ? [id] : []))
    return holder === undefined ? others : [holder, ...others]
  }

  /** The file to which this one gives way. */
  aheadOf(id: FileId): FileId | undefined {
    const wanted = this.#tree.aside.get(id)
    return wanted === undefined ? undefined : this.#tree.byKey.get(pathKey(wanted))
  }

  /** The path that the index has for the file, spelled as it was published. */
  entry(id: FileId): VaultPath | undefined {
    const text = this.#doc === undefined ? undefined : indexPaths(this.#doc).get(id)
    const parsed = text === undefined ? undefined : parsePath(text)
    return parsed?.ok === true ? parsed.path : undefined
  }

  /** The tombstoned file whose entry is `path`, whatever the case or form; of several the one with the smallest id. */
  deletedAt(path: VaultPath): FileId | undefined {
    this.#deletedByKey ??= firstByKey(this.#tree.deleted)
    return this.#deletedByKey.get(pathKey(path))
  }

  /** The id for a file born at `path`: the first that no entry has used. */
  bornAt(path: VaultPath): FileId {
    for (let n = 0; ; n++) {
      const id = deriveFileId(this.#vault, path, n)
      if (this.#doc === undefined || !indexPaths(this.#doc).has(id)) return id
    }
  }
}

function firstByKey(files: ReadonlyMap<FileId, VaultPath>): Map<string, FileId> {
  const byKey = new Map<string, FileId>()
  for (const [id, path] of files) {
    const key = pathKey(path)
    if (!byKey.has(key)) byKey.set(key, id)
  }
  return byKey
}
