// Which state of a note had a given text: its stored updates replayed one by one.
import { createHash } from 'node:crypto'
import * as Y from 'yjs'
import { noteText } from '../../shared/doc/note-doc.ts'

/** So much text is hashed for one question; a longer history is not searched to its end. */
const maxHashedChars = 64 * 1024 * 1024

/** The state (an update from nothing) whose UTF-8 text has the SHA-256 `hash`; undefined if none had. */
export function findVersion(
  updates: readonly Uint8Array[],
  hash: Uint8Array,
): Uint8Array | undefined {
  const doc = new Y.Doc()
  let hashed = 0
  for (const update of updates) {
    Y.applyUpdate(doc, update)
    const text = noteText(doc)
    hashed += text.length
    if (createHash('sha256').update(text, 'utf8').digest().equals(hash)) {
      return Y.encodeStateAsUpdate(doc)
    }
    if (hashed > maxHashedChars) return undefined
  }
  return undefined
}
