// The one port: HTTP requests to the app, upgrades to the WebSockets.
import { type IncomingMessage, type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { AppError } from '../../shared/errors.ts'

export type HttpServerOptions = {
  host: string
  /** 0 takes a free one. */
  port: number
  fetch: (request: Request, env: unknown) => Response | Promise<Response>
  upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

const headersWithinMs = 10_000
const requestWithinMs = 30_000

export class HttpServer {
  readonly #options: HttpServerOptions
  readonly #server: Server

  constructor(options: HttpServerOptions) {
    this.#options = options
    const limits = { headersTimeout: headersWithinMs, requestTimeout: requestWithinMs }
    const listener = getRequestListener((request, env) => options.fetch(request, env), {
      overrideGlobalObjects: false,
    })
    // The listener answers with 500 itself when `fetch` fails.
    this.#server = createServer({ ...limits, noDelay: true }, (incoming, outgoing) => {
      void listener(incoming, outgoing)
    })
    this.#server.on('upgrade', options.upgrade)
  }

  /** Resolves with the port once it listens. Throws `internal` when the address cannot be had. */
  async listen(): Promise<number> {
    const { host, port } = this.#options
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(listenError(error, host, port)))
      this.#server.listen(port, host, resolve)
    })
    return portOf(this.#server.address())
  }

  /** Takes no more, and ends idle and busy HTTP connections. Upgraded sockets are not its own any more. */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }
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
