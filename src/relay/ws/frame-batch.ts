// Collects messages for one peer and sends those of a turn in one frame, or more when they grow large. A
// frame is messages end to end, so a message that goes to many peers is encoded once for all of them.
import { maxMessagesPerFrame, targetFrameBytes } from '../../shared/limits.ts'
import { encodeRelayFrame } from '../../shared/protocol/codec.ts'
import type { RelayMessage } from '../../shared/protocol/relay-message.ts'

export class FrameBatch {
  readonly #send: (frame: Uint8Array) => void
  #parts: Uint8Array[] = []
  #bytes = 0
  #scheduled = false

  constructor(send: (frame: Uint8Array) => void) {
    this.#send = send
  }

  add(message: RelayMessage): void {
    this.addEncoded(encodeRelayFrame([message]))
  }

  /** Adds a message as `encodeRelayFrame` gave it. */
  addEncoded(part: Uint8Array): void {
    if (this.#bytes > 0 && this.#bytes + part.length > targetFrameBytes) this.flush()
    this.#parts.push(part)
    this.#bytes += part.length
    if (this.#parts.length >= maxMessagesPerFrame) this.flush()
    else this.#schedule()
  }

  /** Sends at once what is collected. */
  flush(): void {
    const [first, ...rest] = this.#parts
    if (first === undefined) return
    const frame = rest.length === 0 ? first : joined(this.#parts, this.#bytes)
    this.clear()
    this.#send(frame)
  }

  /** Forgets what is collected. */
  clear(): void {
    this.#parts = []
    this.#bytes = 0
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.flush()
    })
  }
}

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const frame = new Uint8Array(bytes)
  let at = 0
  for (const part of parts) {
    frame.set(part, at)
    at += part.length
  }
  return frame
}
