// One message of the relay <-> bytes: a type byte, and its fields in order.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { unreachable } from '../assert.ts'
import { type ErrorCode, isErrorCode } from '../errors.ts'
import { type BlobHash, type DeviceId, type DocId, parseBlobHash } from '../ids.ts'
import {
  type Reader,
  type Writer,
  malformed,
  readBytes,
  readContent,
  readDoc,
  readFlag,
  readId,
  readList,
  readText,
  writeContent,
  writeDoc,
  writeFlag,
} from './fields.ts'
import type { RelayMessage } from './relay-message.ts'

const relayTypes = {
  welcome: 0,
  changes: 1,
  missing: 2,
  state: 3,
  exists: 4,
  update: 5,
  ack: 6,
  refused: 7,
  found: 8,
  bye: 9,
  wanted: 10,
  arrived: 11,
  epoch: 12,
} as const

export function writeRelayMessage(to: Writer, message: RelayMessage): void {
  encoding.writeUint8(to, relayTypes[message.type])
  switch (message.type) {
    case 'welcome':
      encoding.writeVarUint(to, message.protocol)
      encoding.writeVarString(to, message.epoch)
      encoding.writeVarUint(to, message.head)
      writeFlag(to, message.recover)
      return
    case 'changes':
      writeDocs(to, message.docs)
      writeFlag(to, message.last)
      return
    case 'missing':
      writeDocs(to, message.docs)
      return
    case 'state':
      writeDoc(to, message.doc)
      writeFlag(to, message.exists)
      encoding.writeVarUint8Array(to, message.update)
      encoding.writeVarUint(to, message.mtime)
      return
    case 'exists':
      return writeContent(to, message)
    case 'update':
      writeDoc(to, message.doc)
      encoding.writeVarUint(to, message.seq)
      encoding.writeVarString(to, message.device)
      encoding.writeVarUint8Array(to, message.update)
      encoding.writeVarUint(to, message.mtime)
      return
    case 'ack':
      encoding.writeVarUint(to, message.ref)
      encoding.writeVarUint(to, message.seq)
      return
    case 'refused':
      encoding.writeVarUint(to, message.ref)
      encoding.writeVarString(to, message.code)
      encoding.writeVarString(to, message.detail)
      return
    case 'found':
      encoding.writeVarUint(to, message.ref)
      writeFlag(to, message.known)
      return
    case 'bye':
      encoding.writeVarString(to, message.code)
      encoding.writeVarString(to, message.detail)
      return
    case 'wanted':
    case 'arrived':
      encoding.writeVarString(to, message.hash)
      return
    case 'epoch':
      encoding.writeVarString(to, message.epoch)
      return
    default:
      unreachable(message)
  }
}

export function readRelayMessage(from: Reader): RelayMessage {
  const type = decoding.readUint8(from)
  switch (type) {
    case relayTypes.welcome:
      return {
        type: 'welcome',
        protocol: decoding.readVarUint(from),
        epoch: readText(from),
        head: decoding.readVarUint(from),
        recover: readFlag(from),
      }
    case relayTypes.changes:
      return { type: 'changes', docs: readList(from, readDoc), last: readFlag(from) }
    case relayTypes.missing:
      return { type: 'missing', docs: readList(from, readDoc) }
    case relayTypes.state:
      return {
        type: 'state',
        doc: readDoc(from),
        exists: readFlag(from),
        update: readBytes(from),
        mtime: decoding.readVarUint(from),
      }
    case relayTypes.exists:
      return { type: 'exists', ...readContent(from) }
    case relayTypes.update:
      return {
        type: 'update',
        doc: readDoc(from),
        seq: decoding.readVarUint(from),
        device: readId<DeviceId>(from),
        update: readBytes(from),
        mtime: decoding.readVarUint(from),
      }
    case relayTypes.ack:
      return { type: 'ack', ref: decoding.readVarUint(from), seq: decoding.readVarUint(from) }
    case relayTypes.refused:
      return {
        type: 'refused',
        ref: decoding.readVarUint(from),
        code: readErrorCode(from),
        detail: readText(from),
      }
    case relayTypes.found:
      return { type: 'found', ref: decoding.readVarUint(from), known: readFlag(from) }
    case relayTypes.bye:
      return { type: 'bye', code: readErrorCode(from), detail: readText(from) }
    case relayTypes.wanted:
      return { type: 'wanted', hash: readBlobHash(from) }
    case relayTypes.arrived:
      return { type: 'arrived', hash: readBlobHash(from) }
    case relayTypes.epoch:
      return { type: 'epoch', epoch: readText(from) }
    default:
      throw malformed(`unknown message type ${type}`)
  }
}

function writeDocs(to: Writer, docs: readonly DocId[]): void {
  encoding.writeVarUint(to, docs.length)
  docs.forEach((doc) => writeDoc(to, doc))
}

function readBlobHash(from: Reader): BlobHash {
  const hash = parseBlobHash(readText(from))
  if (hash === undefined) throw malformed('no hash')
  return hash
}

/** A code from a newer relay reads as `internal`. */
function readErrorCode(from: Reader): ErrorCode {
  const code = readText(from)
  return isErrorCode(code) ? code : 'internal'
}
