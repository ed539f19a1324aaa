// How much of a kind one device may have under way: requests for bytes, each a socket and some memory, or work.
import type { ServerResponse } from 'node:http'
import { AppError } from '../../shared/errors.ts'
import type { DeviceId } from '../../shared/ids.ts'

export class Slots {
  readonly #taken = new Map<DeviceId, number>()
  readonly #perDevice: number

  constructor(perDevice: number) {
    this.#perDevice = perDevice
  }

  /** Until `response` has ended, in whatever way. Throws `rate-limited` when the device has none left. */
  hold(device: DeviceId, response: ServerResponse | undefined): void {
    this.#check(device)
    // One that ended while the device was still being looked up has had its `close`.
    if (response === undefined || response.closed) return
    this.#take(device)
    response.once('close', () => this.#giveBack(device))
  }

  /** Until `work` has ended, whether or not anybody waits for it. Throws `rate-limited` when the device has none left. */
  async run<Result>(device: DeviceId, work: () => Promise<Result>): Promise<Result> {
    this.#check(device)
    this.#take(device)
    try {
      return await work()
    } finally {
      this.#giveBack(device)
    }
  }

  #check(device: DeviceId): void {
    if ((this.#taken.get(device) ?? 0) < this.#perDevice) return
    throw new AppError('rate-limited', `at most ${this.#perDevice} of these at once`)
  }

  #take(device: DeviceId): void {
    this.#taken.set(device, (this.#taken.get(device) ?? 0) + 1)
  }

  #giveBack(device: DeviceId): void {
    const left = (this.#taken.get(device) ?? 0) - 1
    if (left > 0) this.#taken.set(device, left)
    else this.#taken.delete(device)
  }
}
