// A short fingerprint of a document's state: equal exactly when two replicas hold the same.
import * as sha256 from 'lib0/hash/sha256'
import * as Y from 'yjs'

/** 16 bytes of SHA-256 over state vector and delete set; a state vector alone misses deletions. */
export function docDigest(doc: Y.Doc): Uint8Array {
  return sha256.digest(Y.encodeSnapshot(Y.snapshot(doc))).slice(0, 16)
}
