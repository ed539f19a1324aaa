// Who has a note open in a standard Yjs editor, and where their cursor is (y-protocols/awareness). Kept
// while they are connected, stored nowhere.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { AppError } from '../../shared/errors.ts'

/** Receives awareness updates, as y-protocols encodes them. */
export type AwarenessPeer = { tell: (update: Uint8Array) => void }

type Presence = { clock: number; state: string; owner: AwarenessPeer }

const maxUpdateBytes = 64 * 1024
const maxClientsPerPeer = 32
const gone = 'null'

export class AwarenessRoom {
  readonly #peers = new Set<AwarenessPeer>()
  readonly #present = new Map<number, Presence>()

  /** Tells the newcomer who is there. */
  join(peer: AwarenessPeer): void {
    this.#peers.add(peer)
    const update = this.all()
    if (update !== undefined) peer.tell(update)
  }

  get isEmpty(): boolean {
    return this.#peers.size === 0
  }

  /** Tells the others that this peer's clients are gone. */
  leave(peer: AwarenessPeer): void {
    this.#peers.delete(peer)
    const theirs = [...this.#present].filter(([, { owner }]) => owner === peer)
    theirs.forEach(([client]) => this.#present.delete(client))
    const left = theirs.map(([client, { clock }]): [number, number, string] => [
      client,
      clock + 1,
      gone,
    ])
    if (left.length > 0) this.#tellOthers(peer, encode(left))
  }

  /** Remembers and passes on what `from` says. Throws `malformed` or `too-large`. */
  receive(from: AwarenessPeer, update: Uint8Array): void {
    if (update.length > maxUpdateBytes) throw new AppError('too-large', 'awareness too large')
    const entries = decode(update)
    if (entries.length > maxClientsPerPeer) throw new AppError('too-large', 'too many clients')
    for (const [client, clock, state] of entries) {
      if (clock < (this.#present.get(client)?.clock ?? 0)) continue
      if (state === gone) this.#present.delete(client)
      else this.#present.set(client, { clock, state, owner: from })
    }
    this.#tellOthers(from, update)
  }

  /** Everyone present, as one update; undefined when nobody is. */
  all(): Uint8Array | undefined {
    if (this.#present.size === 0) return undefined
    return encode([...this.#present].map(([client, { clock, state }]) => [client, clock, state]))
  }

  #tellOthers(from: AwarenessPeer, update: Uint8Array): void {
    for (const peer of this.#peers) if (peer !== from) peer.tell(update)
  }
}

function encode(entries: readonly [client: number, clock: number, state: string][]): Uint8Array {
  return encoding.encode((to) => {
    encoding.writeVarUint(to, entries.length)
    for (const [client, clock, state] of entries) {
      encoding.writeVarUint(to, client)
      encoding.writeVarUint(to, clock)
      encoding.writeVarString(to, state)
    }
  })
}

function decode(update: Uint8Array): [client: number, clock: number, state: string][] {
  const from = decoding.createDecoder(update)
  const entries: [number, number, string][] = []
  const count = decoding.readVarUint(from)
  for (let i = 0; i < count; i++) {
    const client = decoding.readVarUint(from)
    const clock = decoding.readVarUint(from)
    const state = decoding.readVarString(from)
    if (from.pos > update.length) throw new AppError('malformed', 'truncated awareness')
    JSON.parse(state)
    entries.push([client, clock, state])
  }
  return entries
}
