// Bytes <-> messages, and the only parser of frames from a peer. A frame is messages end to end, each a
// type byte and its fields in lib0 encoding.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { AppError, type ErrorCode, isErrorCode, toAppError } from '../errors.ts'
import { type DeviceId, type DocId, INDEX, type SessionId, parseDocId, parseId } from '../ids.ts'
import { maxMessagesPerFrame, maxUpdateBytes } from '../limits.ts'
import { unreachable } from '../assert.ts'
import type { AgentMessage, DocDigest } from './agent-message.ts'
import type { RelayMessage } from './relay-message.ts'

const agentTypes = { hello: 0, compare: 1, pull: 2, seed: 3, update: 4, find: 5 } as const
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
} as const

const digestBytes = 16
const maxTextBytes = 1024
const maxListLength = 1 << 20

type Writer = encoding.Encoder
type Reader = decoding.Decoder

export function encodeAgentFrame(messages: readonly AgentMessage[]): Uint8Array {
  return encoding.encode((to) => messages.forEach((message) => writeAgentMessage(to, message)))
}

export function encodeRelayFrame(messages: readonly RelayMessage[]): Uint8Array {
  return encoding.encode((to) => messages.forEach((message) => writeRelayMessage(to, message)))
}

/** Throws `AppError('malformed')` on anything that `encodeAgentFrame` cannot have written. */
export function decodeAgentFrame(bytes: Uint8Array): AgentMessage[] {
  return decodeFrame(bytes, readAgentMessage)
}

/** Throws `AppError('malformed')` on anything that `encodeRelayFrame` cannot have written. */
export function decodeRelayFrame(bytes: Uint8Array): RelayMessage[] {
  return decodeFrame(bytes, readRelayMessage)
}

function decodeFrame<Message>(bytes: Uint8Array, read: (from: Reader) => Message): Message[] {
  try {
    const from = decoding.createDecoder(bytes)
    const messages: Message[] = []
    while (decoding.hasContent(from)) {
      if (messages.length === maxMessagesPerFrame) throw malformed('too many messages in a frame')
      messages.push(read(from))
      // lib0 reads on into the rest of a shared buffer, which may hold somebody else's bytes.
      if (from.pos > bytes.length) throw malformed('truncated frame')
    }
    if (messages.length === 0) throw malformed('empty frame')
    return messages
  } catch (thrown) {
    throw toAppError(thrown, 'malformed')
  }
}

function writeAgentMessage(to: Writer, message: AgentMessage): void {
  encoding.writeUint8(to, agentTypes[message.type])
  switch (message.type) {
    case 'hello':
      encoding.writeVarUint(to, message.protocol)
      encoding.writeVarString(to, message.session)
      encoding.writeVarUint(to, message.clientId)
      encoding.writeVarString(to, message.epoch)
      encoding.writeVarUint(to, message.cursor)
      return
    case 'compare':
      encoding.writeVarUint(to, message.docs.length)
      for (const { doc, digest } of message.docs) {
        writeDoc(to, doc)
        encoding.writeUint8Array(to, digest)
      }
      writeFlag(to, message.last)
      return
    case 'pull':
      writeDoc(to, message.doc)
      encoding.writeVarUint8Array(to, message.stateVector)
      return
    case 'seed':
    case 'update':
      encoding.writeVarUint(to, message.ref)
      writeDoc(to, message.doc)
      encoding.writeVarUint8Array(to, message.update)
      return
    case 'find':
      encoding.writeVarUint(to, message.ref)
      writeDoc(to, message.doc)
      encoding.writeVarUint8Array(to, message.hash)
      return
    default:
      unreachable(message)
  }
}

function readAgentMessage(from: Reader): AgentMessage {
  const type = decoding.readUint8(from)
  switch (type) {
    case agentTypes.hello:
      return {
        type: 'hello',
        protocol: decoding.readVarUint(from),
        session: readId<SessionId>(from),
        clientId: readClientId(from),
        epoch: readText(from),
        cursor: decoding.readVarUint(from),
      }
    case agentTypes.compare:
      return { type: 'compare', docs: readList(from, readDigest), last: readFlag(from) }
    case agentTypes.pull:
      return { type: 'pull', doc: readDoc(from), stateVector: readBytes(from) }
    case agentTypes.seed:
      return {
        type: 'seed',
        ref: decoding.readVarUint(from),
        doc: readDoc(from),
        update: readBytes(from),
      }
    case agentTypes.update:
      return {
        type: 'update',
        ref: decoding.readVarUint(from),
        doc: readDoc(from),
        update: readBytes(from),
      }
    case agentTypes.find:
      return {
        type: 'find',
        ref: decoding.readVarUint(from),
        doc: readDoc(from),
        hash: readBytes(from),
      }
    default:
      throw malformed(`unknown message type ${type}`)
  }
}

function writeRelayMessage(to: Writer, message: RelayMessage): void {
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
      return
    case 'exists':
      encoding.writeVarUint(to, message.ref)
      writeDoc(to, message.doc)
      encoding.writeVarUint8Array(to, message.update)
      return
    case 'update':
      writeDoc(to, message.doc)
      encoding.writeVarUint(to, message.seq)
      encoding.writeVarString(to, message.device)
      encoding.writeVarUint8Array(to, message.update)
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
      encoding.writeVarUint8Array(to, message.update)
      return
    case 'bye':
      encoding.writeVarString(to, message.code)
      encoding.writeVarString(to, message.detail)
      return
    default:
      unreachable(message)
  }
}

function readRelayMessage(from: Reader): RelayMessage {
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
      return { type: 'state', doc: readDoc(from), exists: readFlag(from), update: readBytes(from) }
    case relayTypes.exists:
      return {
        type: 'exists',
        ref: decoding.readVarUint(from),
        doc: readDoc(from),
        update: readBytes(from),
      }
    case relayTypes.update:
      return {
        type: 'update',
        doc: readDoc(from),
        seq: decoding.readVarUint(from),
        device: readId<DeviceId>(from),
        update: readBytes(from),
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
      return {
        type: 'found',
        ref: decoding.readVarUint(from),
        known: readFlag(from),
        update: readBytes(from),
      }
    case relayTypes.bye:
      return { type: 'bye', code: readErrorCode(from), detail: readText(from) }
    default:
      throw malformed(`unknown message type ${type}`)
  }
}

/** The index is by far the most often named document: one byte stands for it. */
function writeDoc(to: Writer, doc: DocId): void {
  encoding.writeVarString(to, doc === INDEX ? '' : doc)
}

function readDoc(from: Reader): DocId {
  const text = readText(from)
  const doc = text === '' ? INDEX : parseDocId(text)
  if (doc === undefined) throw malformed('not a document id')
  return doc
}

function writeDocs(to: Writer, docs: readonly DocId[]): void {
  encoding.writeVarUint(to, docs.length)
  docs.forEach((doc) => writeDoc(to, doc))
}

function readDigest(from: Reader): DocDigest {
  return { doc: readDoc(from), digest: decoding.readUint8Array(from, digestBytes).slice() }
}

function readId<T extends DeviceId | SessionId>(from: Reader): T {
  const id = parseId<T>(readText(from))
  if (id === undefined) throw malformed('not an id')
  return id
}

function readClientId(from: Reader): number {
  const id = decoding.readVarUint(from)
  if (id > 0xffff_ffff) throw malformed('clientID over 32 bits')
  return id
}

/** A code from a newer relay reads as `internal`. */
function readErrorCode(from: Reader): ErrorCode {
  const code = readText(from)
  return isErrorCode(code) ? code : 'internal'
}

function writeFlag(to: Writer, flag: boolean): void {
  encoding.writeUint8(to, flag ? 1 : 0)
}

function readFlag(from: Reader): boolean {
  const byte = decoding.readUint8(from)
  if (byte > 1) throw malformed('not a flag')
  return byte === 1
}

function readText(from: Reader): string {
  const text = decoding.readVarString(from)
  if (text.length > maxTextBytes) throw malformed('text too long')
  return text
}

/** Copies, so that a message does not keep its whole frame alive. */
function readBytes(from: Reader): Uint8Array {
  const bytes = decoding.readVarUint8Array(from)
  if (bytes.length > maxUpdateBytes) throw malformed('update too large')
  return bytes.slice()
}

function readList<Item>(from: Reader, read: (from: Reader) => Item): Item[] {
  const length = decoding.readVarUint(from)
  if (length > maxListLength) throw malformed('list too long')
  const items: Item[] = []
  for (let i = 0; i < length; i++) items.push(read(from))
  return items
}

function malformed(what: string): AppError {
  return new AppError('malformed', what)
}
