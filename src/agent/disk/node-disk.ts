// The vault's folder on a real disk: the only part of the agent that touches user files.
import type { Attributes } from '../core/attributes.ts'
import { whyNotHeld } from '../core/can-hold.ts'
import type { DiskEntry, FileStat, Problem, Unreadable } from '../core/facts.ts'
import type { IgnoreRules } from '../core/ignore.ts'
import type { FileId, VaultId } from '../../shared/ids.ts'
import type { Clock, Logger, Random } from '../../shared/ports.ts'
import { pointsInside } from '../../shared/link-target.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { ConfinedFolder, type Located } from './confined.ts'
import type {
  ChangeOutcome,
  Disk,
  DiskContent,
  Double,
  WriteAttributes,
  FolderProblem,
  IsKept,
  Listing,
  MoveOutcome,
  Place,
  TrashOutcome,
  WriteOutcome,
  WriteSource,
} from './disk.ts'
import { DisplacedFiles, type OnLateWrite } from './displaced.ts'
import { isEmptyFolder, toDiskEntry } from './file-stat.ts'
import { FolderSync } from './folder-sync.ts'
import { listFolder } from './list.ts'
import { folderProblem } from './marker.ts'
import { makeFolder, removeFolder } from './folders.ts'
import { finishMove, moveFile, trashFile } from './move.ts'
import { hasCode, onOtherDisk, readProblem, whyUnread, writeProblem } from './problems.ts'
import { readWhole } from './read.ts'
import type { BlobDisk } from '../blob/blob-disk.ts'
import { NodeBlobDisk } from './node-blob-disk.ts'
import { RulesFile } from './rules-file.ts'
import { separateDouble } from './separate.ts'
import { setAttributes } from './set-attributes.ts'
import { TempFolder } from './temp.ts'
import { Trash } from './trash.ts'
import { type DiskParts, writeFile } from './write.ts'

/** How often the trash is looked through. */
const pruneEveryMs = 86_400_000

export type NodeDiskOptions = {
  /** The vault's folder, as `realpath` gives it. */
  readonly root: string
  /** Whose marker the folder must have (default: any vault's). */
  readonly vault?: VaultId
  /** What this device mirrors (default: all). */
  readonly only?: readonly string[]
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** As `process.platform` names it (the default): what names it can hold. */
  readonly platform?: string
}

export class NodeDisk implements Disk {
  readonly root: string
  readonly blobs: BlobDisk
  private readonly parts: DiskParts
  private readonly vault: VaultId | undefined
  private readonly logger: Logger
  private readonly rulesFile: RulesFile
  private readonly clock: Clock
  private readonly platform: string
  private prunedAt = -Infinity

  constructor({ root, vault, only = [], clock, random, logger, platform }: NodeDiskOptions) {
    this.root = root
    this.platform = platform ?? process.platform
    this.vault = vault
    this.logger = logger
    this.clock = clock
    this.rulesFile = new RulesFile({ root, only, clock, logger })
    const temp = new TempFolder(root, random)
    const trash = new Trash(temp, clock, logger)
    const folder = new ConfinedFolder(root)
    this.blobs = new NodeBlobDisk(folder, temp)
    this.parts = {
      folder,
      temp,
      trash,
      displaced: new DisplacedFiles({ clock, trash, logger }),
      folderSync: new FolderSync(),
    }
  }

  /**
   * Clears away what a run that died left in `.undrift/tmp`, except staged files; the replaced ones are watched
   * again, since a program may have gone on writing.
   */
  async start(): Promise<void> {
    // Without its marker this may be the empty place where a disk is not mounted: nothing is made there.
    const leftovers = this.isVault() ? this.parts.temp.clean() : []
    for (const { file, replaced } of leftovers)
      this.parts.displaced.watch(undefined, file, replaced, false)
    this.rulesFile.reload()
  }

  async stop(): Promise<void> {
    this.rulesFile.stop()
    this.parts.displaced.stop()
  }

  /** The vault's ignore rules as of the last `list` of the whole vault. */
  rules(): IgnoreRules {
    return this.rulesFile.current
  }

  areRulesSettled(): boolean {
    return this.rulesFile.isSettled
  }

  rulesProblem(): Problem | undefined {
    return this.rulesFile.problem
  }

  /** Tells that the ignore rules may be other ones after the next `list`. Returns how to end that. */
  onRulesDue(listener: () => void): () => void {
    return this.rulesFile.onDue(listener)
  }

  /** Tells that other ignore rules are in force. Returns how to end that. */
  onRulesChange(listener: () => void): () => void {
    return this.rulesFile.onChange(listener)
  }

  /** Tells of bytes that a program wrote into a file after we replaced it. Returns how to end that. */
  onLateWrite(listener: OnLateWrite): () => void {
    return this.parts.displaced.onLateWrite(listener)
  }

  /** Remembers how a name is spelled on this disk (the watcher sees it first). */
  learnName(path: VaultPath, name: string): void {
    this.parts.folder.learn(path, name)
  }

  async list(path?: VaultPath): Promise<Listing> {
    if (path === undefined) {
      this.rulesFile.reload()
      this.pruneDaily()
      return await listFolder(this.parts.folder, { file: this.root, path }, this.rulesFile.current)
    }
    const nothing: Listing = { entries: new Map(), problems: new Map() }
    try {
      const located = this.parts.folder.locate(path, true)
      if (!located.ok) return { ...nothing, problems: new Map([[path, located.problem]]) }
      const { file, stats } = located
      if (!stats?.isDirectory()) return nothing
      return await listFolder(this.parts.folder, { file, path }, this.rulesFile.current)
    } catch (thrown) {
      return { ...nothing, problems: new Map([[path, readProblem(thrown)]]) }
    }
  }

  async stat(path: VaultPath): Promise<DiskEntry | undefined> {
    try {
      const located = this.parts.folder.locate(path, true)
      if (!located.ok) return entryBelow(located)
      const { file, stats } = located
      if (stats && this.parts.folder.isElsewhere(stats))
        return { kind: 'unreadable', why: onOtherDisk.message }
      if (stats?.isDirectory()) return folderEntry(file)
      return stats === undefined ? undefined : toDiskEntry(stats, file)
    } catch (thrown) {
      return { kind: 'unreadable', why: readProblem(thrown).message }
    }
  }

  async read(path: VaultPath): Promise<DiskContent | Unreadable | undefined> {
    try {
      const located = this.parts.folder.locate(path, true)
      if (!located.ok || !located.stats?.isFile()) return undefined
      return await readWhole(located.file, Number(located.stats.size))
    } catch (thrown) {
      return whyUnread(thrown)
    }
  }

  async folderProblem(): Promise<FolderProblem | undefined> {
    return folderProblem(this.root, this.vault)
  }

  async write(
    path: VaultPath,
    source: WriteSource,
    expected: FileStat | undefined,
    keepOld: boolean,
    attributes?: WriteAttributes,
  ): Promise<WriteOutcome> {
    const problem = this.cannotHold(path)
    if (problem !== undefined) return { type: 'failed', problem }
    return await writeFile(this.parts, { path, source, expected, keepOld, attributes })
  }

  async setAttributes(
    path: VaultPath,
    attributes: Attributes,
    expected: FileStat,
  ): Promise<ChangeOutcome> {
    return await setAttributes(this.parts, path, attributes, expected)
  }

  async move(from: Place, to: Place, expected: FileStat): Promise<MoveOutcome> {
    const problem = typeof to === 'string' ? this.cannotHold(to) : undefined
    if (problem !== undefined) return { type: 'failed', problem }
    return await moveFile(this.parts, from, to, expected)
  }

  async finishMove(from: Place, to: Place): Promise<FileStat | undefined> {
    return await finishMove(this.parts, from, to)
  }

  private cannotHold(path: VaultPath): Problem | undefined {
    const why = whyNotHeld(this.platform, path)
    return why === undefined ? undefined : { code: 'unmaterialisable', message: why }
  }

  async trash(path: VaultPath, expected: FileStat): Promise<TrashOutcome> {
    return await trashFile(this.parts, path, expected)
  }

  async makeFolder(path: VaultPath): Promise<Problem | undefined> {
    return makeFolder(this.parts, path)
  }

  async removeFolder(path: VaultPath, isKept: IsKept): Promise<Problem | undefined> {
    return removeFolder(this.parts, path, isKept)
  }

  private isVault(): boolean {
    return folderProblem(this.root, this.vault) === undefined
  }

  private pruneDaily(): void {
    const now = this.clock.now()
    if (now - this.prunedAt < pruneEveryMs || !this.isVault()) return
    this.prunedAt = now
    try {
      this.parts.trash.prune()
    } catch (thrown) {
      this.logger.warn('disk.trash-stays', { why: readProblem(thrown).message })
    }
  }

  async separate(double: Double): Promise<VaultPath | undefined> {
    try {
      return separateDouble(this.parts.folder, double)
    } catch (thrown) {
      this.logger.warn('disk.double-stays', { ...double, why: writeProblem(thrown).message })
      return undefined
    }
  }

  async listStaged(): Promise<ReadonlyMap<FileId, FileStat>> {
    return this.isVault() ? this.parts.temp.listStaged() : new Map()
  }
}

/** What is below a link is nothing of the vault's, unless it is the vault's folder that went elsewhere. */
function entryBelow({ link, problem }: Located & { ok: false }): DiskEntry | undefined {
  const entry = link === undefined ? undefined : toDiskEntry(link.stats, link.file)
  const isInside = entry?.kind === 'link' && link && pointsInside(link.path, entry.target)
  return isInside ? undefined : { kind: 'unreadable', why: problem.message, isBelow: true }
}

/** The same as `list` says of it. */
function folderEntry(file: string): DiskEntry | undefined {
  try {
    return { kind: 'folder', isEmpty: isEmptyFolder(file) }
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT', 'ENOTDIR')) return undefined
    throw thrown
  }
}
