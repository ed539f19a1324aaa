// A document that had no room for an edit: enough of it to see, without loading it, that there is none for
// others either.
import * as Y from 'yjs'
import { isEmptyUpdate } from '../../shared/doc/note-doc.ts'
import { maxStateBytes } from '../../shared/limits.ts'

/** `bytes`: its encoded state, without deleted text. */
export type FullDocument = { readonly stateVector: Uint8Array; readonly bytes: number }

/** Whether `update` has news for the document, takes nothing out of it, and is more than there is room for. */
export function isOverfull({ stateVector, bytes }: FullDocument, update: Uint8Array): boolean {
  const news = Y.diffUpdate(update, stateVector)
  if (isEmptyUpdate(news) || bytes + news.length <= maxStateBytes) return false
  return Y.decodeUpdate(update).ds.clients.size === 0
}
