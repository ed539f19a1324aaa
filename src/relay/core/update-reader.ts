// Walks the bytes of a Yjs V1 update without building anything from them. Yjs' own decoder allocates
// what an update claims to hold, makes sub-documents, recurses; this one only reads.
import * as decoding from 'lib0/decoding'

type Reader = decoding.Decoder

/** What kind of content an item carries (yjs/src/structs/Item.js `contentRefs`). */
export const contentRefs = { deleted: 1, string: 4, any: 8 } as const

/** What a kind of document lets an item be. Both throw `UpdateRefusal`. */
export type UpdateSchema = {
  /** `key` is the map key, undefined in a list or text. Called where an item names its parent. */
  checkParent(root: string, key: string | undefined): void
  /** Reads the content of kind `ref` and returns its length in clock ticks. */
  readContent(from: Reader, ref: number): number
}

/** Why an update is not taken. */
export class UpdateRefusal extends Error {
  override readonly name = 'UpdateRefusal'
}

const hasOrigin = 0x80
const hasRightOrigin = 0x40
const hasKey = 0x20
const refMask = 0x1f
const skipInfo = 10

/** Reads `update` from the first to the last byte. Throws on anything Yjs cannot have written. */
export function readUpdate(update: Uint8Array, schema: UpdateSchema): void {
  const from = decoding.createDecoder(update)
  readStructs(from, schema)
  readDeletes(from)
  if (from.pos !== update.length) throw new UpdateRefusal('length does not match')
}

/** Reads a string and refuses one that reaches beyond the update. */
export function readText(from: Reader): string {
  const text = decoding.readVarString(from)
  if (from.pos > from.arr.length) throw new UpdateRefusal('truncated')
  return text
}

/** The length of some bytes, skipped. */
export function skipBytes(from: Reader): number {
  const length = decoding.readVarUint(from)
  from.pos += length
  if (from.pos > from.arr.length) throw new UpdateRefusal('truncated')
  return length
}

/** Reads a count that must be at least 1; an empty struct would make Yjs loop or throw. */
export function readLength(from: Reader): number {
  const length = decoding.readVarUint(from)
  if (length === 0) throw new UpdateRefusal('empty struct')
  return length
}

function readStructs(from: Reader, schema: UpdateSchema): void {
  const clients = new Set<number>()
  const count = decoding.readVarUint(from)
  for (let i = 0; i < count; i++) {
    const structs = readLength(from)
    const client = decoding.readVarUint(from)
    if (clients.has(client)) throw new UpdateRefusal('a client twice')
    clients.add(client)
    let clock = decoding.readVarUint(from)
    for (let k = 0; k < structs; k++) {
      clock += readStruct(from, schema)
      if (!Number.isSafeInteger(clock)) throw new UpdateRefusal('clock out of range')
    }
  }
}

function readStruct(from: Reader, schema: UpdateSchema): number {
  const info = readByte(from)
  const ref = info & refMask
  if (info === skipInfo || ref === 0) return readLength(from)
  if ((info & hasOrigin) !== 0) readItemId(from)
  if ((info & hasRightOrigin) !== 0) readItemId(from)
  if ((info & (hasOrigin | hasRightOrigin)) === 0) {
    if (decoding.readVarUint(from) !== 1) throw new UpdateRefusal('nested type')
    const root = readText(from)
    schema.checkParent(root, (info & hasKey) !== 0 ? readText(from) : undefined)
  }
  const length = schema.readContent(from, ref)
  if (length === 0) throw new UpdateRefusal('empty struct')
  return length
}

function readItemId(from: Reader): void {
  decoding.readVarUint(from)
  decoding.readVarUint(from)
}

function readDeletes(from: Reader): void {
  const clients = decoding.readVarUint(from)
  for (let i = 0; i < clients; i++) {
    decoding.readVarUint(from)
    const ranges = decoding.readVarUint(from)
    for (let k = 0; k < ranges; k++) {
      const clock = decoding.readVarUint(from)
      if (!Number.isSafeInteger(clock + readLength(from))) {
        throw new UpdateRefusal('clock out of range')
      }
    }
  }
}

/** The next byte; lib0's own `readUint8` gives undefined at the end. */
export function readByte(from: Reader): number {
  const byte = from.arr[from.pos++]
  if (byte === undefined) throw new UpdateRefusal('truncated')
  return byte
}
