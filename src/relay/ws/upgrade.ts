// HTTP upgrade requests -> WebSockets. Everything that can be refused is refused before the upgrade.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { AppError, errorFacts, toAppError } from '../../shared/errors.ts'
import { type DocId, type VaultId, parseDocId, parseId } from '../../shared/ids.ts'
import { maxFrameBytes } from '../../shared/limits.ts'
import type { Clock, Logger } from '../../shared/ports.ts'
import { subprotocol, tokenSubprotocolPrefix } from '../../shared/protocol/version.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { Hubs } from '../hub/hubs.ts'
import { type Authenticator, bearerToken } from '../http/authenticate.ts'
import type { ClientAddress } from '../http/client-address.ts'
import type { Device } from '../store/account-store.ts'
import { AwarenessRoom } from './awareness-room.ts'
import { DeviceAllowances } from './device-allowances.ts'
import { serveAgent, serveYjs } from './serve-socket.ts'
import type { Served, Sockets } from './sockets.ts'

export type UpgradeOptions = {
  hubs: Hubs
  sockets: Sockets
  accounts: Accounts
  authenticate: Authenticator
  clientAddress: ClientAddress
  clock: Clock
  log: Logger
  publicUrl: string
}

type Target = { type: 'sync'; vault: VaultId } | { type: 'yjs'; vault: VaultId; doc: DocId }

export class Upgrades {
  readonly #options: UpgradeOptions
  readonly #allowances = new DeviceAllowances()
  readonly #rooms = new Map<string, AwarenessRoom>()
  readonly #server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: maxFrameBytes,
    handleProtocols: chooseProtocol,
  })

  constructor(options: UpgradeOptions) {
    this.#options = options
  }

  /** Takes over `socket` of an upgrade request. Never throws. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ignore = (): void => undefined
    socket.on('error', ignore)
    this.#admit(request)
      .then(({ serve }) => {
        socket.off('error', ignore)
        this.#server.handleUpgrade(request, socket, head, serve)
      })
      .catch((thrown: unknown) => this.#refuse(socket, thrown))
  }

  async #admit(request: IncomingMessage): Promise<{ serve: (socket: WebSocket) => void }> {
    const { hubs, sockets } = this.#options
    this.#assertOrigin(request)
    const target = targetOf(request.url ?? '')
    const { vault } = await this.#deviceOf(request)
    if (target?.vault !== vault) {
      throw new AppError('not-found', 'there is nothing at this address')
    }
    const hub = await hubs.get(vault)
    // Once more, for a device that was removed while its hub was starting.
    const device = await this.#deviceOf(request)
    sockets.assertRoom(device.id)
    const access = { device: device.id, role: device.role }
    const serve = (socket: WebSocket): void => {
      const allowance = this.#allowances.acquire(device.id)
      socket.on('close', () => this.#allowances.release(device.id))
      const common = { socket, hub, access, allowance, log: this.#options.log }
      const served =
        target.type === 'sync'
          ? serveAgent(common, { clock: this.#options.clock, onEdit: this.#onEdit(device) })
          : this.#serveYjs(common, target)
      sockets.add(socket, request.socket, device.id, served)
    }
    return { serve }
  }

  #deviceOf(request: IncomingMessage): Promise<Device> {
    const { authenticate, clientAddress } = this.#options
    return authenticate(tokenOf(request), clientAddress(request))
  }

  #serveYjs(
    common: Parameters<typeof serveYjs>[0],
    { vault, doc }: { vault: VaultId; doc: DocId },
  ): Served {
    const key = `${vault}/${doc}`
    const room = this.#rooms.get(key) ?? new AwarenessRoom()
    this.#rooms.set(key, room)
    const served = serveYjs(common, { doc, room })
    common.socket.on('close', () => {
      if (room.isEmpty && this.#rooms.get(key) === room) this.#rooms.delete(key)
    })
    return served
  }

  #onEdit(device: Device): () => void {
    const { accounts, log } = this.#options
    if (device.hasWritten) return () => undefined
    return () => {
      accounts.markWritten(device).catch((thrown: unknown) => {
        log.warn('device not marked', { reason: toAppError(thrown).message })
      })
    }
  }

  /** A page of another site may not speak for whoever looks at it. */
  #assertOrigin({ headers: { origin } }: IncomingMessage): void {
    if (origin === undefined) return
    const here = new URL(this.#options.publicUrl)
    if (!URL.canParse(origin) || new URL(origin).host !== here.host) {
      throw new AppError('forbidden', 'not from this origin')
    }
  }

  #refuse(socket: Duplex, thrown: unknown): void {
    const { code, message } = toAppError(thrown)
    const { http } = errorFacts(code)
    if (http >= 500) this.#options.log.error('upgrade failed', { code, reason: message })
    socket.end(`HTTP/1.1 ${http} ${code}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
  }
}

function targetOf(url: string): Target | undefined {
  const [, kind, vaultText = '', docText, ...rest] = (url.split('?')[0] ?? '').split('/')
  const vault = parseId<VaultId>(vaultText)
  if (vault === undefined || rest.length > 0) return undefined
  if (kind === 'sync' && docText === undefined) return { type: 'sync', vault }
  const doc = parseDocId(docText ?? '')
  return kind === 'yjs' && doc !== undefined ? { type: 'yjs', vault, doc } : undefined
}

/** Only headers: a token in a URL would stand in logs. */
function tokenOf({ headers }: IncomingMessage): string | undefined {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  const carrier = offered.find((name) => name.startsWith(tokenSubprotocolPrefix))
  return bearerToken(headers.authorization) ?? carrier?.slice(tokenSubprotocolPrefix.length)
}

/** Ours if offered; else the one that carries the token, since a browser wants one of its own back. */
function chooseProtocol(offered: Set<string>): string | false {
  if (offered.has(subprotocol)) return subprotocol
  return [...offered].find((name) => name.startsWith(tokenSubprotocolPrefix)) ?? false
}
