// All open WebSockets: caps, heartbeat, and the end of a device's connections when it is removed.
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import type { DeviceId } from '../../shared/ids.ts'
import type { Clock } from '../../shared/ports.ts'
import { type Pulse, hasMoved } from './pulse.ts'

/** What a socket's protocol lets be done to it. */
export type Served = { end: (code: ErrorCode, detail: string) => void }

type Open = {
  socket: WebSocket
  /** What carries it. */
  tcp: Socket
  device: DeviceId
  served: Served
  pulse: Pulse | undefined
}

const beatEveryMs = 25_000
const closeWithinMs = 2_000
const maxSockets = 10_000
const maxSocketsPerDevice = 100

export class Sockets {
  readonly #clock: Clock
  readonly #open = new Set<Open>()
  #cancelBeat: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  start(): void {
    this.#cancelBeat = this.#clock.after(beatEveryMs, () => {
      this.#beat()
      this.start()
    })
  }

  /** Says goodbye to all; those that do not answer in time are cut off. */
  async stop(): Promise<void> {
    this.#cancelBeat?.()
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

  add(socket: WebSocket, tcp: Socket, device: DeviceId, served: Served): void {
    const open = { socket, tcp, device, served, pulse: undefined }
    this.#open.add(open)
    socket.on('close', () => void this.#open.delete(open))
  }

  /** Ends the connections of a device that was removed. */
  endDevice(device: DeviceId): void {
    for (const open of [...this.#open]) {
      if (open.device === device) open.served.end('unauthorized', 'this device was removed')
    }
  }

  #beat(): void {
    for (const open of this.#open) {
      if (open.pulse !== undefined && !hasMoved(open.pulse, pulseOf(open))) {
        open.socket.terminate()
      } else {
        open.socket.ping()
        open.pulse = pulseOf(open)
      }
    }
  }
}

function pulseOf({ socket, tcp }: Open): Pulse {
  return { read: tcp.bytesRead, written: tcp.bytesWritten, waiting: socket.bufferedAmount }
}

function onceClosed(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}
