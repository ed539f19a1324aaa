// What an index says of one file's place and life, decoded: any peer may have written anything into it.
import type * as Y from 'yjs'
import type { FileId } from '../ids.ts'
import { type VaultPath, parsePath } from '../vault-path.ts'
import { readTombstone } from './index-values.ts'
import { indexDeleted, indexPaths } from './vault-index.ts'

export type IndexEntry =
  | { readonly type: 'none' }
  | { readonly type: 'live' | 'deleted'; readonly path: VaultPath }
  /** `text`: the path that may not be written; empty for what is no text. */
  | { readonly type: 'unsafe'; readonly text: string }

/** A tombstone that cannot be read deletes nothing. */
export function readIndexEntry(index: Y.Doc, id: FileId): IndexEntry {
  const value = indexPaths(index).get(id)
  if (value === undefined) return { type: 'none' }
  if (typeof value !== 'string') return { type: 'unsafe', text: '' }
  const parsed = parsePath(value)
  if (!parsed.ok) return { type: 'unsafe', text: value }
  const isDeleted = readTombstone(indexDeleted(index).get(id)) !== undefined
  return { type: isDeleted ? 'deleted' : 'live', path: parsed.path }
}

/** Whether something stands where the file's tombstone would, and is none. */
export function hasBrokenTombstone(index: Y.Doc, id: FileId): boolean {
  const value: unknown = indexDeleted(index).get(id)
  return value !== undefined && readTombstone(value) === undefined
}
