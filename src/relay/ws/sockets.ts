// All open WebSockets: caps, heartbeat, and the end of a device's connections when it is removed.
import type { WebSocket } from 'ws'
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import type { DeviceId } from '../../shared/ids.ts'
import type { Clock } from '../../shared/ports.ts'

/** What a socket's protocol lets be done to it. */
export type Served = { end: (code: ErrorCode, detail: string) => void }

type Open = { socket: WebSocket; device: DeviceId; served: Served; isAlive: boolean }

const pingEveryMs = 25_000
const closeWithinMs = 2_000
const maxSockets = 10_000
const maxSocketsPerDevice = 100

export class Sockets {
  readonly #clock: Clock
  readonly #open = new Set<Open>()
  #cancelPing: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  start(): void {
    this.#cancelPing = this.#clock.after(pingEveryMs, () => {
      this.#pingAll()
      this.start()
    })
  }

  /** Says goodbye to all; those that do not answer in time are cut off. */
  async stop(): Promise<void> {
    this.#cancelPing?.()
    const closed = [...this.#open].map(({ socket }) => onceClosed(socket))
    for (const { served } of [...this.#open]) served.end('stopping', 'the relay stops')
    const cancel = this.#clock.after(closeWithinMs, () => {
      for (const { socket } of this.#open) socket.terminate()
    })
    await Promise.all(closed)
    cancel()
  }

  /** Throws `rate-limited` when there is no room for one more. */
  assertRoom(device: DeviceId): void {
    const theirs = [...this.#open].filter((open) => open.device === device).length
    if (this.#open.size >= maxSockets || theirs >= maxSocketsPerDevice) {
      throw new AppError('rate-limited', 'too many connections')
    }
  }

  add(socket: WebSocket, device: DeviceId, served: Served): void {
    const open = { socket, device, served, isAlive: true }
    this.#open.add(open)
    socket.on('pong', () => void (open.isAlive = true))
    socket.on('close', () => void this.#open.delete(open))
  }

  /** Ends the connections of a device that was removed. */
  endDevice(device: DeviceId): void {
    for (const open of [...this.#open]) {
      if (open.device === device) open.served.end('unauthorized', 'this device was removed')
    }
  }

  #pingAll(): void {
    for (const open of this.#open) {
      if (!open.isAlive) open.socket.terminate()
      else {
        open.isAlive = false
        open.socket.ping()
      }
    }
  }
}

function onceClosed(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}
