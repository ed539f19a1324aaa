// State vectors: how much of each client's writing a document holds.
import * as Y from 'yjs'

/** Whether a document at `seen` knew all insertions that one at `now` knows. Deletions do not count. */
export function covers(seen: Uint8Array, now: Uint8Array): boolean {
  const clocks = Y.decodeStateVector(seen)
  for (const [client, clock] of Y.decodeStateVector(now)) {
    if ((clocks.get(client) ?? 0) < clock) return false
  }
  return true
}
