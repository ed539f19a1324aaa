// Whether a note ever had a given text: its stored updates replayed one by one.
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import * as Y from 'yjs'
import { noteText } from '../../shared/doc/note-doc.ts'

/** So much text is hashed for one question; a longer history is not searched to its end. */
const maxHashedChars = 64 * 1024 * 1024
/** After so much text others get their turn. An update counts as some text, however short the note. */
const charsPerTurn = 1024 * 1024
const charsPerUpdate = 4096

/** Whether the text was, after one of `updates`, the one whose UTF-8 has the SHA-256 `hash`. */
export async function hadText(updates: readonly Uint8Array[], hash: Uint8Array): Promise<boolean> {
  const doc = new Y.Doc()
  let hashed = 0
  let thisTurn = 0
  for (const update of updates) {
    Y.applyUpdate(doc, update)
    const text = noteText(doc)
    if (createHash('sha256').update(text, 'utf8').digest().equals(hash)) return true
    hashed += text.length
    if (hashed > maxHashedChars) return false
    thisTurn += text.length + charsPerUpdate
    if (thisTurn < charsPerTurn) continue
    thisTurn = 0
    await setImmediate()
  }
  return false
}
