// Connections between simulated agents and the simulated relay: frames arrive late, in order, or never.
import type { Connect, SocketHandlers } from '../../src/agent/link/socket.ts'
import type { Process, Scheduler } from '../fakes/scheduler.ts'
import type { SeededRandom } from '../fakes/seeded-random.ts'

/** The relay's end of a connection. */
export type RelayEnd = {
  receive(frame: Uint8Array): void
  closed(): void
}

export type Accept = (send: (frame: Uint8Array) => void, close: () => void) => RelayEnd | undefined

const maxDelayMs = 40

/** One agent's cable to the relay. */
export class Cable {
  readonly #scheduler: Scheduler
  readonly #random: SeededRandom
  readonly #accept: Accept
  #cut: (() => void) | undefined
  isPlugged = true
  /** What the agent is told when a connection ends. */
  closeCode = 1006

  constructor(scheduler: Scheduler, random: SeededRandom, accept: Accept) {
    this.#scheduler = scheduler
    this.#random = random
    this.#accept = accept
  }

  /** Ends the present connection at both ends; what is on its way is lost. */
  cut(): void {
    this.#cut?.()
    this.#cut = undefined
  }

  connect(agent: Process, wire: Process): Connect {
    return (handlers) => this.#open(agent, wire, handlers)
  }

  #open(agent: Process, wire: Process, handlers: SocketHandlers): ReturnType<Connect> {
    const scheduler = this.#scheduler
    let relay: RelayEnd | undefined
    let state: 'opening' | 'open' | 'closed' = 'opening'
    const close = (): void => {
      if (state === 'closed') return
      state = 'closed'
      const end = relay
      scheduler.after(wire, this.#delay(), () => end?.closed())
      scheduler.after(agent, this.#delay(), () =>
        handlers.onClose({ code: this.closeCode, reason: 'cut' }),
      )
    }
    this.#cut = close
    const toAgent = this.#lane(agent, (frame) => {
      if (state === 'open') handlers.onFrame(frame)
    })
    const toRelay = this.#lane(wire, (frame) => {
      if (state === 'open') relay?.receive(frame)
    })
    scheduler.after(agent, this.#delay(), () => {
      relay = this.isPlugged && state === 'opening' ? this.#accept(toAgent, close) : undefined
      if (relay === undefined) return close()
      state = 'open'
      handlers.onOpen()
    })
    return { send: toRelay, close }
  }

  /** Delivers in order, each frame a random while after it was sent. */
  #lane(to: Process, deliver: (frame: Uint8Array) => void): (frame: Uint8Array) => void {
    let last = 0
    return (frame) => {
      last = Math.max(last, this.#scheduler.now() + this.#delay())
      this.#scheduler.after(to, last - this.#scheduler.now(), () => deliver(frame))
    }
  }

  #delay(): number {
    return this.#random.below(maxDelayMs)
  }
}
