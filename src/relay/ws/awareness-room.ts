// Who has a note open in a standard Yjs editor, and where their cursor is (y-protocols/awareness). Kept
// while they are connected, stored nowhere. Editors also repeat what they hear of each other, late too: a
// client belongs to the peer that announced it first, and only that one's news of it is kept and passed on. A
// peer of the same device that knows more of it is that editor after its connection broke, and takes it over.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { AppError } from '../../shared/errors.ts'
import type { DeviceId } from '../../shared/ids.ts'

/** Receives awareness updates, as y-protocols encodes them. */
export type AwarenessPeer = {
  readonly device: DeviceId
  readonly tell: (update: Uint8Array) => void
}

type Presence = { clock: number; state: string; owner: AwarenessPeer }
type Entry = [client: number, clock: number, state: string]

const maxUpdateBytes = 1024 * 1024
/** Of one peer, all its clients together. An editor announces one client, with a name and a cursor. */
const maxClients = 16
const maxStateChars = 64 * 1024
const gone = 'null'
/** Of so many clients that are gone it is known that they were here. */
const maxGone = 1024

export class AwarenessRoom {
  readonly #peers = new Set<AwarenessPeer>()
  readonly #present = new Map<number, Presence>()
  /** The last clock of clients that are gone: what says no more than that is an echo. */
  readonly #gone = new Map<number, number>()

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
    const left = this.#clientsOf(peer).map(([client, { clock }]): Entry => [client, clock, gone])
    left.forEach(([client, clock]) => this.#remove(client, clock))
    if (left.length > 0) this.#tellOthers(peer, encode(left))
  }

  /** Remembers and passes on what is new in what `from` says. Throws `malformed` or `too-large`. */
  receive(from: AwarenessPeer, update: Uint8Array): void {
    if (update.length > maxUpdateBytes) throw new AppError('too-large', 'awareness too large')
    const news = decode(update).filter((entry) => this.#isNews(from, entry))
    for (const [client, clock, state] of news) {
      JSON.parse(state)
      if (state === gone) this.#remove(client, clock)
      else this.#present.set(client, { clock, state, owner: from })
      this.#assertBounded(from)
    }
    if (news.length > 0) this.#tellOthers(from, encode(news))
  }

  /** Everyone present, as one update; undefined when nobody is. */
  all(): Uint8Array | undefined {
    if (this.#present.size === 0) return undefined
    return encode([...this.#present].map(([client, { clock, state }]) => [client, clock, state]))
  }

  #isNews(from: AwarenessPeer, [client, clock, state]: Entry): boolean {
    const known = this.#present.get(client)
    if (known === undefined) return state !== gone && clock > (this.#gone.get(client) ?? -1)
    if (known.owner !== from) return known.owner.device === from.device && clock > known.clock
    return clock > known.clock || (clock === known.clock && state === gone)
  }

  #remove(client: number, clock: number): void {
    this.#present.delete(client)
    this.#gone.delete(client)
    this.#gone.set(client, clock)
    const [oldest] = this.#gone.keys()
    if (this.#gone.size > maxGone && oldest !== undefined) this.#gone.delete(oldest)
  }

  #assertBounded(peer: AwarenessPeer): void {
    const theirs = this.#clientsOf(peer)
    const chars = theirs.reduce((sum, [, { state }]) => sum + state.length, 0)
    if (theirs.length > maxClients || chars > maxStateChars) {
      throw new AppError('too-large', 'too much awareness')
    }
  }

  #clientsOf(peer: AwarenessPeer): [number, Presence][] {
    return [...this.#present].filter(([, { owner }]) => owner === peer)
  }

  #tellOthers(from: AwarenessPeer, update: Uint8Array): void {
    for (const peer of this.#peers) if (peer !== from) peer.tell(update)
  }
}

function encode(entries: readonly Entry[]): Uint8Array {
  return encoding.encode((to) => {
    encoding.writeVarUint(to, entries.length)
    for (const [client, clock, state] of entries) {
      encoding.writeVarUint(to, client)
      encoding.writeVarUint(to, clock)
      encoding.writeVarString(to, state)
    }
  })
}

function decode(update: Uint8Array): Entry[] {
  const from = decoding.createDecoder(update)
  const entries: Entry[] = []
  const count = decoding.readVarUint(from)
  for (let i = 0; i < count; i++) {
    const client = decoding.readVarUint(from)
    const clock = decoding.readVarUint(from)
    const state = decoding.readVarString(from)
    if (from.pos > update.length) throw new AppError('malformed', 'truncated awareness')
    entries.push([client, clock, state])
  }
  return entries
}
