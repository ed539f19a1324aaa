// A standard Yjs client's connection to one document (the y-websocket protocol). Its edits take the same
// way through the hub as an agent's. Knows no socket.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import {
  messageYjsSyncStep1,
  messageYjsSyncStep2,
  messageYjsUpdate,
  writeSyncStep1,
} from 'y-protocols/sync'
import * as Y from 'yjs'
import { emptyUpdate, isEmptyUpdate } from '../../shared/doc/note-doc.ts'
import { AppError, type ErrorCode, errorFacts, toAppError } from '../../shared/errors.ts'
import type { DocId } from '../../shared/ids.ts'
import type { Logger } from '../../shared/ports.ts'
import { type Access, canEdit } from '../core/access.ts'
import type { HubMember } from '../hub/hub-member.ts'
import type { VaultHub } from '../hub/vault-hub.ts'
import { assertTaken } from './allowance.ts'
import { AnswerQueue } from './answer-queue.ts'
import type { AwarenessPeer, AwarenessRoom } from './awareness-room.ts'
import type { DeviceAllowance } from './device-allowances.ts'

export type YjsConnectionOptions = {
  hub: VaultHub
  doc: DocId
  access: Access
  /** Of the device, shared with its other connections. */
  allowance: DeviceAllowance
  room: AwarenessRoom
  log: Logger
  send: (frame: Uint8Array) => void
  close: (code: number, reason: string) => void
  buffered: () => number
}

const messageSync = 0
const messageAwareness = 1
const messageQueryAwareness = 3

const maxBufferedBytes = 64 * 1024 * 1024
/** Tells a y-websocket client not to come back with the same. */
const firstPermanentClose = 4400

export class YjsConnection {
  readonly #options: YjsConnectionOptions
  readonly #member: HubMember
  readonly #peer: AwarenessPeer
  readonly #stateVectors: AnswerQueue<Uint8Array>
  #isClosed = false

  constructor(options: YjsConnectionOptions) {
    this.#options = options
    this.#member = {
      access: options.access,
      session: undefined,
      deliver: ({ update }) => this.#sendSync(messageYjsUpdate, update),
      tell: () => undefined,
      dismiss: (code, detail) => this.end(code, detail),
    }
    this.#stateVectors = new AnswerQueue({
      answer: (stateVector) => this.#answer(stateVector),
      unread: options.buffered,
      atOnce: 1,
      turns: options.allowance.pulls,
    })
    const { device } = options.access
    this.#peer = { device, tell: (update) => this.#sendAwareness(update) }
  }

  /** Joins hub and room, and asks an editor for what the relay lacks. */
  async open(): Promise<void> {
    const { hub, doc, access, room } = this.#options
    hub.watch(this.#member, doc)
    if (this.#isClosed) return
    room.join(this.#peer)
    if (!canEdit(access.role)) return
    const state = await hub.read(doc, new Uint8Array())
    if (state === undefined) this.#sendStep1(new Y.Doc())
    else this.#sendSync(messageYjsSyncStep1, Y.encodeStateVectorFromUpdate(state))
  }

  /** One frame from the client. */
  receive(frame: Uint8Array): void {
    if (this.#isClosed) return
    try {
      this.#take(decoding.createDecoder(frame))
    } catch (thrown) {
      const { code, message } = toAppError(thrown, 'malformed')
      this.end(code, message)
    }
  }

  /** The peer has taken what was buffered: waiting answers may go on. */
  drained(): void {
    this.#options.allowance.pulls.pump()
  }

  /** The socket is gone. Idempotent. */
  closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#stateVectors.close()
    this.#options.hub.leave(this.#member)
    this.#options.room.leave(this.#peer)
  }

  end(code: ErrorCode, detail: string): void {
    if (this.#isClosed) return
    this.closed()
    this.#options.log.info('yjs connection ends', { ...this.#options.access, code, detail })
    const { close, retryable } = errorFacts(code)
    const isFinal = !retryable && close < firstPermanentClose && code !== 'malformed'
    this.#options.close(isFinal ? firstPermanentClose : close, code)
  }

  #take(from: decoding.Decoder): void {
    switch (decoding.readVarUint(from)) {
      case messageSync:
        return this.#takeSync(from)
      case messageAwareness:
        return this.#options.room.receive(this.#peer, readBytes(from))
      case messageQueryAwareness: {
        const update = this.#options.room.all()
        if (update !== undefined) this.#sendAwareness(update)
        return
      }
      default:
        throw new AppError('malformed', 'unknown message')
    }
  }

  #takeSync(from: decoding.Decoder): void {
    const type = decoding.readVarUint(from)
    const bytes = readBytes(from)
    switch (type) {
      case messageYjsSyncStep1:
        return assertTaken(this.#stateVectors.add(bytes, bytes.length))
      case messageYjsSyncStep2:
      case messageYjsUpdate:
        return this.#takeUpdate(bytes)
      default:
        throw new AppError('malformed', 'unknown sync message')
    }
  }

  async #answer(stateVector: Uint8Array): Promise<void> {
    try {
      const update = await this.#options.hub.read(this.#options.doc, stateVector)
      this.#sendSync(messageYjsSyncStep2, update ?? emptyUpdate())
    } catch (thrown) {
      const { code, message } = toAppError(thrown)
      this.end(code, message)
    }
  }

  #takeUpdate(update: Uint8Array): void {
    if (isEmptyUpdate(update)) return
    const { hub, doc, allowance } = this.#options
    assertTaken(allowance.edits.take(update.length))
    hub.submit(this.#member, { doc, kind: 'update', update, mtime: 0 }, (outcome) => {
      allowance.edits.give(update.length)
      if (outcome.type === 'refused') this.end(outcome.code, outcome.detail)
    })
  }

  #sendStep1(doc: Y.Doc): void {
    this.#send((to) => {
      encoding.writeVarUint(to, messageSync)
      writeSyncStep1(to, doc)
    })
  }

  #sendSync(type: number, bytes: Uint8Array): void {
    this.#send((to) => {
      encoding.writeVarUint(to, messageSync)
      encoding.writeVarUint(to, type)
      encoding.writeVarUint8Array(to, bytes)
    })
  }

  #sendAwareness(update: Uint8Array): void {
    this.#send((to) => {
      encoding.writeVarUint(to, messageAwareness)
      encoding.writeVarUint8Array(to, update)
    })
  }

  #send(write: (to: encoding.Encoder) => void): void {
    if (this.#isClosed) return
    const { buffered, allowance, send } = this.#options
    if (buffered() > maxBufferedBytes || allowance.pulls.hasTooMuchUnread) {
      return this.end('slow-reader', 'reads too slowly')
    }
    send(encoding.encode(write))
  }
}

/** Copies, and refuses a length that reaches beyond the frame. */
function readBytes(from: decoding.Decoder): Uint8Array {
  const bytes = decoding.readVarUint8Array(from)
  if (from.pos > from.arr.length) throw new AppError('malformed', 'truncated frame')
  return bytes.slice()
}
