// The Yjs document of a vault's tree: one flat root map per independent fact, so that a rename and a
// delete, or two renames of different files, never overwrite each other.
import type * as Y from 'yjs'
import type { BlobHash, DeviceId, FileId } from '../ids.ts'
import type { VaultPath } from '../vault-path.ts'

export const indexRoots = ['paths', 'blobs', 'deleted'] as const

/**
 * A tombstone. `seen` is the note's state vector that the deleter had, `blob` the bytes, if the file was binary;
 * `at` is for display only. `place` is there when another file was moved over this one: it is deleted under that
 * name only.
 */
export type Tombstone = {
  at: number
  by: DeviceId
  seen: Uint8Array
  blob?: BlobHash
  place?: VaultPath
}

/** The bytes of a binary file; `size` in bytes. */
export type BlobEntry = { hash: BlobHash; size: number }

export function indexPaths(doc: Y.Doc): Y.Map<string> {
  return doc.getMap('paths')
}

/** Who has an entry here is binary; all others are notes. */
export function indexBlobs(doc: Y.Doc): Y.Map<BlobEntry> {
  return doc.getMap('blobs')
}

export function indexDeleted(doc: Y.Doc): Y.Map<Tombstone> {
  return doc.getMap('deleted')
}

/** One change of the tree, as an agent decides it. */
export type IndexEdit =
  | { type: 'place'; id: FileId; path: VaultPath }
  | { type: 'blob'; id: FileId; blob: BlobEntry }
  | { type: 'note'; id: FileId }
  | { type: 'delete'; id: FileId; tombstone: Tombstone }
  | { type: 'revive'; id: FileId }

/** Applies `edits` inside the caller's transaction. */
export function applyIndexEdits(doc: Y.Doc, edits: readonly IndexEdit[]): void {
  const paths = indexPaths(doc)
  const blobs = indexBlobs(doc)
  const deleted = indexDeleted(doc)
  for (const edit of edits) {
    switch (edit.type) {
      case 'place':
        if (paths.get(edit.id) !== edit.path) paths.set(edit.id, edit.path)
        break
      case 'blob':
        if (blobs.get(edit.id)?.hash !== edit.blob.hash) blobs.set(edit.id, edit.blob)
        break
      case 'note':
        blobs.delete(edit.id)
        break
      case 'delete':
        deleted.set(edit.id, edit.tombstone)
        break
      case 'revive':
        deleted.delete(edit.id)
        break
    }
  }
}
