// Keys and values of the relay's database. Documents lie as y-leveldb lays them, so that its
// `LeveldbPersistence` reads the same folder; our own rows begin with a byte that it never looks at.
import * as encoding from 'lib0/encoding'
import { keyEncoding } from 'y-leveldb'
import type { DocId, VaultId } from '../../shared/ids.ts'

const utf8 = new TextEncoder()
const text = new TextDecoder()

/** The name a document has for y-leveldb. */
function docName(vault: VaultId, doc: DocId): string {
  return `${vault}/${doc}`
}

/** One update of a document; `clock` counts them from 0. */
export function updateKey(vault: VaultId, doc: DocId, clock: number): Uint8Array {
  return keyEncoding.encode(['v1', docName(vault, doc), 'update', clock])
}

/** All updates of a document, first to last. */
export function updateRange(vault: VaultId, doc: DocId): { gte: Uint8Array; lt: Uint8Array } {
  return { gte: updateKey(vault, doc, 0), lt: updateKey(vault, doc, 0xffff_ffff) }
}

/** The `clock` in an update's key. */
export function clockOf(key: Uint8Array): number {
  const clock = keyEncoding.decode(key)[3]
  if (typeof clock !== 'number') throw new Error('not the key of an update')
  return clock
}

/** y-leveldb lists documents by this row; it tells how far the state vector in it goes. */
export function stateVectorKey(vault: VaultId, doc: DocId): Uint8Array {
  return keyEncoding.encode(['v1_sv', docName(vault, doc)])
}

export function stateVectorValue(clock: number, stateVector: Uint8Array): Uint8Array {
  return encoding.encode((to) => {
    encoding.writeVarUint(to, clock)
    encoding.writeVarUint8Array(to, stateVector)
  })
}

export const epochKey = utf8.encode('undrift/epoch')

export function headKey(vault: VaultId): Uint8Array {
  return utf8.encode(`undrift/head/${vault}`)
}

export function lastSeqKey(vault: VaultId, doc: DocId): Uint8Array {
  return utf8.encode(`undrift/last/${vault}/${doc}`)
}

export function ledgerKey(vault: VaultId, seq: number): Uint8Array {
  return utf8.encode(`undrift/ledger/${vault}/${String(seq).padStart(16, '0')}`)
}

/** All keys that begin with `undrift/<kind>/<vault>/`. */
export function rowRange(
  kind: 'last' | 'ledger',
  vault: VaultId,
): { gte: Uint8Array; lt: Uint8Array } {
  // '0' comes right after '/'.
  const prefix = `undrift/${kind}/${vault}`
  return { gte: utf8.encode(`${prefix}/`), lt: utf8.encode(`${prefix}0`) }
}

/** The last part of one of our own keys. */
export function lastPart(key: Uint8Array): string {
  const path = text.decode(key)
  return path.slice(path.lastIndexOf('/') + 1)
}

export function jsonValue(value: unknown): Uint8Array {
  return utf8.encode(JSON.stringify(value))
}

export function readJson(bytes: Uint8Array): unknown {
  return JSON.parse(text.decode(bytes))
}
