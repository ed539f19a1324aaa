// The bytes of every message, pinned with the protocol's version: whoever changes them sees this fail
// and raises the version (src/shared/protocol/version.ts).
import { expect, test } from 'vitest'
import {
  type DeviceId,
  type FileId,
  INDEX,
  type SessionId,
  parseBlobHash,
  parseId,
} from '../../src/shared/ids.ts'
import type { AgentMessage } from '../../src/shared/protocol/agent-message.ts'
import {
  decodeAgentFrame,
  decodeRelayFrame,
  encodeAgentFrame,
  encodeRelayFrame,
} from '../../src/shared/protocol/codec.ts'
import type { RelayMessage } from '../../src/shared/protocol/relay-message.ts'
import { protocolVersion, subprotocol } from '../../src/shared/protocol/version.ts'

function id<T extends FileId | DeviceId | SessionId>(letter: string): T {
  const parsed = parseId<T>(letter.repeat(26))
  if (parsed === undefined) throw new Error('not an id')
  return parsed
}

const doc = id<FileId>('a')
const session = id<SessionId>('s')
const device = id<DeviceId>('d')
const update = Uint8Array.from([1, 2, 3])
const digest = Uint8Array.from({ length: 16 }, (_, i) => i)
const hash = Uint8Array.from({ length: 32 }, (_, i) => i)

const blobHash = parseBlobHash('0f'.repeat(32)) ?? expect.unreachable()

const mtime = 1_700_000_000_123_456

const docHex = `1a${'61'.repeat(26)}`
const sessionHex = `1a${'73'.repeat(26)}`
const deviceHex = `1a${'64'.repeat(26)}`
const digestHex = '000102030405060708090a0b0c0d0e0f'
const mtimeHex = 'c0c480c1c1c48203'
const hashHex = `${digestHex}101112131415161718191a1b1c1d1e1f`

const fromAgent: [AgentMessage, string][] = [
  [
    { type: 'hello', protocol: 3, session, clientId: 0xffff_ffff, epoch: 'ep', cursor: 300 },
    `0003${sessionHex}ffffffff0f026570ac02`,
  ],
  [{ type: 'compare', docs: [{ doc, digest }], last: true }, `0101${docHex}${digestHex}01`],
  [{ type: 'pull', doc: INDEX, stateVector: new Uint8Array() }, '020000'],
  [{ type: 'pull', doc, stateVector: update }, `02${docHex}03010203`],
  [{ type: 'seed', ref: 7, doc, update, mtime }, `0307${docHex}03010203${mtimeHex}`],
  [{ type: 'update', ref: 200, doc: INDEX, update, mtime: 0 }, '04c801000301020300'],
  [{ type: 'find', ref: 8, doc, hash }, `0508${docHex}20${hashHex}`],
]

const fromRelay: [RelayMessage, string][] = [
  [
    { type: 'welcome', protocol: 3, epoch: 'ep', head: 300, recover: true },
    '0003026570ac0201',
  ],
  [{ type: 'changes', docs: [INDEX, doc], last: false }, `010200${docHex}00`],
  [{ type: 'missing', docs: [doc] }, `0201${docHex}`],
  [{ type: 'state', doc, exists: true, update, mtime }, `03${docHex}0103010203${mtimeHex}`],
  [{ type: 'exists', ref: 7, doc, update, mtime }, `0407${docHex}03010203${mtimeHex}`],
  [{ type: 'update', doc, seq: 300, device, update, mtime }, `05${docHex}ac02${deviceHex}03010203${mtimeHex}`],
  [{ type: 'ack', ref: 7, seq: 300 }, '0607ac02'],
  [{ type: 'refused', ref: 7, code: 'held', detail: 'no' }, '07070468656c64026e6f'],
  [{ type: 'found', ref: 8, known: true }, '080801'],
  [{ type: 'bye', code: 'stopping', detail: '' }, '090873746f7070696e6700'],
  [{ type: 'wanted', hash: blobHash }, `0a40${'3066'.repeat(32)}`],
  [{ type: 'arrived', hash: blobHash }, `0b40${'3066'.repeat(32)}`],
  [{ type: 'epoch', epoch: 'ep' }, '0c026570'],
]

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

test('PROTO-1 the bytes below belong to this version', () => {
  expect([protocolVersion, subprotocol]).toEqual([3, 'undrift.1'])
})

test.each(fromAgent)('PROTO-1 an agent’s %o', (message, bytes) => {
  expect(hex(encodeAgentFrame([message]))).toBe(bytes)
  expect(decodeAgentFrame(fromHex(bytes))).toEqual([message])
})

test.each(fromRelay)('PROTO-1 a relay’s %o', (message, bytes) => {
  expect(hex(encodeRelayFrame([message]))).toBe(bytes)
  expect(decodeRelayFrame(fromHex(bytes))).toEqual([message])
})

test('PROTO-2 a frame is its messages end to end', () => {
  const messages = fromAgent.map(([message]) => message)
  const bytes = fromAgent.map(([, text]) => text).join('')
  expect(hex(encodeAgentFrame(messages))).toBe(bytes)
  expect(decodeAgentFrame(fromHex(bytes))).toEqual(messages)
})

test('PROTO-2 HC-155 a frame cut anywhere is malformed, even inside a larger buffer', () => {
  for (const [, text] of fromAgent) {
    const whole = fromHex(text)
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.subarray(0, length)
      expect(() => decodeAgentFrame(cut)).toThrowError(expect.objectContaining({ code: 'malformed' }))
    }
  }
})
