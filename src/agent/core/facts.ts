// What the agent knows of a file: on disk, in its document, and what was last the same in both.
import type { FileId } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { Agreed } from './attributes.ts'

/**
 * Identity and version of a regular file, or of a link itself, as `lstat` gives them. Large numbers are decimal strings, since
 * they only need to be equal (or compared as BigInt). `birth`, `mtime`, `ctime` in nanoseconds.
 */
export type FileStat = {
  readonly ino: string
  readonly birth: string
  readonly mtime: string
  readonly ctime: string
  /** Bytes. */
  readonly size: number
  /** Permission bits, e.g. 0o644. */
  readonly mode: number
}

export function sameStat(a: FileStat, b: FileStat): boolean {
  return sameInode(a, b) && a.mtime === b.mtime && a.ctime === b.ctime && a.size === b.size
}

/** Whether both are one file. An inode number alone lies: file systems reuse it at once (M10). */
export function sameInode(a: FileStat, b: FileStat): boolean {
  return a.ino === b.ino && a.birth === b.birth
}

/** When its content, name or mode changed last, by the disk's own word, in ms. */
export function changedAtMs({ ctime }: FileStat): number {
  return Number(BigInt(ctime) / 1_000_000n)
}

/**
 * When it was written, in microseconds: what Node can set again. 1 for what is from before that: 0 is not known. The
 * last number that says a microsecond, in 2255, for what is from after it.
 */
export function mtimeUs({ mtime }: Pick<FileStat, 'mtime'>): number {
  return Math.min(Math.max(1, Number(BigInt(mtime) / 1000n)), Number.MAX_SAFE_INTEGER)
}

/** A file that changed less than so many ms ago may change once more without its times telling. */
export const racyMs = 1_000

/**
 * Whether a file was written and named within one tick of its disk's clock (up to 10 ms, on some disks 2 s): a write
 * of the same size right after that moves none of its times on.
 */
export function isOfOneTick({ mtime, ctime }: FileStat): boolean {
  return mtime === ctime
}

/** Equal for two stats of one file. */
export function inodeKey({ ino, birth }: FileStat): string {
  return `${ino}.${birth}`
}

/** What stands at a path. Links are never followed. */
export type DiskEntry =
  | { readonly kind: 'file'; readonly stat: FileStat }
  /** `isEmpty`: nothing at all is in it. */
  | { readonly kind: 'folder'; readonly isEmpty: boolean }
  /** `target`: what the link says. */
  | { readonly kind: 'link'; readonly stat: FileStat; readonly target: string }
  /** Sockets, pipes, devices. */
  | { readonly kind: 'special' }
  /** Something may be there that we may not look at; never the same as nothing. `isBelow`: nor at its folder. */
  | { readonly kind: 'unreadable'; readonly why: string; readonly isBelow?: boolean }

/** Why what is there cannot be read. */
export type Unreadable = Extract<DiskEntry, { kind: 'unreadable' }>

/** The stat of what may have an id: a file or a link. */
export function statOf(entry: DiskEntry | undefined): FileStat | undefined {
  return entry?.kind === 'file' || entry?.kind === 'link' ? entry.stat : undefined
}

/**
 * What a file's content is: a note's document, bytes or a link's target that the index names. Of the latter two
 * the log positions of a base say nothing.
 */
export type FileKind = 'text' | 'binary' | 'link'

/** `hash`: SHA-256 of the bytes, or of a link's target, hex. */
type Hashed = { readonly kind: FileKind; readonly hash: string }

/** Whether both are the same bytes; a link is never the same as a file with its target in it. */
export function sameContent(a: Hashed | undefined, b: Hashed): boolean {
  return a?.hash === b.hash && (a.kind === 'link') === (b.kind === 'link')
}

/** The exact bytes last known to be both on this disk and in the document. */
export type Base = {
  readonly path: VaultPath
  /** SHA-256 of the bytes, hex. */
  readonly hash: string
  readonly stat: FileStat
  /** Position in the note's local log up to which the document had been merged into these bytes. */
  readonly at: number
  /**
   * False while the bytes differ from the document's text at `at`: a merge is in the document but not
   * yet on disk. Then the store keeps the text itself.
   */
  readonly merged: boolean
  readonly kind: FileKind
  /** The bytes were here before the first contact; a copy of them goes to the trash when replaced. */
  readonly isOriginal?: true
  /** The owner's rights; undefined until disk and vault were at one about them. */
  readonly mode?: Agreed | undefined
  /** When it was written, in microseconds; the same. */
  readonly mtime?: Agreed | undefined
}

/** A write that is under way; if the disk has this hash after a crash, it is the base. */
export type Intent = {
  readonly path: VaultPath
  readonly hash: string
  readonly at: number
  readonly kind: FileKind
}

/** How we are about to take a file from its base's path: if it is gone from there after a crash, that was us. */
export type Leaving = { readonly type: 'trash' } | { readonly type: 'move'; readonly to: VaultPath }

/** First content that the relay was asked to take; if it did, that file and those bytes are the base. */
export type Offer = {
  readonly path: VaultPath
  readonly hash: string
  readonly stat: FileStat
  /** The Yjs clientID that wrote it: tells our own content from the same written elsewhere. */
  readonly clientId: number
}

/** An earlier base that one of our writes replaced: an editor may still hold it in a buffer. */
export type EarlierBase = {
  readonly at: number
  /** Its text, where it was not the document's at `at`. */
  readonly text?: string | undefined
  /** `inodeKey` of the file that held it: a program may still have that one open. */
  readonly inode?: string | undefined
  /** When our write replaced it, in ms. */
  readonly replacedAt: number
  /** A program has saved the file since, or this was not in it under its name. */
  readonly isAnswered?: true | undefined
}

/** Everything remembered of one note, without its text. */
export type FileFacts = {
  readonly id: FileId
  /** Last position of the note's local log; 0 while nothing of the document is here. */
  readonly head: number
  /** Log positions that the relay has not acknowledged as durable. */
  readonly unacked: readonly number[]
  readonly base?: Base | undefined
  readonly intent?: Intent | undefined
  readonly leaving?: Leaving | undefined
  readonly offer?: Offer | undefined
  readonly earlier: readonly EarlierBase[]
  /** The last save that was taken for stale, and how often it was made: the same again is meant. */
  readonly overruled?: { readonly hash: string; readonly times: number } | undefined
  /** When the document's newest content was written, in microseconds; undefined where nobody has said. */
  readonly mtime?: number | undefined
}

export function noFacts(id: FileId): FileFacts {
  return { id, head: 0, unacked: [], earlier: [] }
}

/** A problem that `status` shows for a path. */
export type Problem = { readonly code: ProblemCode; readonly message: string }

export type ProblemCode =
  | 'unsupported'
  | 'unreadable'
  | 'unmaterialisable'
  | 'read-only'
  | 'refused'
  | 'disk-full'
  /** The relay's disk. */
  | 'storage-full'
  /** Bytes that are not across yet, since something is in the way. */
  | 'delayed'
  | 'io'
