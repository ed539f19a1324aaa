// A relay on a free port with a folder of its own, and a client of its HTTP API.
import { rm } from 'node:fs/promises'
import { type ClientOptions, WebSocket } from 'ws'
import { Relay, type RelayOptions, type RelayReady } from '../../../src/relay/relay.ts'
import { systemClock, systemRandom } from '../../../src/system.ts'
import type { AgentMessage } from '../../../src/shared/protocol/agent-message.ts'
import { decodeRelayFrame, encodeAgentFrame } from '../../../src/shared/protocol/codec.ts'
import type { RelayMessage } from '../../../src/shared/protocol/relay-message.ts'
import { protocolVersion, subprotocol } from '../../../src/shared/protocol/version.ts'
import { type SessionId, randomId } from '../../../src/shared/ids.ts'
import { silentLogger } from '../../fakes/silent-logger.ts'
import { tempFolder } from './level-store.ts'

export type Member = {
  vault: { id: string; name: string }
  device: { id: string }
  token: string
  role: string
}

export class LiveRelay implements AsyncDisposable {
  readonly folder: string
  readonly ready: RelayReady
  readonly #relay: Relay

  private constructor(folder: string, relay: Relay, ready: RelayReady) {
    this.folder = folder
    this.#relay = relay
    this.ready = ready
  }

  static async start(options: Partial<RelayOptions> = {}): Promise<LiveRelay> {
    const folder = options.folder ?? (await tempFolder())
    const relay = new Relay({
      host: '127.0.0.1',
      port: 0,
      publicUrl: undefined,
      trustedProxies: [],
      ballastBytes: 0,
      clock: systemClock,
      random: systemRandom,
      log: silentLogger,
      ...options,
      folder,
    })
    return new LiveRelay(folder, relay, await relay.start())
  }

  get url(): string {
    return this.ready.url
  }

  get wsUrl(): string {
    return this.url.replace('http', 'ws')
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  request(path: string, method = 'GET', body?: unknown, token?: string): Promise<Response> {
    const headers: Record<string, string> = { 'content-type': 'application/json' }
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`
    const content = body === undefined ? {} : { body: JSON.stringify(body) }
    return fetch(`${this.url}${path}`, { method, headers, ...content })
  }

  async join(link: string, name = 'device'): Promise<Member> {
    const invite = new URL(link).hash.slice(1)
    const response = await this.request('/api/v1/join', 'POST', { invite, name })
    if (response.status !== 201) throw new Error(await response.text())
    return readMember(await response.json())
  }

  async owner(): Promise<Member> {
    return this.join(this.ready.setup ?? '')
  }

  async invite(by: Member, role: string): Promise<string> {
    const path = `/api/v1/vaults/${by.vault.id}/invites`
    const response = await this.request(path, 'POST', { role, uses: 5 }, by.token)
    const body: unknown = await response.json()
    if (typeof body === 'object' && body !== null && 'link' in body) return String(body.link)
    throw new Error(`no link: ${JSON.stringify(body)}`)
  }

  async stop(): Promise<void> {
    await this.#relay.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await rm(this.folder, { recursive: true, force: true })
  }
}

function readMember(body: unknown): Member {
  if (typeof body !== 'object' || body === null) throw new Error('not an object')
  if (!('vault' in body && 'device' in body && 'token' in body && 'role' in body)) {
    throw new Error('not a member')
  }
  const { vault, device, token, role } = body
  if (typeof vault !== 'object' || vault === null || !('id' in vault && 'name' in vault)) {
    throw new Error('no vault')
  }
  if (typeof device !== 'object' || device === null || !('id' in device)) {
    throw new Error('no device')
  }
  return {
    vault: { id: String(vault.id), name: String(vault.name) },
    device: { id: String(device.id) },
    token: String(token),
    role: String(role),
  }
}

/** An agent's end of a real socket. */
export class SocketAgent {
  readonly socket: WebSocket
  readonly received: RelayMessage[] = []
  readonly closed: Promise<number>
  readonly #waiters: (() => void)[] = []

  constructor(relay: LiveRelay, { vault, token }: Member, options: ClientOptions = {}) {
    this.socket = new WebSocket(`${relay.wsUrl}/sync/${vault.id}`, [subprotocol], {
      headers: { authorization: `Bearer ${token}` },
      ...options,
    })
    this.socket.on('message', (data: Buffer) => {
      this.received.push(...decodeRelayFrame(data))
      this.#waiters.splice(0).forEach((resolve) => resolve())
    })
    this.socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => this.socket.once('close', resolve))
  }

  static async connect(
    relay: LiveRelay,
    member: Member,
    options: ClientOptions = {},
  ): Promise<SocketAgent> {
    const agent = new SocketAgent(relay, member, options)
    await new Promise((resolve, reject) => {
      agent.socket.once('open', resolve)
      agent.socket.once('error', reject)
    })
    const session = randomId<SessionId>(systemRandom)
    agent.say({
      type: 'hello',
      protocol: protocolVersion,
      session,
      clientId: 1,
      epoch: '',
      cursor: 0,
    })
    await agent.next('welcome')
    return agent
  }

  say(...messages: AgentMessage[]): void {
    this.socket.send(encodeAgentFrame(messages))
  }

  async next<Type extends RelayMessage['type']>(
    type: Type,
    n = 1,
  ): Promise<Extract<RelayMessage, { type: Type }>> {
    for (;;) {
      const all = this.received.filter(
        (message): message is Extract<RelayMessage, { type: Type }> => message.type === type,
      )
      const found = all[n - 1]
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#waiters.push(resolve))
    }
  }
}

/** The HTTP status with which an upgrade is refused. */
export function refusedStatus(socket: WebSocket): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    socket.on('error', () => undefined)
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode))
    socket.once('open', () => reject(new Error('was not refused')))
  })
}
