// Ports to the vault's folder: reading never changes anything, writing never replaces what it did not expect.
import type { BlobHash, FileId } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { Attributes } from '../core/attributes.ts'
import type { DiskEntry, FileStat, Problem, Unreadable } from '../core/facts.ts'
import type { IgnoreRules } from '../core/ignore.ts'

export type Listing = {
  readonly entries: ReadonlyMap<VaultPath, DiskEntry>
  /** What could not be looked at or named, by path as text. Nothing below it counts as missing. */
  readonly problems: ReadonlyMap<string, Problem>
  /** Second forms of names that others in the same folder have. */
  readonly doubles?: readonly Double[]
}

/** Something whose name on disk, `name`, is another Unicode form of that of the file or folder at `path`. */
export type Double = { readonly path: VaultPath; readonly name: string }

export type DiskContent = { readonly bytes: Uint8Array; readonly stat: FileStat }

/** Why the folder cannot be taken for the vault's now, and what a person can do. */
export type FolderProblem = { readonly reason: string; readonly advice: string }

export interface DiskReader {
  /** Everything below `folder` (default: the vault) that ignore rules let through. */
  list(folder?: VaultPath): Promise<Listing>
  /**
   * What stands at `path`; undefined when nothing does. Never follows a link, also not in a folder above: nothing
   * is below one to a place in the vault, and what is below any other cannot be read.
   */
  stat(path: VaultPath): Promise<DiskEntry | undefined>
  /** The whole file, from one moment: undefined when it changed while being read, or is no regular file. */
  read(path: VaultPath): Promise<DiskContent | Unreadable | undefined>
  /** What keeps this folder from being the vault's (unmounted, moved, closed): then nothing is read or written. */
  folderProblem(): Promise<FolderProblem | undefined>
}

/** What the vault's rules and this device's selection leave out. */
export interface RulesReader {
  /** What is neither sent nor accepted; the same object until a `DiskReader.list` of the whole vault finds other rules. */
  rules(): IgnoreRules
  /** False while the rules that are on disk have less in them than those in force, and are too new to count. */
  areRulesSettled(): boolean
  /** Why it is not known what to leave out, if so: then nothing may be read or written. */
  rulesProblem(): Problem | undefined
}

/** A place that is not in the vault's tree: a file on its way between two names that others hold. */
export type Staged = { readonly staged: FileId }
export type Place = VaultPath | Staged

/** What a file is given beside its content, as far as the disk can hold it. */
export type WriteAttributes = Attributes & {
  /** Whether it replaces a file that is write-protected. */
  readonly overProtected: boolean
}

/** What is written: bytes, those that `BlobDisk` has put together, or a symbolic link that says this. */
export type WriteSource = Uint8Array | { readonly part: BlobHash } | { readonly link: string }

export type ChangeOutcome =
  /** `stat` is that of what was written, whatever was done to it since. */
  | { readonly type: 'written'; readonly stat: FileStat }
  /** The target is not what was expected: nothing was written. */
  | { readonly type: 'stale' }
  | { readonly type: 'failed'; readonly problem: Problem }

export type WriteOutcome =
  | ChangeOutcome
  /** The bytes that were put together are not there any more. */
  | { readonly type: 'part-gone' }

export type MoveOutcome =
  /** `stat` is `expected`, but for what the rename changed in it. */
  | { readonly type: 'moved'; readonly stat: FileStat }
  /** `from` is gone or is another file than expected. */
  | { readonly type: 'stale' }
  | { readonly type: 'occupied' }
  | { readonly type: 'failed'; readonly problem: Problem }

export type TrashOutcome =
  | { readonly type: 'trashed' }
  | { readonly type: 'stale' }
  | { readonly type: 'failed'; readonly problem: Problem }

export interface DiskWriter {
  /**
   * Puts `source` at `path` atomically if what stands there is `expected` (undefined: nothing). Creates
   * folders above; what `attributes` does not say stays as it was. `keepOld` puts a copy of the replaced file into
   * the trash. A part that did not get the name stays where it was.
   */
  write(
    path: VaultPath,
    source: WriteSource,
    expected: FileStat | undefined,
    keepOld: boolean,
    attributes?: WriteAttributes,
  ): Promise<WriteOutcome>
  /** Gives the file at `path` other attributes, as far as the disk can hold them, if it is `expected`. */
  setAttributes(path: VaultPath, attributes: Attributes, expected: FileStat): Promise<ChangeOutcome>
  /** Renames without ever replacing. */
  move(from: Place, to: Place, expected: FileStat): Promise<MoveOutcome>
  /**
   * Takes away the old name of a file that has both, as a `move` that was broken off leaves it. Returns what stands at
   * `to` then; undefined where nothing does under exactly that name.
   */
  finishMove(from: Place, to: Place): Promise<FileStat | undefined>
  /** Moves the file into the trash if it is `expected`. */
  trash(path: VaultPath, expected: FileStat): Promise<TrashOutcome>
  /** Gives a double a free name of its own; returns that, undefined where it is no double any more. */
  separate(double: Double): Promise<VaultPath | undefined>
  /** Files left in `Staged` places by a crash. */
  listStaged(): Promise<ReadonlyMap<FileId, FileStat>>
}

/** Whether a folder stays though nothing is in it. */
export type IsKept = (folder: VaultPath) => boolean

/** Folders for their own sake; those above files come and go with them. */
export interface FolderWriter {
  /** Creates the folder and those above it, where they are not there. Returns what is in the way. */
  makeFolder(path: VaultPath): Promise<Problem | undefined>
  /**
   * Removes the folder and those above it, as long as nothing is in them, up to one that `isKept`. Returns what
   * else keeps them there.
   */
  removeFolder(path: VaultPath, isKept: IsKept): Promise<Problem | undefined>
}

/** All that a mirror does in the vault's folder. */
export type Disk = DiskReader & RulesReader & DiskWriter & FolderWriter

/** A hint that something may have changed. The disk is the truth; hints may be missing or wrong. */
export type Hint =
  | { readonly type: 'path'; readonly path: VaultPath }
  /** Anything below `folder` (undefined: the vault) may have changed. */
  | { readonly type: 'tree'; readonly folder: VaultPath | undefined }
  /** A program that had the file open wrote into it after we replaced it. */
  | {
      readonly type: 'late-write'
      readonly bytes: Uint8Array
      /** The file as it was when we replaced it: what the program had open. */
      readonly replaced: FileStat
    }

export interface Watcher {
  /** Resolves once changes are noticed. */
  start(onHint: (hint: Hint) => void): Promise<void>
  stop(): Promise<void>
}
