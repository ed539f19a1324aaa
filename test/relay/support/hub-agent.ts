// An agent as the hub sees it, without a socket: says messages, collects what comes back.
import * as Y from 'yjs'
import {
  type DeviceId,
  type DocId,
  type FileId,
  type SessionId,
  type VaultId,
  parseId,
  randomId,
} from '../../../src/shared/ids.ts'
import type { AgentMessage } from '../../../src/shared/protocol/agent-message.ts'
import { decodeRelayFrame, encodeAgentFrame } from '../../../src/shared/protocol/codec.ts'
import type { RelayMessage } from '../../../src/shared/protocol/relay-message.ts'
import { protocolVersion } from '../../../src/shared/protocol/version.ts'
import { editNote, noteText, openDoc, seedNote } from '../../../src/shared/doc/note-doc.ts'
import type { Random } from '../../../src/shared/ports.ts'
import type { Role } from '../../../src/shared/roles.ts'
import type { DocStore } from '../../../src/relay/store/doc-store.ts'
import { MemoryDocStore, newMemoryDisk } from '../../../src/relay/store/memory-doc-store.ts'
import { VaultHub } from '../../../src/relay/hub/vault-hub.ts'
import {
  type DeviceAllowance,
  newDeviceAllowance,
} from '../../../src/relay/ws/device-allowances.ts'
import { AgentConnection } from '../../../src/relay/ws/agent-connection.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { SeededRandom } from '../../fakes/seeded-random.ts'
import { silentLogger } from '../../fakes/silent-logger.ts'

const random = new SeededRandom(7)

export function fileId(letter: string): FileId {
  const id = parseId<FileId>(letter.repeat(26))
  if (id === undefined) throw new Error(`not a letter: ${letter}`)
  return id
}

export function vaultId(letter: string): VaultId {
  const id = parseId<VaultId>(letter.repeat(26))
  if (id === undefined) throw new Error(`not a letter: ${letter}`)
  return id
}

const vault = vaultId('v')

/** Ledger numbers go on by one at a start. */
const noGap: Random = { fraction: () => 0, bytes: (length) => new Uint8Array(length) }

/** A started hub over a store in memory, or the one given. */
export async function startHub(
  store: DocStore = new MemoryDocStore(newMemoryDisk('epoch-1')),
  clock = new ManualClock(),
  starts: Random = noGap,
): Promise<VaultHub> {
  const hub = new VaultHub({ vault, store, clock, random: starts, log: silentLogger })
  await hub.start()
  return hub
}

type Of<Type extends RelayMessage['type']> = Extract<RelayMessage, { type: Type }>

export class HubAgent {
  readonly received: RelayMessage[] = []
  readonly frames: Uint8Array[] = []
  readonly connection: AgentConnection
  readonly device = randomId<DeviceId>(random)
  readonly session: SessionId
  closedWith: number | undefined
  buffered = 0
  readonly #waiters: (() => void)[] = []

  constructor(
    hub: VaultHub,
    role: Role = 'editor',
    session?: SessionId,
    allowance: DeviceAllowance = newDeviceAllowance(),
  ) {
    this.session = session ?? randomId(random)
    this.connection = new AgentConnection({
      hub,
      access: { device: this.device, role },
      allowance,
      log: silentLogger,
      send: (frame) => this.#take(frame),
      close: (code) => {
        this.closedWith = code
        this.#wake()
      },
      buffered: () => this.buffered,
    })
  }

  say(...messages: AgentMessage[]): void {
    this.connection.receive(encodeAgentFrame(messages))
  }

  hello(epoch = '', cursor = 0): void {
    const { session } = this
    this.say({ type: 'hello', protocol: protocolVersion, session, clientId: 1, epoch, cursor })
  }

  /** Resolves with the `n`th message of that type, counted from 1, once it has come. */
  async next<Type extends RelayMessage['type']>(type: Type, n = 1): Promise<Of<Type>> {
    for (;;) {
      const found = this.all(type)[n - 1]
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#waiters.push(resolve))
    }
  }

  all<Type extends RelayMessage['type']>(type: Type): Of<Type>[] {
    return this.received.filter((message): message is Of<Type> => message.type === type)
  }

  async closed(): Promise<number> {
    while (this.closedWith === undefined) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve))
    }
    return this.closedWith
  }

  #take(frame: Uint8Array): void {
    this.frames.push(frame)
    this.received.push(...decodeRelayFrame(frame))
    this.#wake()
  }

  #wake(): void {
    this.#waiters.splice(0).forEach((resolve) => resolve())
  }
}

/** An agent that has been welcomed. */
export async function connect(hub: VaultHub, role: Role = 'editor'): Promise<HubAgent> {
  const agent = new HubAgent(hub, role)
  agent.hello()
  await agent.next('welcome')
  return agent
}

/** A note whose text grows: the seed, then one update per further piece. */
export function noteUpdates(pieces: readonly string[], clientId = 5): Uint8Array[] {
  const [first = '', ...rest] = pieces
  const seed = seedNote(first, clientId)
  const doc = new Y.Doc()
  doc.clientID = clientId + 1
  Y.applyUpdate(doc, seed)
  const updates = [seed]
  doc.on('update', (update: Uint8Array) => void updates.push(update))
  rest.forEach((piece) => doc.getText('content').insert(doc.getText('content').length, piece))
  return updates
}

/** A note that is written anew again and again: the seed, then one update per further text. */
export function rewrites(texts: readonly string[]): Uint8Array[] {
  const [first = '', ...rest] = texts
  const doc = openDoc([seedNote(first, 5)], 6)
  const rewrite = (text: string): Uint8Array =>
    editNote(doc, [{ at: 0, remove: noteText(doc).length, insert: text }], 'disk')
  return [seedNote(first, 5), ...rest.map(rewrite)]
}

export function textOf(...updates: Uint8Array[]): string {
  const doc = new Y.Doc()
  updates.forEach((update) => Y.applyUpdate(doc, update))
  return doc.getText('content').toString()
}

/** A disk whose fsync ends when the test says so: `settle` is for the store in memory. */
export function holdable(): {
  settle: () => Promise<void>
  open: () => void
  fail: (e: Error) => void
} {
  const waiting: { done: () => void; fail: (e: Error) => void }[] = []
  return {
    settle: () => new Promise<void>((done, fail) => waiting.push({ done, fail })),
    open: () => waiting.splice(0).forEach(({ done }) => done()),
    fail: (error) => waiting.splice(0).forEach(({ fail }) => fail(error)),
  }
}

/** Lets everything that waits for promises only go on. */
export async function turns(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

export type { DocId }
