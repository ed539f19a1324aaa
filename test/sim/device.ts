// One simulated device: a folder, an agent that can be killed at any step, and what survives that.
import { backoffMs } from '../../src/agent/core/backoff.ts'
import type { Base } from '../../src/agent/core/facts.ts'
import type { Hint, Watcher } from '../../src/agent/disk/disk.ts'
import { RelayLink } from '../../src/agent/link/relay-link.ts'
import { Mirror } from '../../src/agent/mirror/mirror.ts'
import { MemoryLocalStore, StoreMemory } from '../../src/agent/store/memory-local-store.ts'
import { openDoc } from '../../src/shared/doc/note-doc.ts'
import { resolve } from '../../src/shared/doc/resolve.ts'
import type { AppError } from '../../src/shared/errors.ts'
import { type DeviceId, type FileId, INDEX, type VaultId, randomId } from '../../src/shared/ids.ts'
import type { Logger } from '../../src/shared/ports.ts'
import type { VaultPath } from '../../src/shared/vault-path.ts'
import { DiskFaults } from '../fakes/disk-faults.ts'
import { FailingCommits, simulatedFailure } from '../fakes/failing-commits.ts'
import { MemoryDisk } from '../fakes/memory-disk.ts'
import { MemoryFolder } from '../fakes/memory-folder.ts'
import { Process, type Scheduler } from '../fakes/scheduler.ts'
import type { SeededRandom } from '../fakes/seeded-random.ts'
import type { Cable } from './network.ts'

export type DeviceOptions = {
  readonly name: string
  readonly vault: VaultId
  readonly scheduler: Scheduler
  readonly random: SeededRandom
  readonly cable: Cable
  readonly wire: () => Process
  readonly log: Logger
}

/** Watchers miss this share of events (M8, M9). */
const missedShare = 0.05

export class Device {
  readonly name: string
  readonly id: DeviceId
  readonly folder: MemoryFolder
  readonly cable: Cable
  readonly commits = new FailingCommits()
  readonly diskFaults = new DiskFaults()
  readonly #options: DeviceOptions
  readonly #memory = new StoreMemory()
  #process: Process
  #mirror: Mirror | undefined
  #onHint: ((hint: Hint) => void) | undefined
  crashes = 0

  constructor(options: DeviceOptions) {
    this.#options = options
    this.name = options.name
    this.cable = options.cable
    this.id = randomId<DeviceId>(options.random)
    this.#process = new Process(options.name)
    this.folder = new MemoryFolder(
      () => options.scheduler.now(),
      (path) => this.#changed(path),
    )
  }

  get mirror(): Mirror | undefined {
    return this.#mirror
  }

  get isRunning(): boolean {
    return this.#mirror !== undefined
  }

  start(): void {
    this.#process.kill()
    this.#process = new Process(this.name)
    this.#begin(this.#process)
  }

  /** A session: a process has several where one ends with a failure. */
  #begin(process: Process): void {
    const { scheduler, random, vault, cable, wire, log } = this.#options
    const step = (): Promise<void> => scheduler.step(process)
    const settle = async (): Promise<void> => {
      await step()
      this.commits.settle()
    }
    const clock = scheduler.clock(process)
    const mirror: Mirror = new Mirror(
      {
        vault,
        device: this.id,
        disk: new MemoryDisk(this.folder, step, this.diskFaults),
        watcher: this.#watcher(),
        store: new MemoryLocalStore(this.#memory, settle, () => this.commits.settled()),
        openLink: (events) =>
          new RelayLink({ connect: cable.connect(process, wire()), clock, random, log }, events),
        clock,
        random,
        log,
      },
      {
        onIdle: () => undefined,
        onCrash: (reason) => this.#crashed(mirror, process, reason),
      },
    )
    this.#mirror = mirror
    void mirror.start()
  }

  /** As VaultAgent does: another session after a pause. */
  #crashed(mirror: Mirror, process: Process, reason: AppError): void {
    const { scheduler, random } = this.#options
    if (reason.message !== simulatedFailure) {
      throw new Error(`${this.name} crashed by itself: ${reason.message}`, { cause: reason })
    }
    this.#mirror = undefined
    this.crashes++
    scheduler.after(process, backoffMs(0, random.fraction()), () => {
      void mirror.stop().then(() => this.#begin(process))
    })
  }

  /** kill -9: no step after this one. */
  kill(): void {
    this.#process.kill()
    this.#mirror = undefined
    this.#onHint = undefined
    this.cable.cut()
    this.crashes++
  }

  /** Which note the agent last knew at `path`. */
  fileAt(path: VaultPath): FileId | undefined {
    for (const { id, base } of this.#memory.files.values()) if (base?.path === path) return id
    return undefined
  }

  /** How the file at `path` is known to the agent, by what is durable there. */
  knows(path: VaultPath): 'not' | 'as it is' | 'other inode' | 'other path' {
    const inode = this.folder.files.get(path)
    const bases = [...this.#memory.files.values()].flatMap(({ base }) => base ?? [])
    const isIt = ({ stat }: Base): boolean =>
      inode !== undefined && stat.ino === String(inode.ino) && stat.birth === String(inode.birth)
    const here = bases.find((base) => base.path === path)
    if (here !== undefined) return isIt(here) ? 'as it is' : 'other inode'
    return bases.some(isIt) ? 'other path' : 'not'
  }

  /** Everything that the agent has stored, for the trace. */
  describe(): string {
    const { files, logs } = this.#memory
    const { live, deleted } = resolve(openDoc([...(logs.get(INDEX)?.values() ?? [])]))
    const lines = [...files.values()].map(({ id, base, head }) => {
      const place = live.get(id) ?? (deleted.has(id) ? 'deleted' : 'nowhere')
      return `  ${id.slice(0, 5)} tree ${place}, disk ${base?.path ?? '-'} at ${base?.at ?? '-'} of ${head}`
    })
    return [`${this.name} ends with`, ...lines.sort()].join('\n')
  }

  sweep(): void {
    this.#onHint?.({ type: 'tree', folder: undefined })
  }

  #watcher(): Watcher {
    return {
      start: (onHint) => {
        this.#onHint = onHint
        return Promise.resolve()
      },
      stop: () => {
        this.#onHint = undefined
        return Promise.resolve()
      },
    }
  }

  #changed(path: VaultPath): void {
    const { scheduler, random } = this.#options
    if (random.chance(missedShare)) return
    const tell = this.#onHint
    scheduler.after(this.#process, random.below(20), () => tell?.({ type: 'path', path }))
  }
}
