// The simulated relay: the real hub on a memory store, killed, restarted and restored from backups.
import { VaultHub } from '../../src/relay/hub/vault-hub.ts'
import {
  MemoryDocStore,
  copyMemoryDisk,
  newMemoryDisk,
} from '../../src/relay/store/memory-doc-store.ts'
import { AgentConnection } from '../../src/relay/ws/agent-connection.ts'
import { type DeviceId, type VaultId, randomId } from '../../src/shared/ids.ts'
import type { Logger } from '../../src/shared/ports.ts'
import { Process, type Scheduler } from '../fakes/scheduler.ts'
import type { SeededRandom } from '../fakes/seeded-random.ts'
import type { RelayEnd } from './network.ts'

export class SimRelay {
  readonly #vault: VaultId
  readonly #scheduler: Scheduler
  readonly #random: SeededRandom
  readonly #log: Logger
  #disk
  #process = new Process('relay')
  #hub: VaultHub | undefined
  #backup

  constructor(vault: VaultId, scheduler: Scheduler, random: SeededRandom, log: Logger) {
    this.#vault = vault
    this.#scheduler = scheduler
    this.#random = random
    this.#log = log
    this.#disk = newMemoryDisk(this.#newEpoch())
    this.#backup = copyMemoryDisk(this.#disk)
  }

  get process(): Process {
    return this.#process
  }

  async start(): Promise<void> {
    const process = new Process('relay')
    this.#process = process
    const store = new MemoryDocStore(this.#disk, () => this.#scheduler.step(process))
    const hub = new VaultHub({
      vault: this.#vault,
      store,
      clock: this.#scheduler.clock(process),
      random: this.#random,
      log: this.#log,
    })
    await hub.start()
    this.#hub = hub
  }

  kill(): void {
    this.#process.kill()
    this.#hub = undefined
  }

  takeBackup(): void {
    this.#backup = copyMemoryDisk(this.#disk)
  }

  /** Puts the last backup back, in a third of the cases as if nothing had happened. Only while killed. */
  restore(): void {
    this.#disk = copyMemoryDisk(this.#backup)
    if (!this.#random.chance(1 / 3)) this.#disk.epoch = this.#newEpoch()
  }

  accept(
    device: DeviceId,
    send: (frame: Uint8Array) => void,
    close: () => void,
  ): RelayEnd | undefined {
    if (this.#hub === undefined) return undefined
    const process = this.#process
    const connection = new AgentConnection({
      hub: this.#hub,
      access: { device, role: 'editor' },
      log: this.#log,
      send: (frame) => {
        if (process.isAlive) send(frame)
      },
      close,
      buffered: () => 0,
    })
    return {
      receive: (frame) => connection.receive(frame),
      closed: () => connection.closed(),
    }
  }

  #newEpoch(): string {
    return randomId<DeviceId>(this.#random)
  }
}
