// The vault's index document and the tree that it resolves to.
import { type BlobHash, type FileId, INDEX, type VaultId, deriveFileId } from '../../shared/ids.ts'
import { IndexTree } from '../../shared/doc/index-tree.ts'
import { openDoc } from '../../shared/doc/note-doc.ts'
import { readIndexEntry } from '../../shared/doc/index-entry.ts'
import {
  readBlobEntry,
  readLinkEntry,
  readMode,
  readTimeEntry,
  readTombstone,
} from '../../shared/doc/index-values.ts'
import type { Logger } from '../../shared/ports.ts'
import type { Tree } from '../../shared/doc/resolve.ts'
import {
  type BlobEntry,
  type IndexEdit,
  type Tombstone,
  defaultMode,
  applyIndexEdits,
  indexBlobs,
  indexDeleted,
  indexFolders,
  indexLinks,
  indexModes,
  indexPaths,
  indexTimes,
} from '../../shared/doc/vault-index.ts'
import { type VaultPath, parsePath, pathKey } from '../../shared/vault-path.ts'
import { encodeText } from '../core/text.ts'
import { blobHashOf } from '../blob/fingerprint.ts'
import type { Notes } from './notes.ts'

/** Bytes or a link's target, and what is called by their SHA-256. */
export type Content =
  | ({ readonly kind: 'binary' } & Readonly<BlobEntry>)
  | { readonly kind: 'link'; readonly target: string; readonly hash: BlobHash }

export class IndexMirror {
  readonly #vault: VaultId
  readonly #notes: Notes
  readonly #log: Logger
  #nonsense = 0
  #doc = openDoc([])
  #tree = new IndexTree(this.#doc)
  #deletedByKey: Map<string, FileId> | undefined

  constructor(vault: VaultId, notes: Notes, log: Logger) {
    this.#vault = vault
    this.#notes = notes
    this.#log = log
  }

  get tree(): Tree {
    return this.#tree.tree
  }

  /** See `IndexTree.folders`. */
  get folders(): ReadonlyMap<string, VaultPath> {
    return this.#tree.folders
  }

  /** Whether the index names the folder, and spells it so. */
  namesFolder(folder: VaultPath): boolean {
    return this.folders.get(pathKey(folder)) === folder
  }

  /** What the index itself has for these folders, whatever the case or form. */
  folderNames(folders: readonly VaultPath[]): string[] {
    if (folders.length === 0) return []
    const keys = new Set(folders.map(pathKey))
    return [...indexFolders(this.#doc).keys()].filter((name) => {
      const parsed = parsePath(name)
      return parsed.ok && keys.has(pathKey(parsed.path))
    })
  }

  /** Whether the tree has files below the folder. */
  hasFiles(folder: VaultPath): boolean {
    return this.#tree.hasFiles(folder)
  }

  /** Takes in what changed in the index; see `IndexTree.refresh`. */
  async refresh(): Promise<FileId[]> {
    const doc = await this.#notes.open(INDEX)
    if (doc !== this.#doc) {
      this.#doc = doc
      this.#tree = new IndexTree(doc)
    }
    this.#deletedByKey = undefined
    const touched = this.#tree.refresh()
    this.#tellNonsense()
    return touched
  }

  /** The relay checks what a peer writes: there is none, unless that is broken or lies. */
  #tellNonsense(): void {
    const { nonsense } = this.#tree
    if (nonsense > this.#nonsense) this.#log.warn('index.nonsense', { keys: nonsense })
    this.#nonsense = nonsense
  }

  /** Returns the update to send, undefined if the index says so already. */
  edit(edits: readonly IndexEdit[]): Promise<Uint8Array | undefined> {
    return this.#notes.editIndex((index) => applyIndexEdits(index, edits))
  }

  /** Whether the index names the file at all: live, deleted, or at a path that may not be written. */
  knows(id: FileId): boolean {
    const { live, deleted, unsafe } = this.#tree.tree
    return live.has(id) || deleted.has(id) || unsafe.has(id)
  }

  /** What the index itself says the file is made of; undefined for a note. */
  content(id: FileId): Content | undefined {
    const blob = readBlobEntry(indexBlobs(this.#doc).get(id))
    if (blob !== undefined) return { kind: 'binary', ...blob, ...this.#timeOf(id, blob.hash) }
    const link = readLinkEntry(indexLinks(this.#doc).get(id))
    if (link === undefined) return undefined
    return { kind: 'link', target: link.target, hash: targetHash(link.target) }
  }

  /** Only of these bytes: who wrote others meanwhile told their time too. */
  #timeOf(id: FileId, hash: BlobHash): Pick<BlobEntry, 'mtime'> | undefined {
    const time = readTimeEntry(indexTimes(this.#doc).get(id))
    return time?.hash === hash ? { mtime: time.mtime } : undefined
  }

  /** What the file's owner may do with it: the bits of `chmod`'s first digit. */
  mode(id: FileId): number {
    return readMode(indexModes(this.#doc).get(id)) ?? defaultMode
  }

  tombstone(id: FileId): Tombstone | undefined {
    return readTombstone(indexDeleted(this.#doc).get(id))
  }

  /** The live files that are, or but for a collision would be, at `path`, whatever the case or form. */
  namedAs(path: VaultPath): FileId[] {
    const { byKey, aside } = this.#tree.tree
    const key = pathKey(path)
    const holder = byKey.get(key)
    const others = [...aside].flatMap(([id, wanted]) => (pathKey(wanted) === key ? [id] : []))
    return holder === undefined ? others : [holder, ...others]
  }

  /** The file to which this one gives way. */
  aheadOf(id: FileId): FileId | undefined {
    const { aside, byKey } = this.#tree.tree
    const wanted = aside.get(id)
    return wanted === undefined ? undefined : byKey.get(pathKey(wanted))
  }

  /** The path that the index has for the file, spelled as it was published. */
  entry(id: FileId): VaultPath | undefined {
    const entry = readIndexEntry(this.#doc, id)
    return 'path' in entry ? entry.path : undefined
  }

  /** The tombstoned file whose entry is `path`, whatever the case or form; of several the one with the smallest id. */
  deletedAt(path: VaultPath): FileId | undefined {
    this.#deletedByKey ??= firstByKey(this.#tree.tree.deleted)
    return this.#deletedByKey.get(pathKey(path))
  }

  /** The id for a file born at `path`: the first that no entry has used. */
  bornAt(path: VaultPath): FileId {
    for (let n = 0; ; n++) {
      const id = deriveFileId(this.#vault, path, n)
      if (!indexPaths(this.#doc).has(id)) return id
    }
  }
}

/** What a link that says `target` is called where files are called by their bytes. */
function targetHash(target: string): BlobHash {
  return blobHashOf(encodeText(target))
}

function firstByKey(files: ReadonlyMap<FileId, VaultPath>): Map<string, FileId> {
  const byKey = new Map<string, FileId>()
  for (const [id, path] of files) {
    const key = pathKey(path)
    const other = byKey.get(key)
    if (other === undefined || id < other) byKey.set(key, id)
  }
  return byKey
}
