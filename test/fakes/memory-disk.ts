// The agent's ports to a MemoryFolder. Every step of an operation can be the last one before a crash.
import { type Attributes, ownerMode, withOwnerMode } from '../../src/agent/core/attributes.ts'
import { sameStat, statOf as fileStatOf } from '../../src/agent/core/facts.ts'
import type { DiskEntry, FileStat, Problem } from '../../src/agent/core/facts.ts'
import { type IgnoreRules, createIgnoreRules } from '../../src/agent/core/ignore.ts'
import type {
  DiskContent,
  Disk,
  Double,
  WriteAttributes,
  IsKept,
  Listing,
  MoveOutcome,
  Place,
  TrashOutcome,
  ChangeOutcome,
  WriteOutcome,
  WriteSource,
} from '../../src/agent/disk/disk.ts'
import { type FileId, parseId } from '../../src/shared/ids.ts'
import { type VaultPath, foldersAbove, isUnder, withSuffix } from '../../src/shared/vault-path.ts'
import { partKey } from './memory-blob-disk.ts'
import { DiskFaults, noPermission } from './disk-faults.ts'
import { type Inode, type MemoryFolder, entryOf, statOf } from './memory-folder.ts'

const unreadable = { kind: 'unreadable', why: noPermission.message } as const

const fresh = 0o644

type OnDisplaced = (inode: Inode, expected: FileStat) => void

export class MemoryDisk implements Disk {
  readonly #folder: MemoryFolder
  readonly #step: () => Promise<void>
  readonly #faults: DiskFaults
  readonly #onDisplaced: OnDisplaced
  readonly #ignore = createIgnoreRules()

  /**
   * `step` resolves when the scheduler lets this process go on, never after it was killed. `onDisplaced`
   * hears of files that lost their name to a write, or went to the trash.
   */
  constructor(
    folder: MemoryFolder,
    step: () => Promise<void>,
    faults = new DiskFaults(),
    onDisplaced: OnDisplaced = () => undefined,
  ) {
    this.#folder = folder
    this.#step = step
    this.#faults = faults
    this.#onDisplaced = onDisplaced
  }

  async list(folder?: VaultPath): Promise<Listing> {
    await this.#step()
    const entries = new Map<VaultPath, DiskEntry>()
    const problems = new Map<string, Problem>()
    if (folder !== undefined && this.#faults.coverOf(folder) !== undefined) {
      return { entries, problems: problems.set(folder, noPermission) }
    }
    for (const path of this.#folder.folders) {
      if (folder !== undefined && !isUnder(path, folder)) continue
      if (this.#ignore.ignores(path, true) || this.#faults.coverOf(path) !== undefined) continue
      entries.set(path, { kind: 'folder', isEmpty: this.#folder.isEmpty(path) })
    }
    for (const [path, inode] of this.#folder.files) {
      if (folder !== undefined && !isUnder(path, folder)) continue
      if (this.#isIgnored(path)) continue
      const cover = this.#faults.coverOf(path)
      if (cover === undefined) entries.set(path, entryOf(inode))
      else {
        entries.set(cover, unreadable)
        problems.set(cover, noPermission)
      }
    }
    const doubles = this.#folder.takeDoubles()
    await this.#step()
    return { entries, problems, doubles }
  }

  async stat(path: VaultPath): Promise<DiskEntry | undefined> {
    await this.#step()
    return this.#entry(path)
  }

  async read(path: VaultPath): Promise<DiskContent | undefined> {
    await this.#step()
    const inode = this.#folder.files.get(path)
    if (inode === undefined || inode.isLink) return undefined
    if (this.#faults.coverOf(path) !== undefined) return undefined
    const { bytes } = inode
    const stat = statOf(inode)
    await this.#step()
    return sameStat(stat, statOf(inode)) ? { bytes, stat } : undefined
  }

  rules(): IgnoreRules {
    return this.#ignore
  }

  areRulesSettled(): boolean {
    return true
  }

  rulesProblem(): undefined {
    return undefined
  }

  folderProblem(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  async write(
    path: VaultPath,
    source: WriteSource,
    expected: FileStat | undefined,
    keepOld: boolean,
    attributes?: WriteAttributes,
  ): Promise<WriteOutcome> {
    await this.#step()
    if (this.#isIgnored(path)) throw new Error(`wrote an ignored path: ${path}`)
    const problem = this.#faults.problemAt(path)
    if (problem !== undefined) return { type: 'failed', problem }
    if (!this.#isExpected(path, expected)) return { type: 'stale' }
    if (foldersAbove(path).some((above) => this.#folder.files.has(above))) return { type: 'stale' }
    const inode = this.#inodeOf(source)
    if (inode === undefined) return { type: 'part-gone' }
    const old = this.#folder.files.get(path)
    if (old !== undefined) this.#onDisplaced(old, statOf(old))
    if (old !== undefined && keepOld) this.#folder.keep(path, old)
    inode.ctime = inode.mtime + 1n
    if (!inode.isLink) giveAttributes(inode, old, attributes)
    this.#folder.files.set(path, inode)
    const stat = statOf(inode)
    await this.#step()
    return { type: 'written', stat }
  }

  async setAttributes(
    path: VaultPath,
    { mode, mtime }: Attributes,
    expected: FileStat,
  ): Promise<ChangeOutcome> {
    await this.#step()
    const problem = this.#faults.problemAt(path)
    if (problem !== undefined) return { type: 'failed', problem }
    const inode = this.#folder.files.get(path)
    if (inode === undefined || !sameStat(statOf(inode), expected)) return { type: 'stale' }
    inode.mode = withOwnerMode(inode.mode, mode, fresh)
    if (mtime > 0) inode.mtime = BigInt(mtime) * 1000n
    inode.ctime = this.#folder.time()
    const stat = statOf(inode)
    await this.#step()
    return { type: 'written', stat }
  }

  async move(from: Place, to: Place, expected: FileStat): Promise<MoveOutcome> {
    await this.#step()
    const problem = this.#problemOf(from) ?? this.#problemOf(to)
    if (problem !== undefined) return { type: 'failed', problem }
    const inode = this.#at(from)
    if (inode === undefined || !sameStat(statOf(inode), expected)) return { type: 'stale' }
    if (this.#isTaken(to)) return { type: 'occupied' }
    this.#put(to, inode)
    // It has both names until the next step, as by a link and an unlink.
    await this.#step()
    if (this.#at(from) === inode) this.#take(from)
    inode.ctime = this.#folder.time()
    const stat = statOf(inode)
    await this.#step()
    return { type: 'moved', stat }
  }

  async finishMove(from: Place, to: Place): Promise<FileStat | undefined> {
    await this.#step()
    const inode = this.#at(to)
    if (inode !== undefined && this.#at(from) === inode) this.#take(from)
    return inode && statOf(inode)
  }

  async trash(path: VaultPath, expected: FileStat): Promise<TrashOutcome> {
    await this.#step()
    const problem = this.#faults.problemAt(path)
    if (problem !== undefined) return { type: 'failed', problem }
    const inode = this.#folder.files.get(path)
    if (inode === undefined || !sameStat(statOf(inode), expected)) return { type: 'stale' }
    this.#onDisplaced(inode, expected)
    this.#take(path)
    this.#folder.keep(path, inode)
    await this.#step()
    return { type: 'trashed' }
  }

  async makeFolder(path: VaultPath): Promise<Problem | undefined> {
    await this.#step()
    const problem = this.#faults.problemAt(path)
    if (problem !== undefined) return problem
    const all = [...foldersAbove(path), path]
    if (all.some((one) => this.#folder.files.has(one)))
      return { code: 'refused', message: 'a file' }
    this.#folder.keepFolders(all)
    await this.#step()
    return undefined
  }

  async removeFolder(path: VaultPath, isKept: IsKept): Promise<Problem | undefined> {
    await this.#step()
    const problem = this.#faults.problemAt(path)
    if (problem !== undefined) return problem
    const all = [...foldersAbove(path), path].reverse()
    for (const folder of all) {
      if (isKept(folder) || !this.#folder.isEmpty(folder)) break
      this.#folder.dropFolder(folder)
    }
    await this.#step()
    return undefined
  }

  async separate({ path }: Double): Promise<VaultPath | undefined> {
    await this.#step()
    const inode = this.#folder.doubles.get(path)
    if (inode === undefined || this.#faults.coverOf(path) !== undefined) return undefined
    let n = 2
    while (this.#entry(withSuffix(path, n)) !== undefined) n++
    this.#folder.doubles.delete(path)
    this.#put(withSuffix(path, n), inode)
    return withSuffix(path, n)
  }

  async listStaged(): Promise<ReadonlyMap<FileId, FileStat>> {
    await this.#step()
    const staged = new Map<FileId, FileStat>()
    for (const [key, inode] of this.#folder.aside) {
      const id = key.startsWith('staged/') ? parseId<FileId>(key.slice(7)) : undefined
      if (id !== undefined) staged.set(id, statOf(inode))
    }
    return staged
  }

  #inodeOf(source: WriteSource): Inode | undefined {
    if (source instanceof Uint8Array) return this.#folder.create(source)
    if ('link' in source) return this.#folder.create(new TextEncoder().encode(source.link), true)
    const part = this.#folder.aside.get(partKey(source.part))
    this.#folder.aside.delete(partKey(source.part))
    return part
  }

  #isIgnored(path: VaultPath): boolean {
    return this.#ignore.ignores(path, false)
  }

  #problemOf(place: Place): Problem | undefined {
    return typeof place === 'string' ? this.#faults.problemAt(place) : this.#faults.writes
  }

  #entry(path: VaultPath): DiskEntry | undefined {
    const inode = this.#folder.files.get(path)
    const cover = this.#faults.coverOf(path)
    const isThere = inode !== undefined || this.#folder.hasFolder(path)
    if (cover !== undefined && (cover !== path || isThere))
      return cover === path ? unreadable : { ...unreadable, isBelow: true }
    if (inode !== undefined) return entryOf(inode)
    if (!this.#folder.hasFolder(path)) return undefined
    return { kind: 'folder', isEmpty: this.#folder.isEmpty(path) }
  }

  #isExpected(path: VaultPath, expected: FileStat | undefined): boolean {
    const entry = this.#entry(path)
    const stat = fileStatOf(entry)
    if (stat === undefined) return entry === undefined && expected === undefined
    return expected !== undefined && sameStat(stat, expected)
  }

  #isTaken(to: Place): boolean {
    if (typeof to !== 'string') return false
    return (
      this.#entry(to) !== undefined ||
      foldersAbove(to).some((above) => this.#folder.files.has(above))
    )
  }

  #at(place: Place): Inode | undefined {
    return typeof place === 'string'
      ? this.#folder.files.get(place)
      : this.#folder.aside.get(`staged/${place.staged}`)
  }

  #take(place: Place): void {
    if (typeof place === 'string') {
      this.#folder.keepFolders(foldersAbove(place))
      this.#folder.files.delete(place)
    } else this.#folder.aside.delete(`staged/${place.staged}`)
  }

  #put(place: Place, inode: Inode): void {
    if (typeof place === 'string') this.#folder.files.set(place, inode)
    else this.#folder.aside.set(`staged/${place.staged}`, inode)
  }
}

/** A new file has the rights of the one that it replaces; a link has no others than all links. */
function giveAttributes(inode: Inode, old: Inode | undefined, wanted?: WriteAttributes): void {
  const before = old === undefined || old.isLink ? inode.mode : old.mode
  inode.mode = withOwnerMode(before, wanted?.mode ?? ownerMode(before), fresh)
  if (wanted !== undefined && wanted.mtime > 0) inode.mtime = BigInt(wanted.mtime) * 1000n
}
