// Whether a peer lives, by the bytes of its socket. A pong is not asked for: on a slow line it waits behind
// megabytes that are on their way.

/** Bytes so far: read from the peer, written to it, and of these not yet handed to the network. */
export type Pulse = { readonly read: number; readonly written: number; readonly waiting: number }

/** Between two beats: it has said something, or made room where the network took nothing more before. */
export function hasMoved(before: Pulse, now: Pulse): boolean {
  const taken = (pulse: Pulse): number => pulse.written - pulse.waiting
  return now.read > before.read || (before.waiting > 0 && taken(now) > taken(before))
}
