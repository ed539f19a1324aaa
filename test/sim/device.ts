// One simulated device: a folder, an agent that can be killed at any step, and what survives that.
import { backoffMs } from '../../src/agent/core/backoff.ts'
import { type Base, inodeKey, sameStat } from '../../src/agent/core/facts.ts'
import type { Hint, Watcher } from '../../src/agent/disk/disk.ts'
import { RelayLink } from '../../src/agent/link/relay-link.ts'
import { Mirror } from '../../src/agent/mirror/mirror.ts'
import { MemoryLocalStore, StoreMemory } from '../../src/agent/store/memory-local-store.ts'
import { openDoc } from '../../src/shared/doc/note-doc.ts'
import { resolve } from '../../src/shared/doc/resolve.ts'
import { indexBlobs } from '../../src/shared/doc/vault-index.ts'
import { AppError } from '../../src/shared/errors.ts'
import {
  type BlobHash,
  type DeviceId,
  type FileId,
  INDEX,
  type VaultId,
  parseBlobHash,
  parseId,
  randomId,
} from '../../src/shared/ids.ts'
import type { Logger } from '../../src/shared/ports.ts'
import type { VaultPath } from '../../src/shared/vault-path.ts'
import { DiskFaults } from '../fakes/disk-faults.ts'
import { DisplacedInodes, type LateHint } from '../fakes/displaced-inodes.ts'
import { BlobFaults } from '../fakes/blob-faults.ts'
import { FailingCommits, simulatedFailure } from '../fakes/failing-commits.ts'
import type { Blobs } from '../../src/relay/blobs/blobs.ts'
import { MemoryBlobDisk } from '../fakes/memory-blob-disk.ts'
import { MemoryRemote } from '../fakes/memory-remote.ts'
import { MemoryDisk } from '../fakes/memory-disk.ts'
import { type Deeds, type Inode, MemoryFolder, statOf } from '../fakes/memory-folder.ts'
import { Process, type Scheduler } from '../fakes/scheduler.ts'
import type { SeededRandom } from '../fakes/seeded-random.ts'
import type { Cable } from './network.ts'

export type DeviceOptions = {
  readonly name: string
  readonly vault: VaultId
  readonly scheduler: Scheduler
  readonly random: SeededRandom
  readonly cable: Cable
  readonly blobs: Blobs
  readonly wire: () => Process
  readonly log: Logger
  /** Only the trash may have this text now. */
  readonly onLost: (text: string) => void
  readonly deeds?: Deeds
}

/** What a program wrote into a file that the agent had taken the name of. */
type LateWrite = { readonly text: string; readonly at: number }

/** A late write is told by then. */
const toldWithinMs = 5_000

/** Watchers miss this share of events (M8, M9). */
const missedShare = 0.05

export class Device {
  readonly name: string
  readonly id: DeviceId
  readonly folder: MemoryFolder
  readonly cable: Cable
  readonly commits = new FailingCommits()
  readonly diskFaults = new DiskFaults()
  readonly blobFaults: BlobFaults
  readonly #options: DeviceOptions
  readonly #memory = new StoreMemory()
  #process: Process
  #mirror: Mirror | undefined
  #onHint: ((hint: Hint) => void) | undefined
  #displaced: DisplacedInodes | undefined
  /** Those that a session may not have made durable. */
  #late: LateWrite[] = []
  crashes = 0

  constructor(options: DeviceOptions) {
    this.#options = options
    this.name = options.name
    this.cable = options.cable
    this.id = randomId<DeviceId>(options.random)
    this.#process = new Process(options.name)
    this.blobFaults = new BlobFaults(options.random)
    this.folder = new MemoryFolder(
      () => options.scheduler.now(),
      (path) => this.#changed(path),
      options.deeds,
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
    const clock = this.#options.scheduler.clock(this.#process)
    this.#displaced = new DisplacedInodes(clock, (hint) => this.#tellLate(hint))
    this.#begin(this.#process, this.#displaced)
  }

  /** A program writes `text` through what it opened before. */
  writeThrough(inode: Inode, text: string): void {
    const { scheduler, onLost } = this.#options
    if (this.folder.writeThrough(inode, text)) return
    const isSeen = this.isRunning && this.#displaced?.has(inode) === true
    if (isSeen) this.#late.push({ text, at: scheduler.now() })
    else onLost(text)
  }

  /** Of more than eight earlier bases the shortest-lived goes (SYNC-11): then only the trash has it. */
  #tellLate(hint: LateHint): void {
    const inode = inodeKey(hint.replaced)
    const isRemembered = [...this.#memory.files.values()].some(({ earlier }) =>
      earlier.some((some) => some.inode === inode),
    )
    if (!isRemembered) this.#options.onLost(new TextDecoder().decode(hint.bytes))
    this.#onHint?.(hint)
  }

  /** A session: a process has several where one ends with a failure. */
  #begin(process: Process, displaced: DisplacedInodes): void {
    const { scheduler, random, vault, cable, blobs, wire, log } = this.#options
    const step = (): Promise<void> => scheduler.step(process)
    const reach = async (): Promise<void> => {
      await step()
      if (this.blobFaults.delayMs > 0) await scheduler.sleep(process, this.blobFaults.delayMs)
      if (!cable.isPlugged || this.blobFaults.isCut) throw new AppError('unreachable', 'cut')
    }
    const settle = async (): Promise<void> => {
      await step()
      this.commits.settle()
    }
    const clock = scheduler.clock(process)
    const mirror: Mirror = new Mirror(
      {
        vault,
        device: this.id,
        disk: new MemoryDisk(this.folder, step, this.diskFaults, (...old) =>
          displaced.watch(...old),
        ),
        blobs: new MemoryBlobDisk(this.folder, step, this.diskFaults),
        remoteBlobs: new MemoryRemote(blobs, reach),
        watcher: this.#watcher(),
        store: new MemoryLocalStore(this.#memory, settle, () => this.commits.settled()),
        openLink: (events) =>
          new RelayLink({ connect: cable.connect(process, wire()), clock, random, log }, events),
        clock,
        random,
        log,
      },
      {
        onIdle: () => {
          if (mirror.isSynced) this.#forgetLate()
        },
        onCrash: (reason) => {
          this.#crashed(reason)
          scheduler.after(process, backoffMs(0, random.fraction()), () => {
            void mirror.stop().then(() => {
              if (process.isAlive) this.#begin(process, displaced)
            })
          })
        },
      },
    )
    this.#mirror = mirror
    void mirror.start()
  }

  #crashed(reason: AppError): void {
    if (reason.message !== simulatedFailure) {
      throw new Error(`${this.name} crashed by itself: ${reason.message}`, { cause: reason })
    }
    this.#mirror = undefined
    this.#endSession()
  }

  #endSession(): void {
    this.crashes++
    for (const { text } of this.#late) this.#options.onLost(text)
    this.#late = []
  }

  #forgetLate(): void {
    const now = this.#options.scheduler.now()
    this.#late = this.#late.filter(({ at }) => now - at <= toldWithinMs)
  }

  /** kill -9: no step after this one. */
  kill(): void {
    this.#process.kill()
    this.#mirror = undefined
    this.#onHint = undefined
    this.cable.cut()
    this.#endSession()
  }

  /** Which note the agent last knew at `path`. */
  fileAt(path: VaultPath): FileId | undefined {
    for (const { id, base } of this.#memory.files.values()) if (base?.path === path) return id
    return undefined
  }

  /** Which file stands at `path`: the one that the agent last knew by its inode, wherever that was, or at that path. */
  fileOf(path: VaultPath): FileId | undefined {
    const inode = this.folder.files.get(path)
    const key = inode === undefined ? undefined : inodeKey(statOf(inode))
    const files = [...this.#memory.files.values()]
    const same = files.find(({ base }) => base !== undefined && inodeKey(base.stat) === key)
    return same?.id ?? this.fileAt(path)
  }

  /** The bytes that the agent last knew at `path`. */
  hashAt(path: VaultPath): BlobHash | undefined {
    const bases = [...this.#memory.files.values()].flatMap(({ base }) => base ?? [])
    const base = bases.find((some) => some.path === path)
    return base && parseBlobHash(base.hash)
  }

  /** Whether the agent has taken in what stands at `path`. */
  hasRead(path: VaultPath): boolean {
    const inode = this.folder.files.get(path)
    const bases = [...this.#memory.files.values()].flatMap(({ base }) => base ?? [])
    const base = bases.find((some) => some.path === path)
    return inode !== undefined && base !== undefined && sameStat(base.stat, statOf(inode))
  }

  /** Whether the relay has what stands at `path`. */
  hasSent(path: VaultPath): boolean {
    const inode = this.folder.files.get(path)
    for (const { base, unacked } of this.#memory.files.values()) {
      if (base?.path !== path || inode === undefined) continue
      return unacked.length === 0 && sameStat(base.stat, statOf(inode))
    }
    return false
  }

  /** How the file at `path` is known to the agent, by what is durable there. */
  knows(path: VaultPath): 'not' | 'as it is' | 'other inode' | 'other path' {
    const inode = this.folder.files.get(path)
    const bases = [...this.#memory.files.values()].flatMap(({ base }) => base ?? [])
    const isIt = ({ stat }: Base): boolean =>
      inode !== undefined && stat.ino === String(inode.ino) && stat.birth === String(inode.birth)
    const it = bases.find(isIt)
    if (it !== undefined) return it.path === path ? 'as it is' : 'other path'
    return bases.some((base) => base.path === path) ? 'other inode' : 'not'
  }

  /** The updates of a note's document that are durable here. */
  logOf(id: FileId): readonly Uint8Array[] {
    return [...(this.#memory.logs.get(id)?.values() ?? [])]
  }

  /** The files that the index, as it is durable here, names the bytes of. */
  binaryFiles(): FileId[] {
    const updates = [...(this.#memory.logs.get(INDEX)?.values() ?? [])]
    return [...indexBlobs(openDoc(updates)).keys()].flatMap((key) => parseId<FileId>(key) ?? [])
  }

  /** What was put into the trash here. */
  trash(): Uint8Array[] {
    const isTrash = ([key]: [string, Inode]): boolean => key.startsWith('trash/')
    return [...this.folder.aside].filter(isTrash).map(([, { bytes }]) => bytes)
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
