// Renames and deletes: never over another file, never for good.
import { readdirSync, renameSync, unlinkSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { type FileStat, sameInode, sameStat } from '../core/facts.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { MoveOutcome, Place, TrashOutcome } from './disk.ts'
import { isEntry, lstatOf, renamedStat, sameBytes, toFileStat } from './file-stat.ts'
import { hardLink } from './hard-link.ts'
import { hasCode, writeProblem } from './problems.ts'
import { type DiskParts, linkNew } from './write.ts'

/** See `DiskWriter.move`. */
export async function moveFile(
  parts: DiskParts,
  from: Place,
  to: Place,
  expected: FileStat,
): Promise<MoveOutcome> {
  try {
    const source = locate(parts, from)
    if (!source.ok) return { type: 'failed', problem: source.problem }
    if (!isEntry(source.stats) || !sameStat(toFileStat(source.stats), expected)) {
      return { type: 'stale' }
    }
    const changed = [dirname(source.file)]
    if (typeof to === 'string') {
      const { made, problem } = parts.folder.makeFolders(to)
      if (problem !== undefined) return { type: 'failed', problem }
      changed.push(...made)
    }
    const target = locate(parts, to)
    if (!target.ok) return { type: 'failed', problem: target.problem }
    if (!rename(source.file, target.file, expected)) return { type: 'occupied' }
    const stat = renamedStat(expected, target.file)
    await parts.folderSync.sync([dirname(target.file), ...changed])
    return { type: 'moved', stat }
  } catch (thrown) {
    return { type: 'failed', problem: writeProblem(thrown) }
  }
}

/** See `DiskWriter.finishMove`. */
export async function finishMove(
  parts: DiskParts,
  from: Place,
  to: Place,
): Promise<FileStat | undefined> {
  try {
    const [old, kept] = [locate(parts, from), locate(parts, to)]
    if (!old.ok || !kept.ok || kept.stats === undefined || !hasExactly(kept.file)) return undefined
    const stat = toFileStat(kept.stats)
    const isOne = old.stats !== undefined && sameInode(toFileStat(old.stats), stat)
    if (!isOne || !areTwoNames(old.file, kept.file)) return stat
    unlinkSync(old.file)
    await parts.folderSync.sync([dirname(old.file)])
    return renamedStat(stat, kept.file)
  } catch {
    return undefined
  }
}

/** See `DiskWriter.trash`. */
export async function trashFile(
  parts: DiskParts,
  path: VaultPath,
  expected: FileStat,
): Promise<TrashOutcome> {
  try {
    const located = parts.folder.locate(path)
    if (!located.ok) return { type: 'failed', problem: located.problem }
    const { file, stats } = located
    if (!isEntry(stats) || !sameStat(toFileStat(stats), expected)) return { type: 'stale' }
    const trashed = parts.trash.take(file, path)
    const taken = lstatOf(trashed)
    if (taken === undefined || !sameBytes(taken, expected)) {
      // Saved in the last microsecond: it goes back, or stays in the trash if its place is taken again.
      linkNew(trashed, file)
      return { type: 'stale' }
    }
    parts.displaced.watch(path, trashed, expected, true)
    await parts.folderSync.sync([...parts.trash.foldersOf(trashed), dirname(file)])
    return { type: 'trashed' }
  } catch (thrown) {
    return { type: 'failed', problem: writeProblem(thrown) }
  }
}

function locate(parts: DiskParts, place: Place) {
  if (typeof place === 'string') return parts.folder.locate(place)
  const file = parts.temp.staged(place.staged)
  return { ok: true, file, stats: lstatOf(file) } as const
}

/** False when another file is at `to`. */
function rename(from: string, to: string, expected: FileStat): boolean {
  const stats = lstatOf(to)
  if (stats !== undefined) {
    // One file under both names: the disk ignores case or form, unless it is a hard link.
    if (!sameInode(toFileStat(stats), expected) || hasExactly(to)) return false
    renameSync(from, to)
    return true
  }
  try {
    if (!hardLink(from, to)) {
      renameSync(from, to)
      return true
    }
  } catch (thrown) {
    if (hasCode(thrown, 'EEXIST')) return false
    throw thrown
  }
  try {
    unlinkIfSame(from, expected)
  } catch (thrown) {
    // The old name cannot be taken away: then there is no new one either.
    unlinkSync(to)
    throw thrown
  }
  return true
}

/** Whether one file has both. A folder has two as well, where the disk ignores case or form. */
function areTwoNames(a: string, b: string): boolean {
  if (dirname(a) !== dirname(b) && !isOneFolder(dirname(a), dirname(b))) return true
  return basename(a) !== basename(b) && hasExactly(a)
}

function isOneFolder(a: string, b: string): boolean {
  const [one, other] = [lstatOf(a), lstatOf(b)]
  if (one === undefined || other === undefined) return true
  return sameInode(toFileStat(one), toFileStat(other))
}

function hasExactly(file: string): boolean {
  return readdirSync(dirname(file)).includes(basename(file))
}

/** An editor may have put a new file there since we looked; that one stays. */
function unlinkIfSame(file: string, expected: FileStat): void {
  const stats = lstatOf(file)
  if (stats !== undefined && sameInode(toFileStat(stats), expected)) unlinkSync(file)
}
