// One WebSocket to the relay, as the link wants it: binary frames, and one close.
import WebSocket, { type RawData } from 'ws'
import { maxFrameBytes } from '../../shared/limits.ts'
import type { Clock } from '../../shared/ports.ts'
import { subprotocol } from '../../shared/protocol/version.ts'
import type { Connect, SocketClose, SocketHandlers } from './socket.ts'

const handshakeMs = 10_000
/** After this long without a byte the connection is dead (HC-149). */
const silenceMs = 60_000
/** So the relay hears of us, and we of it, whatever else there is to say. */
const pingEveryMs = 25_000

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
    }
  }
}

function attach(ws: WebSocket, handlers: SocketHandlers, clock: Clock): void {
  const once = onlyOnce((close: SocketClose) => handlers.onClose(close))
  const silence = watchSilence(ws, clock)
  const finish = (close: SocketClose) => {
    silence.stop()
    cancelPing()
    once(close)
  }
  let failure = ''
  let cancelPing = () => {}
  const keepTalking = () => {
    cancelPing = clock.after(pingEveryMs, () => {
      ws.ping()
      keepTalking()
    })
  }
  ws.on('open', () => {
    silence.heard()
    keepTalking()
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

/** A large frame is heard of once it is whole; until then its bytes count. */
function watchSilence(ws: WebSocket, clock: Clock) {
  let cancel = () => {}
  let bytesRead = () => 0
  ws.on('upgrade', ({ socket }) => (bytesRead = () => socket.bytesRead))
  const stop = () => cancel()
  const heard = () => {
    cancel()
    const before = bytesRead()
    cancel = clock.after(silenceMs, () => {
      if (bytesRead() > before) heard()
      else ws.terminate()
    })
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
