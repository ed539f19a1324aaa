// One agent's connection to a vault: frames in, frames out. Speaks the sync protocol; knows no socket.
import { setImmediate } from 'node:timers/promises'
import { unreachable } from '../../shared/assert.ts'
import { type ErrorCode, errorFacts, toAppError } from '../../shared/errors.ts'
import type { DocId, SessionId } from '../../shared/ids.ts'
import type {
  AgentMessage,
  AgentUpdate,
  Compare,
  Find,
  Hello,
  Pull,
  Seed,
} from '../../shared/protocol/agent-message.ts'
import { decodeAgentFrame, encodeRelayFrame } from '../../shared/protocol/codec.ts'
import type { RelayMessage } from '../../shared/protocol/relay-message.ts'
import { protocolVersion } from '../../shared/protocol/version.ts'
import type { Logger } from '../../shared/ports.ts'
import { type Access, canEdit } from '../core/access.ts'
import type { HubMember, Outcome, Published } from '../hub/hub-member.ts'
import type { VaultHub } from '../hub/vault-hub.ts'
import { assertTaken } from './allowance.ts'
import { AnswerQueue } from './answer-queue.ts'
import type { DeviceAllowance } from './device-allowances.ts'
import { FrameBatch } from './frame-batch.ts'

export type AgentConnectionOptions = {
  hub: VaultHub
  access: Access
  /** Of the device, shared with its other connections. */
  allowance: DeviceAllowance
  log: Logger
  send: (frame: Uint8Array) => void
  /** Ends the socket after what was sent. Called at most once. */
  close: (code: number, reason: string) => void
  /** Bytes sent that the peer has not taken yet. */
  buffered: () => number
  /** Called when the first seed or update comes in. */
  onEdit?: () => void
}

type State =
  | { type: 'new' }
  | { type: 'comparing'; digests: Map<DocId, Uint8Array> }
  | { type: 'live' }
  | { type: 'closed' }

/** A peer that leaves so much unread is dropped and catches up later. */
const maxBufferedBytes = 16 * 1024 * 1024
const maxDigests = 1_000_000
const docsPerMessage = 4096

export class AgentConnection {
  readonly #options: AgentConnectionOptions
  readonly #batch: FrameBatch
  readonly #pulls: AnswerQueue<Pull>
  readonly #finds: AnswerQueue<Find>
  #state: State = { type: 'new' }
  #member: HubMember | undefined
  #largestFrame = 0
  #hasWritten = false

  constructor(options: AgentConnectionOptions) {
    this.#options = options
    this.#batch = new FrameBatch((frame) => this.#sendFrame(frame))
    this.#pulls = new AnswerQueue({
      answer: (pull) => this.#answer(() => this.#answerPull(pull)),
      unread: options.buffered,
      atOnce: 8,
      turns: options.allowance.pulls,
    })
    this.#finds = new AnswerQueue({
      answer: (find) => this.#answer(() => this.#answerFind(find)),
      unread: options.buffered,
      atOnce: 1,
      turns: options.allowance.finds,
    })
  }

  /** One frame from the agent. */
  receive(frame: Uint8Array): void {
    try {
      for (const message of decodeAgentFrame(frame)) {
        if (this.#state.type === 'closed') return
        this.#take(message)
      }
    } catch (thrown) {
      const { code, message } = toAppError(thrown, 'internal')
      this.end(code, message)
    }
  }

  /** The peer has taken what was buffered: waiting answers may go on. */
  drained(): void {
    this.#options.allowance.pulls.pump()
    this.#options.allowance.finds.pump()
  }

  /** Ends a connection that has not said hello yet. */
  expectHello(): void {
    if (this.#state.type === 'new') this.end('timeout', 'no hello')
  }

  /** The socket is gone. Idempotent. */
  closed(): void {
    this.#state = { type: 'closed' }
    this.#batch.clear()
    this.#pulls.close()
    this.#finds.close()
    if (this.#member !== undefined) this.#options.hub.leave(this.#member)
    this.#member = undefined
  }

  /** Says `bye` and ends the connection. Idempotent. */
  end(code: ErrorCode, detail: string): void {
    if (this.#state.type === 'closed') return
    this.#options.log.info('agent connection ends', { ...this.#options.access, code, detail })
    this.#batch.add({ type: 'bye', code, detail })
    this.#batch.flush()
    if (!this.#isClosed()) {
      this.closed()
      this.#options.close(errorFacts(code).close, code)
    }
  }

  #take(message: AgentMessage): void {
    if (this.#state.type === 'new') {
      if (message.type === 'hello') return this.#takeHello(message)
      return this.end('malformed', 'the first message must be hello')
    }
    switch (message.type) {
      case 'hello':
        return this.end('malformed', 'hello twice')
      case 'compare':
        return this.#takeCompare(message)
      case 'pull':
        return assertTaken(this.#pulls.add(message, message.stateVector.length))
      case 'seed':
      case 'update':
        return this.#takeEdit(message)
      case 'find':
        return assertTaken(this.#finds.add(message, message.hash.length))
      default:
        unreachable(message)
    }
  }

  #takeHello(hello: Hello): void {
    if (hello.protocol !== protocolVersion) {
      const detail = `this relay speaks protocol ${protocolVersion}, the agent ${hello.protocol}`
      return this.end('unsupported-version', detail)
    }
    const { hub, access } = this.#options
    this.#member = this.#newMember(hello.session)
    hub.join(this.#member)
    if (this.#isClosed()) return
    const isAhead = hello.epoch === hub.epoch && !hub.knows(hello.cursor)
    if (isAhead && canEdit(access.role)) hub.noticeRollback()
    const { epoch, head } = hub
    const isFirst = hello.epoch === ''
    const recover = !isFirst && (isAhead || hello.epoch !== epoch)
    this.#say({ type: 'welcome', protocol: protocolVersion, epoch, head, recover })
    if (recover) {
      this.#state = { type: 'comparing', digests: new Map() }
      return
    }
    this.#state = { type: 'live' }
    this.#sayChanges(hub.changedSince(isFirst ? 0 : hello.cursor))
  }

  #newMember(session: SessionId): HubMember {
    return {
      access: this.#options.access,
      session,
      deliver: (edit) => this.#deliver(edit),
      tell: (news) => this.#say(news),
      dismiss: (code, detail) => this.end(code, detail),
    }
  }

  #deliver({ encoded }: Published): void {
    if (!this.#isClosed()) this.#batch.addEncoded(encoded)
  }

  #takeCompare({ docs, last }: Compare): void {
    if (this.#state.type !== 'comparing') return this.end('malformed', 'compare out of turn')
    const { digests } = this.#state
    for (const { doc, digest } of docs) digests.set(doc, digest)
    assertTaken(digests.size <= maxDigests)
    if (!last) return
    this.#state = { type: 'live' }
    void this.#answer(() => this.#sayDifferences(digests))
  }

  async #sayDifferences(digests: ReadonlyMap<DocId, Uint8Array>): Promise<void> {
    const { hub } = this.#options
    const missing = [...digests.keys()].filter((doc) => !hub.exists(doc))
    chunks(missing).forEach((docs) => this.#say({ type: 'missing', docs }))
    const differing: DocId[] = []
    for (const doc of hub.changedSince(0)) {
      const theirs = digests.get(doc)
      if (theirs === undefined || !areEqual(theirs, await hub.digest(doc))) differing.push(doc)
      if (this.#isClosed()) return
    }
    this.#sayChanges(differing)
  }

  #sayChanges(changed: readonly DocId[]): void {
    const parts = chunks(changed)
    if (parts.length === 0) return this.#say({ type: 'changes', docs: [], last: true })
    parts.forEach((docs, i) => this.#say({ type: 'changes', docs, last: i === parts.length - 1 }))
  }

  async #answer(answer: () => Promise<void>): Promise<void> {
    try {
      await answer()
    } catch (thrown) {
      const { code, message } = toAppError(thrown)
      this.end(code, message)
    }
  }

  async #answerPull({ doc, stateVector }: Pull): Promise<void> {
    const update = await this.#options.hub.read(doc, stateVector)
    const exists = update !== undefined
    const mtime = this.#options.hub.mtime(doc)
    this.#say({ type: 'state', doc, exists, update: update ?? new Uint8Array(), mtime })
  }

  /** Costs the relay more than the agent, so everybody else has a turn after each one. */
  async #answerFind({ ref, doc, hash }: Find): Promise<void> {
    const known = await this.#options.hub.everHad(doc, hash)
    this.#say({ type: 'found', ref, known })
    await setImmediate()
  }

  #takeEdit({ type, ref, doc, update, mtime }: Seed | AgentUpdate): void {
    if (this.#member === undefined) return
    if (!this.#hasWritten) this.#options.onEdit?.()
    this.#hasWritten = true
    const { hub, allowance } = this.#options
    assertTaken(allowance.edits.take(update.length))
    hub.submit(this.#member, { doc, kind: type, update, mtime }, (outcome) => {
      allowance.edits.give(update.length)
      this.#sayOutcome(ref, doc, outcome)
    })
  }

  #sayOutcome(ref: number, doc: DocId, outcome: Outcome): void {
    switch (outcome.type) {
      case 'stored':
        return this.#say({ type: 'ack', ref, seq: outcome.seq })
      case 'exists':
        return this.#say({
          type: 'exists',
          ref,
          doc,
          update: outcome.update,
          mtime: outcome.mtime,
        })
      case 'refused':
        return this.#say({ type: 'refused', ref, code: outcome.code, detail: outcome.detail })
      default:
        unreachable(outcome)
    }
  }

  #say(message: RelayMessage): void {
    if (!this.#isClosed()) this.#batch.add(message)
  }

  #sendFrame(frame: Uint8Array): void {
    this.#largestFrame = Math.max(this.#largestFrame, frame.length)
    const limit = Math.max(maxBufferedBytes, 2 * this.#largestFrame)
    const { buffered, allowance, send } = this.#options
    if (buffered() <= limit && !allowance.pulls.hasTooMuchUnread) return send(frame)
    this.#options.log.warn('slow reader dropped', { ...this.#options.access })
    this.closed()
    const bye: RelayMessage = { type: 'bye', code: 'slow-reader', detail: 'catch up when you can' }
    this.#options.send(encodeRelayFrame([bye]))
    this.#options.close(errorFacts('slow-reader').close, 'slow-reader')
  }

  #isClosed(): boolean {
    return this.#state.type === 'closed'
  }
}

function chunks(docs: readonly DocId[]): DocId[][] {
  const parts: DocId[][] = []
  for (let at = 0; at < docs.length; at += docsPerMessage) {
    parts.push(docs.slice(at, at + docsPerMessage))
  }
  return parts
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
