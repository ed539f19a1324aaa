// The Yjs document of a vault's tree: one flat root map per independent fact, so that a rename and a
// delete, or two renames of different files, never overwrite each other.
import type * as Y from 'yjs'
import type { BlobHash, DeviceId, FileId } from '../ids.ts'
import type { VaultPath } from '../vault-path.ts'

export const indexRoots = [
  'paths',
  'blobs',
  'times',
  'links',
  'modes',
  'folders',
  'deleted',
] as const

/**
 * A tombstone. `seen` is the note's state vector that the deleter had, `hash` that of the bytes or of the
 * target, if the file was no note; `at` is for display only. `place` is there when another file was moved over this
 * one: it is deleted under that name only.
 */
export type Tombstone = {
  at: number
  by: DeviceId
  seen: Uint8Array
  hash?: BlobHash
  place?: VaultPath
}

/** The bytes of a binary file: `size` in bytes, `mtime` (when they were written) in microseconds since 1970. */
export type BlobEntry = { hash: BlobHash; size: number; mtime: number }

/** Another time (as in `BlobEntry`) of bytes that were only touched since: of those with this hash and no others. */
export type TimeEntry = { hash: BlobHash; mtime: number }

/** What a symbolic link says, as it says it: relative to the folder that the link is in. */
export type LinkEntry = { target: string }

/** What the owner may do with a file, in the bits of `chmod`'s first digit. */
export const defaultMode = 6

/** The maps have the types of what is written here; what a peer wrote is read by `index-entry` and `index-values`. */
export function indexPaths(doc: Y.Doc): Y.Map<string> {
  return doc.getMap('paths')
}

/** Who has an entry here is binary. */
export function indexBlobs(doc: Y.Doc): Y.Map<BlobEntry> {
  return doc.getMap('blobs')
}

/** Apart from the bytes, so that who only touches a file does not put them above what others write at the same time. */
export function indexTimes(doc: Y.Doc): Y.Map<TimeEntry> {
  return doc.getMap('times')
}

/** Who has an entry here, and none in `blobs`, is a symbolic link; who has none in either is a note. */
export function indexLinks(doc: Y.Doc): Y.Map<LinkEntry> {
  return doc.getMap('links')
}

/** Of the files whose owner has other rights than `defaultMode`. */
export function indexModes(doc: Y.Doc): Y.Map<number> {
  return doc.getMap('modes')
}

/** By path: folders that are there though nothing is in them. */
export function indexFolders(doc: Y.Doc): Y.Map<true> {
  return doc.getMap('folders')
}

export function indexDeleted(doc: Y.Doc): Y.Map<Tombstone> {
  return doc.getMap('deleted')
}

/** One change of the tree, as an agent decides it. */
export type IndexEdit =
  | { type: 'place'; id: FileId; path: VaultPath }
  | { type: 'blob'; id: FileId; blob: BlobEntry }
  | { type: 'time'; id: FileId; time: TimeEntry }
  | { type: 'link'; id: FileId; link: LinkEntry }
  | { type: 'note'; id: FileId }
  | { type: 'mode'; id: FileId; mode: number }
  | { type: 'folder'; path: VaultPath }
  /** `name`: as the index has it. */
  | { type: 'no-folder'; name: string }
  | { type: 'delete'; id: FileId; tombstone: Tombstone }
  | { type: 'revive'; id: FileId }

/** Applies `edits` inside the caller's transaction. */
export function applyIndexEdits(doc: Y.Doc, edits: readonly IndexEdit[]): void {
  const blobs = indexBlobs(doc)
  const links = indexLinks(doc)
  for (const edit of edits) {
    switch (edit.type) {
      case 'place':
        setTo(indexPaths(doc), edit.id, edit.path)
        break
      case 'blob':
        links.delete(edit.id)
        indexTimes(doc).delete(edit.id)
        if (!isSameBlob(blobs.get(edit.id), edit.blob)) blobs.set(edit.id, edit.blob)
        break
      case 'time':
        indexTimes(doc).set(edit.id, edit.time)
        break
      case 'link':
        blobs.delete(edit.id)
        if (links.get(edit.id)?.target !== edit.link.target) links.set(edit.id, edit.link)
        break
      case 'note':
        blobs.delete(edit.id)
        links.delete(edit.id)
        break
      case 'mode':
        if (edit.mode === defaultMode) indexModes(doc).delete(edit.id)
        else setTo(indexModes(doc), edit.id, edit.mode)
        break
      case 'folder':
        setTo(indexFolders(doc), edit.path, true)
        break
      case 'no-folder':
        indexFolders(doc).delete(edit.name)
        break
      case 'delete':
        indexDeleted(doc).set(edit.id, edit.tombstone)
        break
      case 'revive':
        indexDeleted(doc).delete(edit.id)
        break
    }
  }
}

function setTo<Value>(map: Y.Map<Value>, key: string, value: Value): void {
  if (map.get(key) !== value) map.set(key, value)
}

function isSameBlob(a: BlobEntry | undefined, b: BlobEntry): boolean {
  return a?.hash === b.hash && a.mtime === b.mtime
}
