// Many updates of a document -> one that leaves it the same, deleted text left out (`Y.mergeUpdates` keeps it).
import * as Y from 'yjs'

export function compactUpdates(updates: readonly Uint8Array[]): Uint8Array {
  const doc = new Y.Doc()
  doc.transact(() => updates.forEach((update) => Y.applyUpdate(doc, update)))
  return Y.encodeStateAsUpdate(doc)
}
