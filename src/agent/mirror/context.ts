// What the steps of one vault's mirror share.
import type { DeviceId, FileId } from '../../shared/ids.ts'
import type { Clock, Logger } from '../../shared/ports.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { type FileStat, changedAtMs, racyMs } from '../core/facts.ts'
import type { Fingerprint } from '../blob/fingerprint.ts'
import type { Disk, Double } from '../disk/disk.ts'
import type { Transfers } from '../blob/transfers.ts'
import type { AwaitedBlobs } from './awaited-blobs.ts'
import type { ContestedFiles } from './contested-files.ts'
import type { DueFolders } from './due-folders.ts'
import type { Fingerprints } from './fingerprints.ts'
import type { HintSet } from './hints.ts'
import type { IndexMirror } from './index-mirror.ts'
import type { Ledger } from './ledger.ts'
import type { Notes } from './notes.ts'
import type { Outbox } from './outbox.ts'
import type { Problems } from './problems.ts'
import type { Refusals } from './refusals.ts'
import type { VanishedFiles } from './vanished.ts'

/** The sweeps of this session; times in ms, 0 for never. */
export type Scan = {
  /** Sweeps that are finished. */
  generation: number
  startedAt: number
  finishedAt: number
  watching: boolean
}

export type MirrorContext = {
  readonly device: DeviceId
  /** The Yjs clientID of this session. */
  readonly clientId: number
  readonly disk: Disk
  readonly clock: Clock
  readonly log: Logger
  readonly ledger: Ledger
  readonly notes: Notes
  readonly index: IndexMirror
  readonly outbox: Outbox
  readonly transfers: Transfers
  readonly fingerprints: Fingerprints
  readonly awaited: AwaitedBlobs
  readonly hints: HintSet
  /** Folders that may be made, removed, or published as such. */
  readonly folders: DueFolders
  readonly problems: Problems
  /** Files whose document or place changed and whose disk has not followed yet. */
  readonly pending: Set<FileId>
  readonly vanished: VanishedFiles
  /** New files that may be moved ones, and since when they wait to find out. */
  readonly postponed: Map<VaultPath, number>
  /** Paths where one file may have taken another's place, and how many sweeps were finished then. */
  readonly replaced: Map<VaultPath, number>
  /** What the relay's history knows of texts that were met here with no base. */
  readonly versions: Map<FileId, { readonly hash: string; readonly isKnown: boolean }>
  readonly scan: Scan
  /** Files out of the way between two names. */
  readonly staged: Map<FileId, FileStat>
  readonly refused: Refusals
  /** Known notes whose files cannot be read, or are no text now: what they hold is nowhere else. */
  readonly unread: Set<FileId>
  /** Files whose disk could not follow; tried again after a pause. */
  readonly failed: Set<FileId>
  readonly contested: ContestedFiles
  /** Files that wait for something at this path, or above, to go from their place. */
  readonly blocked: Map<FileId, VaultPath>
  /** Files that were not brought to disk because an ignore rule leaves them out. */
  readonly ignored: Set<FileId>
  /** Second forms of names that sweeps have found, by their place as text. */
  readonly doubles: Map<string, Double>
}

type OnDisk = {
  readonly path: VaultPath
  /** SHA-256 of the bytes, or of the link's target, hex. */
  readonly hash: string
  readonly stat: FileStat
}

/** A note as it was read from disk. */
export type DiskText = OnDisk & { readonly kind: 'text'; readonly text: string }

/** A binary file as it was read from disk; its bytes are still there only. */
export type DiskBlob = OnDisk & { readonly kind: 'binary'; readonly file: Fingerprint }

/** A symbolic link, and what it says. */
export type DiskLink = OnDisk & { readonly kind: 'link'; readonly target: string }

export type DiskFile = DiskText | DiskBlob | DiskLink

const recheckMs = 60

/** Looks at `path` again soon, by content. */
export function recheck({ hints, clock }: MirrorContext, path: VaultPath): void {
  hints.add(path, clock.now(), clock.now() + recheckMs, true)
}

/** The same, if its time stamps are too young to be trusted. */
export function recheckIfRacy(context: MirrorContext, path: VaultPath, stat: FileStat): void {
  const ageMs = context.clock.now() - changedAtMs(stat)
  if (Math.abs(ageMs) < racyMs) recheck(context, path)
}
