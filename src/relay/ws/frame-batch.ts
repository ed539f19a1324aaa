// Collects messages for one peer and sends those of a turn in one frame, or more when they grow large.
import { maxMessagesPerFrame, targetFrameBytes } from '../../shared/limits.ts'
import { encodeRelayFrame } from '../../shared/protocol/codec.ts'
import type { RelayMessage } from '../../shared/protocol/relay-message.ts'

/** About what the fields other than an update take. */
const messageOverheadBytes = 64
const docListEntryBytes = 27

export class FrameBatch {
  readonly #send: (frame: Uint8Array) => void
  #messages: RelayMessage[] = []
  #bytes = 0
  #scheduled = false

  constructor(send: (frame: Uint8Array) => void) {
    this.#send = send
  }

  add(message: RelayMessage): void {
    const bytes = sizeOf(message)
    if (this.#bytes > 0 && this.#bytes + bytes > targetFrameBytes) this.flush()
    this.#messages.push(message)
    this.#bytes += bytes
    if (this.#messages.length >= maxMessagesPerFrame) this.flush()
    else this.#schedule()
  }

  /** Sends at once what is collected. */
  flush(): void {
    if (this.#messages.length === 0) return
    const frame = encodeRelayFrame(this.#messages)
    this.#messages = []
    this.#bytes = 0
    this.#send(frame)
  }

  /** Forgets what is collected. */
  clear(): void {
    this.#messages = []
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

function sizeOf(message: RelayMessage): number {
  if ('update' in message) return messageOverheadBytes + message.update.length
  if ('docs' in message) return messageOverheadBytes + docListEntryBytes * message.docs.length
  return messageOverheadBytes
}
