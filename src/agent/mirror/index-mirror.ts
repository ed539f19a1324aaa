// The vault's index document and the tree that it resolves to.
import type * as Y from 'yjs'
import { type FileId, INDEX, type VaultId, deriveFileId } from '../../shared/ids.ts'
import { type Tree, resolve } from '../../shared/doc/resolve.ts'
import {
  type IndexEdit,
  type Tombstone,
  applyIndexEdits,
  indexDeleted,
  indexPaths,
} from '../../shared/doc/vault-index.ts'
import { type VaultPath, pathKey } from '../../shared/vault-path.ts'
import type { Notes } from './notes.ts'

const emptyTree: Tree = {
  live: new Map(),
  byKey: new Map(),
  deleted: new Map(),
  unsafe: new Map(),
}

export class IndexMirror {
  readonly #vault: VaultId
  readonly #notes: Notes
  #tree = emptyTree
  #doc: Y.Doc | undefined

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
    this.#tree = resolve(this.#doc)
    const touched: FileId[] = []
    for (const [id, path] of this.#tree.live) if (before.live.get(id) !== path) touched.push(id)
    for (const id of before.live.keys()) if (!this.#tree.live.has(id)) touched.push(id)
    for (const id of this.#tree.deleted.keys()) {
      if (!before.deleted.has(id) && !before.live.has(id)) touched.push(id)
    }
    return touched
  }

  /** Returns the update to send, undefined if the index says so already. */
  edit(edits: readonly IndexEdit[]): Promise<Uint8Array | undefined> {
    return this.#notes.editIndex((index) => applyIndexEdits(index, edits))
  }

  tombstone(id: FileId): Tombstone | undefined {
    return this.#doc === undefined ? undefined : indexDeleted(this.#doc).get(id)
  }

  /** The tombstoned file that was last at `path`. */
  deletedAt(path: VaultPath): FileId | undefined {
    const key = pathKey(path)
    for (const [id, last] of this.#tree.deleted) if (pathKey(last) === key) return id
    return undefined
  }

  /** The id for a file born at `path`: the first that no entry has used. */
  bornAt(path: VaultPath): FileId {
    for (let n = 0; ; n++) {
      const id = deriveFileId(this.#vault, path, n)
      if (this.#doc === undefined || !indexPaths(this.#doc).has(id)) return id
    }
  }
}
