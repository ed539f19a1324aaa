// The fields that messages of both directions are made of, in lib0 encoding. Readers throw
// `AppError('malformed')`, and bound what a peer may say.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { AppError } from '../errors.ts'
import { type DeviceId, type DocId, INDEX, type SessionId, parseDocId, parseId } from '../ids.ts'
import { maxUpdateBytes } from '../limits.ts'

const maxTextBytes = 1024
const maxListLength = 1 << 20

export type Writer = encoding.Encoder
export type Reader = decoding.Decoder

/** The index is by far the most often named document: one byte stands for it. */
export function writeDoc(to: Writer, doc: DocId): void {
  encoding.writeVarString(to, doc === INDEX ? '' : doc)
}

export function readDoc(from: Reader): DocId {
  const text = readText(from)
  const doc = text === '' ? INDEX : parseDocId(text)
  if (doc === undefined) throw malformed('not a document id')
  return doc
}

export function readId<T extends DeviceId | SessionId>(from: Reader): T {
  const id = parseId<T>(readText(from))
  if (id === undefined) throw malformed('not an id')
  return id
}

export function writeFlag(to: Writer, flag: boolean): void {
  encoding.writeUint8(to, flag ? 1 : 0)
}

export function readFlag(from: Reader): boolean {
  const byte = decoding.readUint8(from)
  if (byte > 1) throw malformed('not a flag')
  return byte === 1
}

export function readText(from: Reader): string {
  const text = decoding.readVarString(from)
  if (text.length > maxTextBytes) throw malformed('text too long')
  return text
}

/** Copies, so that a message does not keep its whole frame alive. */
export function readBytes(from: Reader): Uint8Array {
  const bytes = decoding.readVarUint8Array(from)
  if (bytes.length > maxUpdateBytes) throw malformed('update too large')
  return bytes.slice()
}

/** An update of a document, which the other side answers, or is the answer to, under `ref`. */
export type Content = {
  readonly ref: number
  readonly doc: DocId
  readonly update: Uint8Array
  readonly mtime: number
}

export function writeContent(to: Writer, { ref, doc, update, mtime }: Content): void {
  encoding.writeVarUint(to, ref)
  writeDoc(to, doc)
  encoding.writeVarUint8Array(to, update)
  encoding.writeVarUint(to, mtime)
}

export function readContent(from: Reader): Content {
  return {
    ref: decoding.readVarUint(from),
    doc: readDoc(from),
    update: readBytes(from),
    mtime: decoding.readVarUint(from),
  }
}

export function readList<Item>(from: Reader, read: (from: Reader) => Item): Item[] {
  const length = decoding.readVarUint(from)
  if (length > maxListLength) throw malformed('list too long')
  const items: Item[] = []
  for (let i = 0; i < length; i++) items.push(read(from))
  return items
}

export function malformed(what: string): AppError {
  return new AppError('malformed', what)
}
