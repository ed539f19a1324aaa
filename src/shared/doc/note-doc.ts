// The Yjs document of one note: a single root Y.Text named `content`, which any Yjs editor binds to.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import type { Splice } from '../text/splice.ts'
import type { Origin } from './origins.ts'

export const contentRoot = 'content'
/** Yjs' number for a run of characters (yjs/src/structs/Item.js `contentRefs`). */
const stringContent = 4

/**
 * A document that holds what `updates` say, in order. gc is on: deleted text leaves memory. It takes
 * its clientID last: Yjs takes our own earlier writing for a foreign use of the id otherwise, and gives
 * the document another.
 */
export function openDoc(updates: readonly Uint8Array[], clientId?: number): Y.Doc {
  const doc = newDoc()
  const origin: Origin = 'load'
  doc.transact(() => updates.forEach((update) => Y.applyUpdate(doc, update, origin)), origin)
  if (clientId !== undefined) doc.clientID = clientId
  return doc
}

/** How many bytes `updates` have together. */
export function bytesOf(updates: readonly Uint8Array[]): number {
  return updates.reduce((sum, { length }) => sum + length, 0)
}

export function noteContent(doc: Y.Doc): Y.Text {
  return doc.getText(contentRoot)
}

export function noteText(doc: Y.Doc): string {
  return noteContent(doc).toString()
}

/** Applies `splices` (positions in the note's present text) as one transaction and returns its update. */
export function editNote(doc: Y.Doc, splices: readonly Splice[], origin: Origin): Uint8Array {
  return captureUpdate(doc, () =>
    doc.transact(() => {
      const content = noteContent(doc)
      for (const { at, remove, insert } of splices.toReversed()) {
        if (remove > 0) content.delete(at, remove)
        if (insert !== '') content.insert(at, insert)
      }
    }, origin),
  )
}

/**
 * The first content of a note: the bytes that Yjs gives for one insertion into a document of its own
 * (the test compares them), at a tenth of the time. Empty text gives an update too.
 */
export function seedNote(text: string, clientId: number): Uint8Array {
  if (text === '') return emptyUpdate()
  return encoding.encode((to) => {
    encoding.writeVarUint(to, 1) // clients
    encoding.writeVarUint(to, 1) // structs of this one
    encoding.writeVarUint(to, clientId)
    encoding.writeVarUint(to, 0) // clock
    encoding.writeUint8(to, stringContent)
    encoding.writeVarUint(to, 1) // the parent is a root
    encoding.writeVarString(to, contentRoot)
    encoding.writeVarString(to, text)
    encoding.writeVarUint(to, 0) // deletions
  })
}

/** The text of an update that has the form of a seed; undefined of any other. Needs no document, never throws. */
export function seedText(update: Uint8Array): string | undefined {
  if (isEmptyUpdate(update)) return ''
  try {
    return readSeed(decoding.createDecoder(update))
  } catch {
    return undefined
  }
}

/** See `seedNote` for what each of these is. */
function readSeed(from: decoding.Decoder): string | undefined {
  if (decoding.readVarUint(from) !== 1 || decoding.readVarUint(from) !== 1) return undefined
  decoding.readVarUint(from)
  if (decoding.readVarUint(from) !== 0 || decoding.readUint8(from) !== stringContent)
    return undefined
  if (decoding.readVarUint(from) !== 1 || decoding.readVarString(from) !== contentRoot)
    return undefined
  const text = decoding.readVarString(from)
  const isEnd = decoding.readVarUint(from) === 0 && from.pos === from.arr.length
  return isEnd && text !== '' ? text : undefined
}

/** Runs `change` and returns the update it caused; an update without content when it changed nothing. */
export function captureUpdate(doc: Y.Doc, change: () => void): Uint8Array {
  const updates: Uint8Array[] = []
  const collect = (update: Uint8Array): void => void updates.push(update)
  doc.on('update', collect)
  change()
  doc.off('update', collect)
  return updates.length === 0 ? emptyUpdate() : Y.mergeUpdates(updates)
}

/** The Yjs V1 update that changes nothing: no structs, no deletes. */
export function emptyUpdate(): Uint8Array {
  return new Uint8Array([0, 0])
}

export function isEmptyUpdate(update: Uint8Array): boolean {
  return update.length === 2 && update[0] === 0 && update[1] === 0
}

/** A guid matters only to providers that tell documents apart by it; a random one costs more than loading. */
function newDoc(): Y.Doc {
  return new Y.Doc({ guid: '' })
}
