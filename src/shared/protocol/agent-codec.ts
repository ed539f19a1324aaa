// One message of an agent <-> bytes: a type byte, and its fields in order.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { unreachable } from '../assert.ts'
import type { SessionId } from '../ids.ts'
import type { AgentMessage, DocDigest } from './agent-message.ts'
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

const agentTypes = { hello: 0, compare: 1, pull: 2, seed: 3, update: 4, find: 5 } as const

const digestBytes = 16

export function writeAgentMessage(to: Writer, message: AgentMessage): void {
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
      return writeContent(to, message)
    case 'find':
      encoding.writeVarUint(to, message.ref)
      writeDoc(to, message.doc)
      encoding.writeVarUint8Array(to, message.hash)
      return
    default:
      unreachable(message)
  }
}

export function readAgentMessage(from: Reader): AgentMessage {
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
      return { type: 'seed', ...readContent(from) }
    case agentTypes.update:
      return { type: 'update', ...readContent(from) }
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

function readDigest(from: Reader): DocDigest {
  return { doc: readDoc(from), digest: decoding.readUint8Array(from, digestBytes).slice() }
}

function readClientId(from: Reader): number {
  const id = decoding.readVarUint(from)
  if (id > 0xffff_ffff) throw malformed('clientID over 32 bits')
  return id
}
