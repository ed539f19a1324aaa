// The simulated relay: the real hub on a memory store, killed, restarted and restored from backups.
import { Blobs } from '../../src/relay/blobs/blobs.ts'
import { Hubs } from '../../src/relay/hub/hubs.ts'
import { MemoryBlobStore } from '../../src/relay/store/memory-blob-store.ts'
import {
  MemoryDocStore,
  copyMemoryDisk,
  newMemoryDisk,
} from '../../src/relay/store/memory-doc-store.ts'
import { AgentConnection } from '../../src/relay/ws/agent-connection.ts'
import { newDeviceAllowance } from '../../src/relay/ws/device-allowances.ts'
import { type DeviceId, type VaultId, randomId } from '../../src/shared/ids.ts'
import type { Logger } from '../../src/shared/ports.ts'
import type { Role } from '../../src/shared/roles.ts'
import { FailingCommits } from '../fakes/failing-commits.ts'
import { Process, type Scheduler } from '../fakes/scheduler.ts'
import type { SeededRandom } from '../fakes/seeded-random.ts'
import type { RelayEnd } from './network.ts'

export class SimRelay {
  readonly #vault: VaultId
  readonly #scheduler: Scheduler
  readonly #random: SeededRandom
  readonly #log: Logger
  readonly commits = new FailingCommits()
  readonly blobs: Blobs
  /** Of every device that connects from now on. */
  role: Role = 'editor'
  #disk
  #process = new Process('relay')
  #hubs: Hubs | undefined
  #backup

  constructor(vault: VaultId, scheduler: Scheduler, random: SeededRandom, log: Logger) {
    this.#vault = vault
    this.#scheduler = scheduler
    this.#random = random
    this.#log = log
    this.blobs = new Blobs(new MemoryBlobStore(() => scheduler.now()))
    this.#disk = newMemoryDisk(this.#newEpoch())
    this.#backup = copyMemoryDisk(this.#disk)
  }

  get process(): Process {
    return this.#process
  }

  async start(): Promise<void> {
    const process = new Process('relay')
    this.#process = process
    const settle = async (): Promise<void> => {
      await this.#scheduler.step(process)
      this.commits.settle()
    }
    const hubs = new Hubs({
      store: new MemoryDocStore(this.#disk, settle, () => this.commits.settled()),
      clock: this.#scheduler.clock(process),
      random: this.#random,
      log: this.#log,
    })
    await hubs.get(this.#vault)
    this.#hubs = hubs
  }

  kill(): void {
    this.#process.kill()
    this.#hubs = undefined
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
    const process = this.#process
    const connecting = this.#hubs?.get(this.#vault).then(
      (hub) =>
        new AgentConnection({
          hub,
          allowance: newDeviceAllowance(),
          access: { device, role: this.role },
          log: this.#log,
          send: (frame) => {
            if (process.isAlive) send(frame)
          },
          close,
          buffered: () => 0,
        }),
    )
    if (connecting === undefined) return undefined
    return {
      receive: (frame) => void connecting.then((connection) => connection.receive(frame)),
      closed: () => void connecting.then((connection) => connection.closed()),
    }
  }

  #newEpoch(): string {
    return randomId<DeviceId>(this.#random)
  }
}
