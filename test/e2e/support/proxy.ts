// A TCP proxy before the relay: a bad network on demand.
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

type Mode =
  | { readonly type: 'open' }
  /** Nobody gets through; whoever is connected is cut off. */
  | { readonly type: 'cut' }
  /** Connections stay and nothing passes, as when a cable is pulled. */
  | { readonly type: 'frozen' }
  /** Answers every request itself, as a captive portal or a gateway does. */
  | { readonly type: 'answers'; readonly head: string }
  /** Passes at most so many bytes a second each way. */
  | { readonly type: 'slow'; readonly bytesPerSecond: number }

const sliceMs = 20

export class Proxy implements AsyncDisposable {
  /** Connections that were tried so far. */
  attempts = 0
  /** Sees what passes, by the number of the connection. */
  onBytes: (connection: number, way: 'up' | 'down', bytes: Buffer) => void = () => undefined
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #target: number
  #mode: Mode = { type: 'open' }

  private constructor(target: number) {
    this.#target = target
    this.#server = createServer((socket) => this.#accept(socket))
  }

  static async start(target: number): Promise<Proxy> {
    const proxy = new Proxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  /** The same link, but through this proxy. */
  through(link: string): string {
    const url = new URL(link)
    url.port = String((this.#server.address() as AddressInfo).port)
    return url.href
  }

  become(mode: Mode): void {
    this.#mode = mode
    if (mode.type === 'cut' || mode.type === 'answers') this.cutNow()
  }

  /** Ends what is connected; who comes again gets through, if the mode lets them. */
  cutNow(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cutNow()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(client: Socket): void {
    this.attempts++
    this.#keep(client)
    if (this.#mode.type === 'cut') {
      client.destroy()
      return
    }
    if (this.#mode.type === 'answers') {
      client.end(this.#mode.head)
      return
    }
    const relay = connect(this.#target, '127.0.0.1')
    this.#keep(relay)
    const connection = this.attempts
    void this.#pass(client, relay, (bytes) => this.onBytes(connection, 'up', bytes))
    void this.#pass(relay, client, (bytes) => this.onBytes(connection, 'down', bytes))
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => this.#sockets.delete(socket))
  }

  async #pass(from: Socket, to: Socket, see: (bytes: Buffer) => void): Promise<void> {
    try {
      for await (const chunk of from) {
        see(chunk as Buffer)
        await this.#send(chunk as Buffer, to)
      }
    } catch {
      // Cut off: both ends learn it below.
    }
    to.destroy()
  }

  async #send(chunk: Buffer, to: Socket): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      while (this.#mode.type === 'frozen') await delay(sliceMs)
      const isSlow = this.#mode.type === 'slow'
      const size =
        this.#mode.type === 'slow' ? this.#mode.bytesPerSecond / (1000 / sliceMs) : 65_536
      to.write(chunk.subarray(at, at + size))
      at += size
      if (isSlow) await delay(sliceMs)
    }
  }
}
