// Applies a validated update to the relay's own copy of a document, and says what came of it.
import * as Y from 'yjs'
import type { Origin } from '../../shared/doc/origins.ts'
import { type DocId, INDEX } from '../../shared/ids.ts'
import { isIndexKey, isIndexValue } from '../core/validate-update.ts'

/**
 * `known`: the document had all of it already. `broken`: the copy must be thrown away, since Yjs
 * leaves a part of what it could not apply (measured.md M17).
 */
export type Applied =
  | { type: 'changed' }
  | { type: 'known' }
  | { type: 'broken'; code: 'invalid-update' | 'too-large'; reason: string }

/** Most bytes of a document that may wait for updates nobody has sent. */
const maxPendingBytes = 1024 * 1024

export function applyUpdate(id: DocId, doc: Y.Doc, update: Uint8Array): Applied {
  let changed: Y.Transaction | undefined
  const observe = (transaction: Y.Transaction): void => void (changed = transaction)
  const onUpdate = (_: Uint8Array, __: unknown, ___: Y.Doc, transaction: Y.Transaction): void =>
    observe(transaction)
  doc.on('update', onUpdate)
  try {
    const origin: Origin = 'remote'
    Y.applyUpdate(doc, update, origin)
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    return { type: 'broken', code: 'invalid-update', reason }
  } finally {
    doc.off('update', onUpdate)
  }
  return judge(id, doc, changed)
}

function judge(id: DocId, doc: Y.Doc, changed: Y.Transaction | undefined): Applied {
  const pending = pendingBytes(doc)
  if (pending > maxPendingBytes) {
    return { type: 'broken', code: 'too-large', reason: 'too much waits for missing updates' }
  }
  if (changed !== undefined && id === INDEX && !isIndexSound(doc, changed)) {
    return { type: 'broken', code: 'invalid-update', reason: 'not an index' }
  }
  return changed === undefined && pending === 0 ? { type: 'known' } : { type: 'changed' }
}

function pendingBytes(doc: Y.Doc): number {
  const { pendingStructs, pendingDs } = doc.store
  return (pendingStructs?.update.length ?? 0) + (pendingDs?.length ?? 0)
}

/** A map entry that follows another names neither root nor key, so these are seen only now. */
function isIndexSound(doc: Y.Doc, { changed }: Y.Transaction): boolean {
  for (const [root, type] of doc.share) {
    for (const key of changed.get(type) ?? []) {
      if (key === null || !isIndexKey(root, key)) return false
      const value: unknown = doc.getMap(root).get(key)
      if (value !== undefined && !isIndexValue(root, value)) return false
    }
  }
  return true
}
