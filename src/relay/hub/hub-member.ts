// What a hub knows of a connection: who it is, and how to pass on other people's edits.
import type { DeviceId, DocId, SessionId } from '../../shared/ids.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import { encodeRelayFrame } from '../../shared/protocol/codec.ts'
import type { News, RelayUpdate } from '../../shared/protocol/relay-message.ts'
import type { Access } from '../core/access.ts'

/** An edit that is durable, in ledger order. One object for all members. */
export class Published {
  readonly doc: DocId
  readonly update: Uint8Array
  readonly #message: RelayUpdate
  #encoded: Uint8Array | undefined

  constructor({ doc, update, mtime }: Change, seq: number, device: DeviceId) {
    this.doc = doc
    this.update = update
    this.#message = { type: 'update', doc, seq, device, update, mtime }
  }

  /** The message for agents; encoded when first asked for. */
  get encoded(): Uint8Array {
    this.#encoded ??= encodeRelayFrame([this.#message])
    return this.#encoded
  }
}

/** One connection, as the hub sees it. */
export interface HubMember {
  readonly access: Access
  /** Undefined for a standard Yjs client. */
  readonly session: SessionId | undefined
  /** Called once for every edit of somebody else, in ledger order. Must not throw. */
  deliver(edit: Published): void
  /** Called for everything that all agents should know. Must not throw. */
  tell(news: News): void
  /** The hub wants this connection gone. */
  dismiss(code: ErrorCode, detail: string): void
}

/** What became of an edit. `seq` is the document's place in the ledger. */
export type Outcome =
  | { type: 'stored'; seq: number }
  | { type: 'exists'; update: Uint8Array; mtime: number }
  | { type: 'refused'; code: ErrorCode; detail: string }

/** `mtime`: when a note was written, in microseconds since 1970; 0 where its author does not say. */
export type Change = { doc: DocId; kind: 'seed' | 'update'; update: Uint8Array; mtime: number }
