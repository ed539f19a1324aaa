// The one port: HTTP requests to the app, upgrades to the WebSockets. It listens before there is anything to
// serve, so that a wrong address is noticed before anything else happens.
import { type IncomingMessage, type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { AppError } from '../../shared/errors.ts'

export type Handlers = {
  fetch: (request: Request, env: unknown) => Response | Promise<Response>
  upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

/** What a client may take its time for, in ms. */
export type HttpLimits = {
  readonly headersWithinMs: number
  /** The whole of it: a chunk, with some more beside it, on a line of 50 kB a second. */
  readonly requestWithinMs: number
  /** Who neither sends nor takes a byte for so long is gone. */
  readonly idleWithinMs: number
  /** How often the first two are looked at. */
  readonly checkEveryMs: number
}

/** A connection without a request waits so long for the next: closed sooner, that one might run into its end. */
const keptAliveMs = 60_000

/** What a connection may hold of a body, in bytes: what comes while a disk writes is its next write, not eight of them. */
const heldBytes = 512 * 1024

const usualLimits: HttpLimits = {
  headersWithinMs: 10_000,
  requestWithinMs: 900_000,
  idleWithinMs: 180_000,
  checkEveryMs: 5_000,
}

export class HttpServer {
  readonly #server: Server
  #handlers: Handlers | undefined

  constructor({
    headersWithinMs,
    requestWithinMs,
    idleWithinMs,
    checkEveryMs,
  }: HttpLimits = usualLimits) {
    const limits = {
      keepAliveTimeout: keptAliveMs,
      headersTimeout: headersWithinMs,
      requestTimeout: requestWithinMs,
      connectionsCheckingInterval: checkEveryMs,
    }
    const listener = getRequestListener(
      (request, env) => this.#handlers?.fetch(request, env) ?? notYet(),
      {
        overrideGlobalObjects: false,
      },
    )
    const options = { ...limits, noDelay: true, highWaterMark: heldBytes }
    // The listener answers with 500 itself when `fetch` fails.
    this.#server = createServer(options, (incoming, outgoing) => {
      void listener(incoming, outgoing)
    })
    this.#server.setTimeout(idleWithinMs)
    this.#server.on('upgrade', (request, socket, head) => {
      if (this.#handlers === undefined) socket.destroy()
      else this.#handlers.upgrade(request, socket, head)
    })
  }

  /**
   * Resolves with the port once it listens; 0 takes a free one. Until `serve` is called whoever comes is told
   * to come back. Throws `internal` when the address cannot be had.
   */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(listenError(error, host, port)))
      this.#server.listen(port, host, resolve)
    })
    return portOf(this.#server.address())
  }

  serve(handlers: Handlers): void {
    this.#handlers = handlers
  }

  /** Takes no more, and ends idle and busy HTTP connections. Upgraded sockets are not its own any more. */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }
}

function notYet(): Response {
  return new Response(undefined, { status: 503, headers: { 'retry-after': '1' } })
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  return address.port
}

function listenError(error: Error, host: string, port: number): AppError {
  const code = 'code' in error ? error.code : undefined
  const where = `${host}:${port}`
  if (code === 'EADDRINUSE') return new AppError('internal', `${where} is in use`, error)
  if (code === 'EACCES') return new AppError('internal', `${where} is not permitted`, error)
  return new AppError('internal', `${where} cannot be listened on (${error.message})`, error)
}
