// Everything a relay says to an agent. A frame is a list of these.
import type { ErrorCode } from '../errors.ts'
import type { BlobHash, DeviceId, DocId } from '../ids.ts'

/** Answer to `hello`. `recover`: epochs differ, so the agent sends `compare` before anything else. */
export type Welcome = {
  type: 'welcome'
  protocol: number
  epoch: string
  head: number
  recover: boolean
}

/** Documents that changed after the agent's cursor (or differ by digest). The last one says so. */
export type Changes = { type: 'changes'; docs: DocId[]; last: boolean }

/** During recovery: documents that the agent has and this relay lacks. */
export type Missing = { type: 'missing'; docs: DocId[] }

/**
 * Answer to `pull`. `exists` is false when the relay has nothing for this document. `mtime`, here and below: when
 * the note's newest content was written, in microseconds since 1970; 0 where nobody knows, and for the index.
 */
export type State = {
  type: 'state'
  doc: DocId
  exists: boolean
  update: Uint8Array
  mtime: number
}

/** Answer to `seed` when somebody else was first: the document as it is. */
export type Exists = {
  type: 'exists'
  ref: number
  doc: DocId
  update: Uint8Array
  mtime: number
}

/** Somebody else's edit, durable at the relay under ledger number `seq`. */
export type RelayUpdate = {
  type: 'update'
  doc: DocId
  seq: number
  device: DeviceId
  update: Uint8Array
  mtime: number
}

/** The seed or edit `ref` is durable under ledger number `seq`. */
export type Ack = { type: 'ack'; ref: number; seq: number }

/** The seed or edit `ref` was not stored, and why. The connection goes on. */
export type Refused = { type: 'refused'; ref: number; code: ErrorCode; detail: string }

/** Answer to `find`: whether the document ever had that text, as far as the relay knows. */
export type Found = { type: 'found'; ref: number; known: boolean }

/** Bytes that the index names, perhaps, and this relay has not: who has them sends them. */
export type Wanted = { type: 'wanted'; hash: BlobHash }

/** Bytes that somebody had asked for in vain are here: who waits for them need not ask again later. */
export type Arrived = { type: 'arrived'; hash: BlobHash }

/** Another device knew what this relay has lost: from now on the relay's epoch is this one. */
export type NewEpoch = { type: 'epoch'; epoch: string }

/** What a hub tells all agents of a vault, besides edits. */
export type News = Wanted | Arrived | NewEpoch

/** The connection ends, and why. */
export type Bye = { type: 'bye'; code: ErrorCode; detail: string }

export type RelayMessage =
  Welcome | Changes | Missing | State | Exists | RelayUpdate | Ack | Refused | Found | Bye | News
