// One lasting connection to the relay: connects, connects again after failures, turns frames into messages.
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import { maxMessagesPerFrame, targetFrameBytes } from '../../shared/limits.ts'
import type { Clock, Logger, Random } from '../../shared/ports.ts'
import type { AgentMessage } from '../../shared/protocol/agent-message.ts'
import { decodeRelayFrame, encodeAgentFrame } from '../../shared/protocol/codec.ts'
import type { RelayMessage } from '../../shared/protocol/relay-message.ts'
import { backoffMs } from '../core/backoff.ts'
import type { Connect, Socket, SocketClose } from './socket.ts'

export type LinkPorts = {
  readonly connect: Connect
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

export type LinkEvents = {
  /** Connected; nothing was said yet. */
  onUp(): void
  onMessages(messages: readonly RelayMessage[]): void
  /** `fatal` when trying again makes no sense until a person acts. */
  onDown(reason: AppError, fatal: boolean): void
}

type LinkState =
  | { readonly type: 'stopped' }
  | { readonly type: 'open' | 'opening'; readonly socket: Socket }
  | { readonly type: 'waiting'; readonly cancel: () => void }

/** What the mirror needs of a link. */
export interface Link {
  start(): void
  stop(): void
  /** Gives the present connection up and tries anew after a pause. */
  restart(reason: AppError): void
  /** Everything is in order: the next failure is tried again soon. */
  settled(): void
  /** Lost when not connected: the catch-up says it again. */
  send(messages: readonly AgentMessage[]): void
}

/** What trying again soon does not change. */
const fatalCodes: ReadonlySet<ErrorCode> = new Set([
  'unauthorized',
  'not-found',
  'unsupported-version',
])
const fatalPauseMs = 60_000
/** A relay whose disk is full welcomes us, so that each refusal is the first one since. */
const fullPauseMs = 10_000

const revoked =
  'the relay knows this device no longer: it was revoked, or the relay began anew. ' +
  'Its files stay as they are and are not synced. ' +
  'To sync them again, run "undrift leave" on the folder and join with a new link.'

export class RelayLink implements Link {
  readonly #ports: LinkPorts
  readonly #events: LinkEvents
  #state: LinkState = { type: 'stopped' }
  #failures = 0

  constructor(ports: LinkPorts, events: LinkEvents) {
    this.#ports = ports
    this.#events = events
  }

  start(): void {
    if (this.#state.type === 'stopped') this.#open()
  }

  stop(): void {
    const state = this.#state
    this.#state = { type: 'stopped' }
    if (state.type === 'waiting') state.cancel()
    else if (state.type !== 'stopped') state.socket.close()
  }

  /** Gives the present connection up and tries anew after a pause. */
  restart(reason: AppError): void {
    const state = this.#state
    if (state.type !== 'open' && state.type !== 'opening') return
    this.#wait(reason)
    state.socket.close()
  }

  /** Somebody waits: tries again at once where it waits to do so, and soon after that. */
  hurry(): void {
    if (this.#state.type !== 'waiting') return
    this.#state.cancel()
    this.#failures = 0
    this.#open()
  }

  /** Everything is in order: the next failure is tried again soon. */
  settled(): void {
    this.#failures = 0
  }

  /** Many small messages share a frame. Lost when not connected: the catch-up says it again. */
  send(messages: readonly AgentMessage[]): void {
    if (this.#state.type !== 'open') return
    for (const group of intoFrames(messages)) this.#state.socket.send(encodeAgentFrame(group))
  }

  #open(): void {
    const isCurrent = (): boolean =>
      (this.#state.type === 'open' || this.#state.type === 'opening') &&
      this.#state.socket === socket
    const socket: Socket = this.#ports.connect({
      onOpen: () => {
        if (!isCurrent()) return
        this.#state = { type: 'open', socket }
        this.#events.onUp()
      },
      onFrame: (bytes) => {
        if (isCurrent()) this.#receive(bytes)
      },
      onClose: (reason) => {
        if (isCurrent()) this.#closed(reason)
      },
    })
    this.#state = { type: 'opening', socket }
  }

  #receive(bytes: Uint8Array): void {
    try {
      this.#events.onMessages(decodeRelayFrame(bytes))
    } catch (thrown) {
      this.restart(new AppError('malformed', 'the relay sent what we cannot read', thrown))
    }
  }

  #closed(close: SocketClose): void {
    this.#wait(new AppError(codeOf(close), close.reason || 'connection lost'))
  }

  #wait(said: AppError): void {
    const { clock, log } = this.#ports
    const isFatal = fatalCodes.has(said.code)
    const reason = said.code === 'unauthorized' ? new AppError(said.code, revoked, said) : said
    const delayMs = isFatal ? fatalPauseMs : this.#pauseMs(said.code)
    const fields = { code: reason.code, reason: reason.message, delayMs }
    if (isFatal) log.error('relay refuses', fields)
    else log.debug('relay down', fields)
    this.#state = { type: 'waiting', cancel: clock.after(delayMs, () => this.#open()) }
    this.#events.onDown(reason, isFatal)
  }

  #pauseMs(code: ErrorCode): number {
    if (code === 'storage-full') return fullPauseMs
    return backoffMs(this.#failures++, this.#ports.random.fraction())
  }
}

function codeOf({ code, httpStatus }: SocketClose): ErrorCode {
  if (httpStatus === 401 || code === 4401) return 'unauthorized'
  if (httpStatus === 404 || code === 4404) return 'not-found'
  if (httpStatus === 426 || code === 4426) return 'unsupported-version'
  if (code === 4410) return 'replaced'
  return 'unreachable'
}

function* intoFrames(messages: readonly AgentMessage[]): Generator<AgentMessage[]> {
  let group: AgentMessage[] = []
  let bytes = 0
  for (const message of messages) {
    const size = 'update' in message ? message.update.length + 40 : 200
    if (
      group.length > 0 &&
      (bytes + size > targetFrameBytes || group.length >= maxMessagesPerFrame)
    ) {
      yield group
      group = []
      bytes = 0
    }
    group.push(message)
    bytes += size
  }
  if (group.length > 0) yield group
}
