// Everything an agent says to a relay. A frame is a list of these.
import type { DocId, SessionId } from '../ids.ts'

/** First message. `cursor` is the last ledger entry the agent holds; `epoch` is '' on first contact. */
export type Hello = {
  type: 'hello'
  protocol: number
  session: SessionId
  /** The Yjs clientID that this session writes under, in every document. */
  clientId: number
  epoch: string
  cursor: number
}

/** After a change of epoch: what the agent holds, by digest. Several may be sent; the last says so. */
export type Compare = { type: 'compare'; docs: DocDigest[]; last: boolean }

export type DocDigest = {
  doc: DocId
  /** 16 bytes over state vector and delete set, see doc/digest.ts. */
  digest: Uint8Array
}

/** Asks for what a document has beyond `stateVector` (empty: all of it). */
export type Pull = { type: 'pull'; doc: DocId; stateVector: Uint8Array }

/**
 * The first content of a document; accepted only while the relay has none. `mtime`: when the file was written, in
 * microseconds since 1970; 0 for the index.
 */
export type Seed = { type: 'seed'; ref: number; doc: DocId; update: Uint8Array; mtime: number }

/** An edit, or with an update that says nothing, another `mtime`. `ref` comes back in `ack` or `refused`. */
export type AgentUpdate = {
  type: 'update'
  ref: number
  doc: DocId
  update: Uint8Array
  mtime: number
}

/** Asks whether the document's text ever had this SHA-256, as far as the relay's history knows. */
export type Find = { type: 'find'; ref: number; doc: DocId; hash: Uint8Array }

export type AgentMessage = Hello | Compare | Pull | Seed | AgentUpdate | Find
