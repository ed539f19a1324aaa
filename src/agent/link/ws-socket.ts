// One WebSocket to the relay, as the link wants it: binary frames, and one close.
import WebSocket, { type RawData } from 'ws'
import { maxFrameBytes } from '../../shared/limits.ts'
import type { Clock } from '../../shared/ports.ts'
import { subprotocol } from '../../shared/protocol/version.ts'
import type { Connect, SocketClose, SocketHandlers } from './socket.ts'

const handshakeMs = 10_000
/** The relay pings every 25 s; after this long without a sound the connection is dead (HC-149). */
const silenceMs = 60_000

export type WsOptions = {
  /** `ws:` or `wss:`. */
  readonly url: string
  readonly token: string
  readonly clock: Clock
}

export function createWsConnect(options: WsOptions): Connect {
  return (handlers) => {
    const ws = new WebSocket(options.url, subprotocol, {
      headers: { authorization: `Bearer ${options.token}` },
      perMessageDeflate: false,
      maxPayload: maxFrameBytes,
      handshakeTimeout: handshakeMs,
    })
    attach(ws, handlers, options.clock)
    return {
      send: (bytes) => {
        if (ws.readyState === WebSocket.OPEN) ws.send(bytes, { binary: true })
      },
      close: () => ws.close(1000),
      buffered: () => ws.bufferedAmount,
    }
  }
}

function attach(ws: WebSocket, handlers: SocketHandlers, clock: Clock): void {
  const once = onlyOnce((close: SocketClose) => handlers.onClose(close))
  const silence = watchSilence(ws, clock)
  const finish = (close: SocketClose) => {
    silence.stop()
    once(close)
  }
  let failure = ''
  ws.on('open', () => {
    silence.heard()
    handlers.onOpen()
  })
  ws.on('ping', silence.heard)
  ws.on('pong', silence.heard)
  ws.on('message', (data, isBinary) => {
    silence.heard()
    if (isBinary) handlers.onFrame(toBytes(data))
    else ws.close(1003)
  })
  ws.on('unexpected-response', (request, response) => {
    response.resume()
    request.destroy()
    finish({ code: 1006, reason: 'refused', httpStatus: response.statusCode })
  })
  ws.on('error', (error) => {
    failure = error.message
  })
  ws.on('close', (code, reason) => {
    finish({ code, reason: reason.toString() || failure })
  })
}

function watchSilence(ws: WebSocket, clock: Clock) {
  let cancel = () => {}
  const stop = () => cancel()
  const heard = () => {
    cancel()
    cancel = clock.after(silenceMs, () => ws.terminate())
  }
  return { heard, stop }
}

function onlyOnce<T>(run: (value: T) => void): (value: T) => void {
  let isDone = false
  return (value) => {
    if (isDone) return
    isDone = true
    run(value)
  }
}

function toBytes(data: RawData): Uint8Array {
  if (Array.isArray(data)) return new Uint8Array(Buffer.concat(data))
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}
