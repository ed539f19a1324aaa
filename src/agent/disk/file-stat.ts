// What `lstat` says -> the agent's facts of a file. Sync calls: 3 us each, an async one costs 50.
import {
  type BigIntStats,
  accessSync,
  constants,
  lstatSync,
  opendirSync,
  readlinkSync,
} from 'node:fs'
import { type DiskEntry, type FileStat, sameInode } from '../core/facts.ts'
import { hasCode } from './problems.ts'

export function toFileStat(stats: BigIntStats): FileStat {
  return {
    ino: stats.ino.toString(),
    birth: stats.birthtimeNs.toString(),
    mtime: stats.mtimeNs.toString(),
    ctime: stats.ctimeNs.toString(),
    size: Number(stats.size),
    mode: Number(stats.mode & 0o7777n),
  }
}

/** `lstat` of one name; undefined when nothing is there. Throws when we may not look. */
export function lstatOf(file: string): BigIntStats | undefined {
  try {
    return lstatSync(file, { bigint: true, throwIfNoEntry: false })
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT', 'ENOTDIR')) return undefined
    throw thrown
  }
}

/**
 * `known`, now that we gave it the name `file`: of its facts only `ctime` moved by that. What somebody did to it
 * since is not in them, so that it looks changed, or gone.
 */
export function renamedStat(known: FileStat, file: string): FileStat {
  const stats = lstatOf(file)
  if (stats === undefined) return known
  const now = toFileStat(stats)
  return sameInode(now, known) ? { ...known, ctime: now.ctime } : known
}

/** Throws what keeps the folder from being listed: opening it tells more than its mode does. */
export function checkFolder(folder: string): void {
  opendirSync(folder).closeSync()
}

/** Whether nothing at all is in the folder. Throws what keeps it from being listed. */
export function isEmptyFolder(folder: string): boolean {
  const opened = opendirSync(folder)
  try {
    return opened.readSync() === null
  } finally {
    opened.closeSync()
  }
}

/** What `stats` describe. `file` is asked only where the mode alone does not tell if it can be read. */
export function toDiskEntry(stats: BigIntStats, file: string): DiskEntry {
  if (stats.isFile()) {
    if (isReadable(stats, file)) return { kind: 'file', stat: toFileStat(stats) }
    return { kind: 'unreadable', why: 'no permission to read it' }
  }
  if (stats.isDirectory()) return { kind: 'folder', isEmpty: isEmptyFolder(file) }
  if (stats.isSymbolicLink()) return linkEntry(stats, file)
  return { kind: 'special' }
}

function linkEntry(stats: BigIntStats, file: string): DiskEntry {
  const bytes = readlinkSync(file, { encoding: 'buffer' })
  const target = bytes.toString('utf8')
  if (!Buffer.from(target).equals(bytes)) {
    return { kind: 'unreadable', why: 'what the link says is not valid UTF-8' }
  }
  return { kind: 'link', stat: toFileStat(stats), target }
}

function isReadable(stats: BigIntStats, file: string): boolean {
  const user = process.geteuid?.()
  if (user === undefined || user === 0) return true
  if (stats.uid === BigInt(user)) return (stats.mode & 0o400n) !== 0n
  if ((stats.mode & 0o004n) !== 0n) return true
  try {
    accessSync(file, constants.R_OK)
    return true
  } catch {
    return false
  }
}

/** Whether it is one of what the vault's files are on disk: a regular file, or a link itself. */
export function isEntry(stats: BigIntStats | undefined): stats is BigIntStats {
  return stats !== undefined && (stats.isFile() || stats.isSymbolicLink())
}

/** Whether the bytes are still those of `expected`. Links and renames move only `ctime`. */
export function sameBytes(stats: BigIntStats, expected: FileStat): boolean {
  return (
    stats.ino.toString() === expected.ino &&
    stats.mtimeNs.toString() === expected.mtime &&
    Number(stats.size) === expected.size
  )
}
