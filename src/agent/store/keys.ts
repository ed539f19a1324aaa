// Keys of the local store: one byte for the kind, 26 for the id, 8 for a log's position. They sort by that.
import type { DocId } from '../../shared/ids.ts'
import { assert } from '../../shared/assert.ts'

const idLength = 26
const positionLength = 8

/** The first byte of every key. */
export const keyKind = {
  census: 0,
  cursor: 1,
  index: 2,
  facts: 3,
  baseText: 4,
  log: 5,
  folders: 6,
} as const
export type KeyKind = (typeof keyKind)[keyof typeof keyKind]

/** The key of something there is one of. */
export function soleKey(kind: KeyKind): Uint8Array {
  return Uint8Array.of(kind)
}

export function idKey(kind: KeyKind, id: DocId): Uint8Array {
  const key = new Uint8Array(1 + idLength)
  key[0] = kind
  for (let at = 0; at < id.length; at++) key[at + 1] = id.charCodeAt(at)
  return key
}

export function logKey(doc: DocId, at: number): Uint8Array {
  assert(Number.isSafeInteger(at) && at >= 0, 'a log position is a whole number')
  const key = new Uint8Array(1 + idLength + positionLength)
  key.set(idKey(keyKind.log, doc))
  new DataView(key.buffer).setBigUint64(1 + idLength, BigInt(at))
  return key
}

/** The id part of a key, as text; '' when it has none. */
export function keyId(key: Uint8Array): string {
  let end = Math.min(key.length, 1 + idLength)
  while (end > 1 && key[end - 1] === 0) end--
  return String.fromCharCode(...key.subarray(1, end))
}

/** The position part of a log's key. */
export function keyPosition(key: Uint8Array): number {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength)
  return Number(view.getBigUint64(1 + idLength))
}

/** Bounds of all keys of a kind. */
export function kindRange(kind: KeyKind): { gte: Uint8Array; lt: Uint8Array } {
  return { gte: Uint8Array.of(kind), lt: Uint8Array.of(kind + 1) }
}

/** Bounds of a document's log, up to and including `upTo`. */
export function logRange(
  doc: DocId,
  upTo = Number.MAX_SAFE_INTEGER,
): { gte: Uint8Array; lte: Uint8Array } {
  return { gte: logKey(doc, 0), lte: logKey(doc, upTo) }
}
