// State vectors: how much of each client's writing a document holds.
import * as Y from 'yjs'

/**
 * Whether a document at `seen` knew all insertions that one at `now` knows. Deletions do not count. A peer
 * may have sent `seen`: one that cannot be read has seen nothing.
 */
export function covers(seen: Uint8Array, now: Uint8Array): boolean {
  const clocks = readClocks(seen)
  for (const [client, clock] of Y.decodeStateVector(now)) {
    if ((clocks.get(client) ?? 0) < clock) return false
  }
  return true
}

function readClocks(stateVector: Uint8Array): Map<number, number> {
  try {
    return Y.decodeStateVector(stateVector)
  } catch {
    return new Map()
  }
}
