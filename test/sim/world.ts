// One simulated history: devices, users and a relay act and fail at random; then all heals and is checked.
import { isUtf8 } from 'node:buffer'
import { blobHashOf } from '../../src/agent/blob/fingerprint.ts'
import type { Problem } from '../../src/agent/core/facts.ts'
import type { BlobHash, VaultId } from '../../src/shared/ids.ts'
import { randomId } from '../../src/shared/ids.ts'
import type { Logger } from '../../src/shared/ports.ts'
import { foldersAbove } from '../../src/shared/vault-path.ts'
import { someVault } from '../fakes/facts.ts'
import type { Inode } from '../fakes/memory-folder.ts'
import { Process, Scheduler } from '../fakes/scheduler.ts'
import { SeededRandom } from '../fakes/seeded-random.ts'
import { BinaryUser } from './binary-user.ts'
import { Device } from './device.ts'
import { Cable } from './network.ts'
import { SimRelay } from './relay.ts'
import { Tokens } from './tokens.ts'
import { TreeUser } from './tree-user.ts'
import { User } from './user.ts'
import { Versions } from './versions.ts'

export type SimResult = {
  readonly seed: number
  /** Folders that differ, words that are lost, devices that do not come to rest. */
  readonly faults: readonly string[]
  /** Words that stand more than once. */
  readonly doubled: readonly string[]
  readonly steps: number
  readonly tokens: number
  readonly crashes: number
}

const diskIsFull: Problem = { code: 'disk-full', message: 'the disk is full' }
const healMs = 4 * 60_000

/**
 * Which files the users have: notes, where programs write the same lines on several devices too; binary ones as well; or
 * all kinds, and folders and rights. What happens beside the notes is drawn from streams of their own.
 */
export type FilesOfSim = 'notes' | 'binary' | 'all'

export class World {
  readonly #random: SeededRandom
  readonly #scheduler: Scheduler
  readonly #relay: SimRelay
  readonly #devices: Device[]
  readonly #users: User[]
  readonly #tokens = new Tokens()
  readonly #versions = new Versions()
  readonly #files: FilesOfSim
  /** What happens to binary files is drawn from here. */
  readonly #binaryRandom: SeededRandom
  readonly #binaryUsers: BinaryUser[]
  /** What programs do that write the same lines on several devices is drawn from here. */
  readonly #listRandom: SeededRandom
  readonly #treeRandom: SeededRandom
  readonly #treeUsers: TreeUser[]
  readonly #chaos = new Process('chaos')
  readonly #seed: number
  readonly #trace: (line: string) => void

  constructor(seed: number, files: FilesOfSim, trace: (line: string) => void = () => undefined) {
    this.#seed = seed
    this.#files = files
    this.#binaryRandom = new SeededRandom(~seed)
    this.#listRandom = new SeededRandom(~seed)
    this.#treeRandom = new SeededRandom(seed + 0.5e9)
    this.#trace = trace
    this.#random = new SeededRandom(seed)
    this.#scheduler = new Scheduler(this.#random)
    const vault = randomId<VaultId>(this.#random)
    const log = this.#logger('relay')
    this.#relay = new SimRelay(vault, this.#scheduler, this.#random, log)
    const count = 2 + this.#random.below(2)
    this.#devices = Array.from({ length: count }, (_, i) => this.#newDevice(vault, 'ABC'.charAt(i)))
    this.#users = this.#devices.map(
      (device) =>
        new User(device, this.#scheduler, this.#random, this.#tokens, (line) =>
          this.#trace(`${this.#scheduler.now() % 1e7} user ${device.name} ${line}`),
        ),
    )
    this.#binaryUsers = this.#users.map(
      (user) =>
        new BinaryUser(
          ...[user, this.#scheduler, this.#binaryRandom, this.#versions, this.#tokens],
          (line) => this.#trace(`${this.#scheduler.now() % 1e7} user ${user.device.name} ${line}`),
        ),
    )
    this.#treeUsers = this.#users.map(
      (user) =>
        new TreeUser(
          ...[user, this.#treeRandom, this.#versions, this.#tokens],
          () => this.#scheduler.now(),
          (line) => this.#trace(`${this.#scheduler.now() % 1e7} user ${user.device.name} ${line}`),
        ),
    )
  }

  async run(): Promise<SimResult> {
    await this.#relay.start()
    for (const device of this.#devices) if (this.#random.chance(0.8)) device.start()
    const actions = 20 + this.#random.below(60)
    const leavesAt = this.#random.chance(0.1) ? this.#random.below(actions) : undefined
    for (let i = 0; i < actions; i++) {
      if (i === leavesAt) await this.#leave(this.#random.pick(this.#devices))
      void this.#random.pick(this.#users).act()
      if (this.#files === 'notes' && this.#listRandom.chance(0.15)) this.#keepList()
      if (this.#files !== 'notes') this.#actOnBinaries()
      if (this.#files === 'all' && this.#treeRandom.chance(0.4)) {
        this.#treeRandom.pick(this.#treeUsers).act()
      }
      if (this.#random.chance(0.15)) await this.#fault()
      if (this.#random.chance(0.1)) {
        await User.makeSameEdit(this.#random.pick(this.#users), this.#random.pick(this.#users))
      }
      const pauseMs = this.#random.chance(0.2) ? 5_000 : this.#random.below(300)
      await this.#scheduler.run(this.#scheduler.now() + pauseMs)
    }
    await this.#scheduler.run(this.#scheduler.now() + 10_000, () =>
      this.#users.every((user) => !user.isBusy),
    )
    await this.#heal()
    if (this.#files === 'all') await this.#changeAttributes()
    for (const device of this.#devices) this.#trace(device.describe())
    return {
      seed: this.#seed,
      ...(await this.#check()),
      steps: this.#scheduler.steps,
      tokens: this.#tokens.count,
      crashes: this.#devices.reduce((sum, { crashes }) => sum + crashes, 0),
    }
  }

  #keepList(): void {
    void this.#listRandom.pick(this.#users).keepList(this.#listRandom)
  }

  #actOnBinaries(): void {
    const random = this.#binaryRandom
    if (random.chance(0.6)) void random.pick(this.#binaryUsers).act()
    if (random.chance(0.08)) {
      BinaryUser.meet(random.pick(this.#binaryUsers), random.pick(this.#binaryUsers))
    }
    if (random.chance(0.08)) this.#disturbTransfers(random.pick(this.#devices))
  }

  /** Transfers fail or take long for a while, or the agent ends in the middle of them. */
  #disturbTransfers(device: Device): void {
    const random = this.#binaryRandom
    const { blobFaults } = device
    const soon = (run: () => void): unknown =>
      this.#scheduler.after(this.#chaos, random.below(5_000), run)
    switch (random.below(4)) {
      case 0:
        blobFaults.cutShare = 0.4
        soon(() => blobFaults.clear())
        break
      case 1:
        blobFaults.delayMs = random.below(1_000)
        soon(() => blobFaults.clear())
        break
      default:
        this.#scheduler.after(this.#chaos, random.below(400), () => {
          if (!device.isRunning) return
          this.#trace(`${device.name} ends in the middle of it`)
          device.kill()
          soon(() => {
            if (!device.isRunning) device.start()
          })
        })
    }
  }

  /** One device is out of reach for so long that windows of time pass, while all go on at times. */
  async #leave(device: Device): Promise<void> {
    this.#trace(`${device.name} leaves`)
    device.cable.isPlugged = false
    device.cable.cut()
    for (let i = 0; i < 6; i++) {
      void this.#random.pick(this.#users).act()
      const pauseMs = this.#random.pick([1_000, 31_000, 10 * 60_000, 61 * 60_000])
      await this.#scheduler.run(this.#scheduler.now() + pauseMs)
    }
    device.cable.isPlugged = this.#random.chance(0.5)
  }

  async #fault(): Promise<void> {
    const device = this.#random.pick(this.#devices)
    const kind = this.#random.below(13)
    this.#trace(`fault ${kind} at ${device.name}`)
    if (kind < 3) device.cable.cut()
    else if (kind < 5) {
      device.cable.isPlugged = !device.cable.isPlugged
      if (!device.cable.isPlugged) device.cable.cut()
    } else if (kind < 8) {
      if (device.isRunning) device.kill()
      else device.start()
    } else if (kind < 9) await this.#restartRelay(false)
    else if (kind < 10) {
      if (this.#random.chance(0.5)) this.#relay.takeBackup()
      else await this.#restartRelay(true)
    } else if (kind < 11) this.#breakDisk(device)
    else {
      const { commits } = this.#random.pick([device, this.#relay])
      commits.failNext(this.#random.pick(['nothing', 'all']))
    }
  }

  /** For a while the disk is full, or a file or folder may not be read. */
  #breakDisk({ diskFaults, folder }: Device): void {
    const paths = [...folder.files.keys()].flatMap((path) => [...foldersAbove(path), path]).sort()
    if (paths.length === 0 || this.#random.chance(0.5)) diskFaults.writes = diskIsFull
    else diskFaults.unreadable.add(this.#random.pick(paths))
    // What was moved there before its agent could look counts as new once it can be read (SYNC-22).
    for (const [path, { bytes }] of folder.files) {
      if (diskFaults.coverOf(path) !== undefined) this.#versions.mayStand(blobHashOf(bytes))
    }
    this.#trace(`until it heals: ${[...diskFaults.unreadable].join(' ') || 'full'}`)
    this.#scheduler.after(this.#chaos, this.#random.below(20_000), () => diskFaults.clear())
  }

  async #restartRelay(fromBackup: boolean): Promise<void> {
    this.#relay.kill()
    for (const device of this.#devices) device.cable.cut()
    if (fromBackup) this.#relay.restore()
    await this.#relay.start()
  }

  async #heal(): Promise<void> {
    this.#trace('heal')
    for (const device of this.#devices) {
      device.cable.isPlugged = true
      device.diskFaults.clear()
      device.blobFaults.clear()
      if (!device.isRunning) device.start()
    }
    await this.#scheduler.run(this.#scheduler.now() + healMs / 2)
    for (const device of this.#devices) {
      device.mirror?.confirm()
      device.sweep()
    }
    await this.#scheduler.run(this.#scheduler.now() + healMs / 2)
    for (const device of this.#devices) device.sweep()
    await this.#scheduler.run(this.#scheduler.now() + 30_000)
  }

  /** In step, each file gets other rights and another time on one device: nothing but that can be what all have then. */
  async #changeAttributes(): Promise<void> {
    for (const path of [...(this.#users[0]?.paths() ?? [])]) {
      const user = this.#treeRandom.pick(this.#treeUsers)
      user.setTime(path)
      user.setRights(path)
    }
    await this.#scheduler.run(this.#scheduler.now() + 10_000)
    for (const device of this.#devices) device.sweep()
    await this.#scheduler.run(this.#scheduler.now() + 30_000)
  }

  async #check(): Promise<Pick<SimResult, 'faults' | 'doubled'>> {
    const faults: string[] = []
    const [first, ...others] = this.#devices
    if (first === undefined) return { faults: ['no devices'], doubled: [] }
    const expected = contents(first)
    for (const device of others)
      faults.push(...differences(first.name, expected, device, this.#files))
    const texts = [...expected.values()].map(({ bytes }) => utf8.decode(bytes))
    const history = this.#history()
    const tokens = this.#tokens.check(texts, (token) => history.includes(token))
    faults.push(...tokens.faults, ...(await this.#checkVersions(expected)))
    for (const device of this.#devices) {
      if (device.mirror?.isSynced !== true) faults.push(`${device.name} is not synced`)
      const staged = [...device.folder.aside.keys()].filter((key) => key.startsWith('staged/'))
      const doubles = [...device.folder.doubles.keys()]
      if (doubles.length > 0) faults.push(`${device.name} has doubles: ${doubles.join(' ')}`)
      if (staged.length > 0) faults.push(`${device.name} left files aside: ${staged.join(' ')}`)
    }
    if (new Set(await this.#digests()).size > 1) faults.push('the digests differ')
    return { faults, doubled: tokens.doubled }
  }

  async #digests(): Promise<(string | undefined)[]> {
    const reports = Promise.all(this.#devices.map(async ({ mirror }) => await mirror?.report()))
    await this.#scheduler.run(this.#scheduler.now() + 1_000)
    return (await reports).map((report) => report?.digest)
  }

  /** What only the history of notes that were binary at times has, and the trash where they stood. */
  #history(): string {
    if (this.#files === 'notes') return ''
    const turned = new Set([
      ...this.#versions.turned,
      ...this.#devices.flatMap((device) => device.binaryFiles()),
    ])
    const logs = this.#devices.flatMap((device) => [...turned].flatMap((id) => device.logOf(id)))
    return [...logs, ...this.#trash()].map((bytes) => utf8.decode(bytes)).join('\n')
  }

  #trash(): Uint8Array[] {
    return this.#devices.flatMap((device) => device.trash())
  }

  #checkVersions(files: ReadonlyMap<string, Standing>): Promise<string[]> {
    const trash = new Set(this.#trash().map(blobHashOf))
    const isHad = async (hash: BlobHash): Promise<boolean> =>
      trash.has(hash) || (await this.#relay.blobs.find(someVault, hash)) !== undefined
    const standing = [...files].map(([path, { bytes }]) => [path, bytes] as const)
    return this.#versions.check(new Map(standing), isHad)
  }

  #newDevice(vault: VaultId, name: string): Device {
    const cable = new Cable(this.#scheduler, this.#random, (send, close) =>
      this.#relay.accept(device.id, send, close),
    )
    const device: Device = new Device({
      name,
      vault,
      scheduler: this.#scheduler,
      random: this.#random,
      cable,
      blobs: this.#relay.blobs,
      wire: () => this.#chaos,
      log: this.#logger(name),
      onLost: (text) => this.#tokens.deletedWith(text),
      deeds: {
        onOverwritten: (bytes) => {
          this.#versions.ended(bytes)
          if (!isUtf8(bytes)) this.#tokens.deletedWith(utf8.decode(bytes))
        },
        onRenamed: (path, bytes) => {
          this.#versions.renamed(path, bytes)
          // What was known there, and replaced unseen, lives where it was renamed elsewhere (SYNC-34).
          const known = device.hashAt(path)
          if (known !== undefined) this.#versions.mayStand(known)
        },
      },
    })
    return device
  }

  #logger(name: string): Logger {
    const write = (event: string, fields?: object): void =>
      this.#trace(`${this.#scheduler.now() % 1e7} ${name} ${event} ${JSON.stringify(fields ?? {})}`)
    return { debug: write, info: write, warn: write, error: write }
  }
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** What stands at a path on every device; of a folder nothing but that it is there. */
type Standing = Pick<Inode, 'bytes' | 'isLink' | 'mode' | 'mtime'>

const folderStands: Standing = { bytes: new Uint8Array(), isLink: false, mode: 0, mtime: 0n }

function contents({ folder }: Device): Map<string, Standing> {
  const found = new Map<string, Standing>(folder.files)
  for (const path of folder.folders) found.set(`${path}/`, folderStands)
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function differences(
  name: string,
  expected: Map<string, Standing>,
  device: Device,
  files: FilesOfSim,
): string[] {
  const found = contents(device)
  const paths = new Set([...expected.keys(), ...found.keys()])
  return [...paths].flatMap((path) => {
    const [a, b] = [expected.get(path), found.get(path)]
    if (a === undefined) return [`${path} is only on ${device.name}`]
    if (b === undefined) return [`${path} is on ${name} but not on ${device.name}`]
    const isSame = Buffer.compare(a.bytes, b.bytes) === 0 && a.isLink === b.isLink
    if (isSame && (files !== 'all' || haveSameAttributes(a, b))) return []
    const both = JSON.stringify([a, b].map(describe))
    return [`${path} differs between ${name} and ${device.name}: ${both}`]
  })
}

function haveSameAttributes(a: Standing, b: Standing): boolean {
  return a.isLink || (a.mode === b.mode && a.mtime === b.mtime)
}

function describe({ bytes, isLink, mode, mtime }: Standing): string {
  const kind = isLink ? 'link' : mode.toString(8)
  return `${kind} of ${mtime}: ${utf8.decode(bytes.subarray(0, 500))}`
}
