// How many requests for bytes one device may have under way: each holds a socket, and some memory.
import type { ServerResponse } from 'node:http'
import { AppError } from '../../shared/errors.ts'
import type { DeviceId } from '../../shared/ids.ts'

/** More than an agent ever has. */
const slotsPerDevice = 32

export class Slots {
  readonly #taken = new Map<DeviceId, number>()

  /** Until `response` has ended, in whatever way. Throws `rate-limited` when the device has none left. */
  take(device: DeviceId, response: ServerResponse | undefined): void {
    const taken = this.#taken.get(device) ?? 0
    if (taken >= slotsPerDevice) {
      throw new AppError('rate-limited', `at most ${slotsPerDevice} requests for bytes at once`)
    }
    // One that ended while the device was still being looked up has had its `close`.
    if (response === undefined || response.closed) return
    this.#taken.set(device, taken + 1)
    response.once('close', () => this.#giveBack(device))
  }

  #giveBack(device: DeviceId): void {
    const left = (this.#taken.get(device) ?? 0) - 1
    if (left > 0) this.#taken.set(device, left)
    else this.#taken.delete(device)
  }
}
