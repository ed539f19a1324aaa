// Bytes <-> frames, and the only way in for what a peer sends. A frame is messages end to end.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { toAppError } from '../errors.ts'
import { maxMessagesPerFrame } from '../limits.ts'
import { readAgentMessage, writeAgentMessage } from './agent-codec.ts'
import type { AgentMessage } from './agent-message.ts'
import { type Reader, malformed } from './fields.ts'
import { readRelayMessage, writeRelayMessage } from './relay-codec.ts'
import type { RelayMessage } from './relay-message.ts'

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
