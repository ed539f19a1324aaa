// Update bytes from a peer -> fit to be applied, or why not. Structure and schema only; whether Yjs can
// apply them is seen on the document itself.
import * as decoding from 'lib0/decoding'
import {
  readBlobEntry,
  readLinkEntry,
  readMode,
  readTimeEntry,
} from '../../shared/doc/index-values.ts'
import { contentRoot } from '../../shared/doc/note-doc.ts'
import { indexRoots } from '../../shared/doc/vault-index.ts'
import { type DocId, INDEX, parseBlobHash, parseId } from '../../shared/ids.ts'
import { maxUpdateBytes } from '../../shared/limits.ts'
import { isLinkTarget } from '../../shared/link-target.ts'
import { parsePath } from '../../shared/vault-path.ts'
import {
  UpdateRefusal,
  type UpdateSchema,
  contentRefs,
  readByte,
  readLength,
  readText,
  readUpdate,
  skipBytes,
} from './update-reader.ts'

export type Validity =
  { ok: true } | { ok: false; code: 'too-large' | 'invalid-update'; reason: string }

/** A tombstone's state vector; one of 2,000 clients is about 20 KB. */
const maxSeenBytes = 256 * 1024

const textType = 119
const trueType = 120
const objectType = 118
const bytesType = 116
const integerType = 125
const float32Type = 124
const float64Type = 123

const noteSchema: UpdateSchema = {
  checkParent(root, key) {
    if (root !== contentRoot) throw new UpdateRefusal(`a note has no root ${quote(root)}`)
    if (key !== undefined) throw new UpdateRefusal('a note has no keys')
  },
  readContent(from, ref) {
    switch (ref) {
      case contentRefs.string:
        return readText(from).length
      case contentRefs.deleted:
        return readLength(from)
      default:
        throw new UpdateRefusal(`a note holds text only, not content ${ref}`)
    }
  },
}

const indexSchema: UpdateSchema = {
  checkParent(root, key) {
    if (!indexRoots.some((known) => known === root)) {
      throw new UpdateRefusal(`the index has no root ${quote(root)}`)
    }
    if (key === undefined) throw new UpdateRefusal('no key')
    if (root === 'folders') checkPath(key)
    else if (parseId(key) === undefined) throw new UpdateRefusal('not a file id')
  },
  readContent(from, ref) {
    switch (ref) {
      case contentRefs.any:
        if (decoding.readVarUint(from) !== 1) throw new UpdateRefusal('not one value')
        readIndexValue(from)
        return 1
      case contentRefs.deleted:
        return readLength(from)
      default:
        throw new UpdateRefusal(`the index holds facts of files, not content ${ref}`)
    }
  },
}

/** Checks size, structure and schema of `update` for `doc`. Never throws. */
export function validateUpdate(doc: DocId, update: Uint8Array): Validity {
  if (update.length > maxUpdateBytes) {
    return { ok: false, code: 'too-large', reason: `an update may have ${maxUpdateBytes} bytes` }
  }
  try {
    readUpdate(update, doc === INDEX ? indexSchema : noteSchema)
    return { ok: true }
  } catch (thrown) {
    const reason = thrown instanceof UpdateRefusal ? thrown.message : 'not a Yjs V1 update'
    return { ok: false, code: 'invalid-update', reason }
  }
}

/** Whether `key` may stand in the index under `root`: there is nothing but files, and folders by their paths. */
export function isIndexKey(root: string, key: string): boolean {
  if (root !== 'folders') return parseId(key) !== undefined
  const parsed = parsePath(key)
  return parsed.ok && parsed.path === key
}

/** Whether a value that is now in the index under `root` is what that root holds. */
export function isIndexValue(root: string, value: unknown): boolean {
  switch (root) {
    case 'paths':
      return typeof value === 'string'
    case 'blobs':
      return readBlobEntry(value) !== undefined
    case 'times':
      return readTimeEntry(value) !== undefined
    case 'links':
      return readLinkEntry(value) !== undefined
    case 'modes':
      return readMode(value) !== undefined
    case 'folders':
      return value === true
    default:
      return isObject(value) && 'seen' in value
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function readIndexValue(from: decoding.Decoder): void {
  const type = readByte(from)
  if (type === textType) checkPath(readText(from))
  else if (type === integerType) checkMode(from)
  else if (type === objectType) readObject(from)
  else if (type !== trueType) throw new UpdateRefusal('nothing that is known of a file')
}

/** The owner can read it: no peer hides a file from its own user. */
function checkMode(from: decoding.Decoder): void {
  const mode = decoding.readVarInt(from)
  if (mode < 4 || mode > 7) throw new UpdateRefusal('not the rights of an owner')
}

function checkPath(text: string): void {
  const parsed = parsePath(text)
  if (!parsed.ok) throw new UpdateRefusal(`path is ${parsed.reason}`)
  if (parsed.path !== text) throw new UpdateRefusal('path is not in NFC')
}

const shapes = [
  'at by seen',
  'at by place seen',
  'at by hash seen',
  'at by hash place seen',
  'hash mtime size',
  'hash mtime',
  'target',
]

/** A tombstone, what bytes a binary file has, another time of them, or what a link says. */
function readObject(from: decoding.Decoder): void {
  const fields = new Set<string>()
  const count = decoding.readVarUint(from)
  for (let i = 0; i < count; i++) {
    const field = readText(from)
    if (fields.has(field)) throw new UpdateRefusal('a field twice')
    fields.add(field)
    readField(from, field, readByte(from))
  }
  if (!shapes.includes([...fields].sort().join(' '))) {
    throw new UpdateRefusal('neither a tombstone, nor bytes, nor a time, nor a link')
  }
}

const numbers = ['at', 'size', 'mtime']

function readField(from: decoding.Decoder, field: string, type: number): void {
  if (numbers.includes(field) && isNumber(type)) return skipNumber(from, type)
  if (field === 'by' && type === textType) {
    if (parseId(readText(from)) === undefined) throw new UpdateRefusal('not a device id')
    return
  }
  if (field === 'hash' && type === textType) {
    if (parseBlobHash(readText(from)) === undefined) throw new UpdateRefusal('not a SHA-256')
    return
  }
  if (field === 'place' && type === textType) return checkPath(readText(from))
  if (field === 'target' && type === textType) {
    if (!isLinkTarget(readText(from))) throw new UpdateRefusal('not a target within the vault')
    return
  }
  if (field === 'seen' && type === bytesType) {
    const length = skipBytes(from)
    if (length > maxSeenBytes) throw new UpdateRefusal('state vector too large')
    return readStateVector(from.arr.subarray(from.pos - length, from.pos))
  }
  throw new UpdateRefusal(`the index has no such field ${quote(field)}`)
}

function readStateVector(bytes: Uint8Array): void {
  const from = decoding.createDecoder(bytes)
  const clients = decoding.readVarUint(from)
  for (let i = 0; i < 2 * clients; i++) decoding.readVarUint(from)
  if (decoding.hasContent(from)) throw new UpdateRefusal('not a state vector')
}

function isNumber(type: number): boolean {
  return type === integerType || type === float32Type || type === float64Type
}

function skipNumber(from: decoding.Decoder, type: number): void {
  if (type === integerType) decoding.readVarInt(from)
  else from.pos += type === float32Type ? 4 : 8
  if (from.pos > from.arr.length) throw new UpdateRefusal('truncated')
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 40))
}
