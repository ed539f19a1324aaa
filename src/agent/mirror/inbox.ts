// Between the link, which hears at any time, and the mirror, which takes in what was heard in its turns.
import type { AppError } from '../../shared/errors.ts'
import type { RelayMessage } from '../../shared/protocol/relay-message.ts'

/** Why the connection is gone; `isFatal` when trying again helps nobody. */
export type Down = { readonly type: 'down'; readonly reason: AppError; readonly isFatal: boolean }
export type Inbound =
  | Down
  | { readonly type: 'up' }
  | { readonly type: 'messages'; readonly messages: readonly RelayMessage[] }

export class Inbox {
  #waiting: Inbound[] = []

  get size(): number {
    return this.#waiting.length
  }

  /** The link has a new connection and the mirror does not know: nothing may be said on it before `hello`. */
  get isReconnected(): boolean {
    return this.#waiting.some(({ type }) => type === 'up')
  }

  /** What a former connection said and nobody has heard is said again in the catch-up of the next one. */
  put(inbound: Inbound): void {
    if (inbound.type === 'up') {
      this.#waiting = this.#waiting.filter(({ type }) => type !== 'messages')
    }
    this.#waiting.push(inbound)
  }

  /** All that waits now, each let go when it is taken. */
  *take(): Generator<Inbound> {
    for (let left = this.#waiting.length; left > 0; left--) yield* this.#waiting.splice(0, 1)
  }
}

/** Bytes of the updates in it. */
export function sizeOf(inbound: Inbound): number {
  if (inbound.type !== 'messages') return 0
  return inbound.messages.reduce((sum, message) => sum + updateBytes(message), 0)
}

function updateBytes(message: RelayMessage): number {
  return 'update' in message ? message.update.length : 0
}
