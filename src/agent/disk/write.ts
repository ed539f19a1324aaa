// Puts bytes under a name, atomically and only over what was expected.
// What happens between the last look and the rename is one run of sync calls: some microseconds. A save
// into the old file in that time is seen by `DisplacedFiles`; nothing in Node can exclude the other case,
// an editor's own rename within those microseconds.
import { renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { type FileStat, sameStat } from '../core/facts.ts'
import type { BlobHash } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { ConfinedFolder, Located } from './confined.ts'
import type { WriteAttributes, WriteOutcome, WriteSource } from './disk.ts'
import type { DisplacedFiles } from './displaced.ts'
import { type NewFileAttributes, isProtected } from './file-attributes.ts'
import { isEntry, lstatOf, renamedStat, sameBytes, toFileStat } from './file-stat.ts'
import type { FolderSync } from './folder-sync.ts'
import { hardLink } from './hard-link.ts'
import { hasCode, writeProblem } from './problems.ts'
import { type TempFolder, removeIfThere } from './temp.ts'
import type { Kept, Trash } from './trash.ts'

/** What all operations on a vault's folder work with. */
export type DiskParts = {
  readonly folder: ConfinedFolder
  readonly temp: TempFolder
  readonly trash: Trash
  readonly displaced: DisplacedFiles
  readonly folderSync: FolderSync
}

export type WriteOrder = {
  readonly path: VaultPath
  readonly source: WriteSource
  readonly expected: FileStat | undefined
  readonly keepOld: boolean
  readonly attributes?: WriteAttributes | undefined
}

const stale: WriteOutcome = { type: 'stale' }

/** See `DiskWriter.write`. */
export async function writeFile(parts: DiskParts, order: WriteOrder): Promise<WriteOutcome> {
  try {
    const before = parts.folder.locate(order.path)
    const reason = whyNot(before, order)
    if (reason !== undefined) return reason
    const like = before.ok && before.stats?.isFile() ? before.stats : undefined
    const attributes = { like, attributes: order.attributes }
    const { source } = order
    if (!(source instanceof Uint8Array) && 'part' in source)
      return await writePart(parts, order, source.part, attributes)
    return await writeNew(parts, order, await toTemp(parts.temp, source, attributes))
  } catch (thrown) {
    return { type: 'failed', problem: writeProblem(thrown) }
  }
}

async function toTemp(
  temp: TempFolder,
  source: Uint8Array | { readonly link: string },
  attributes: NewFileAttributes,
): Promise<string> {
  return source instanceof Uint8Array
    ? temp.create(source, attributes)
    : temp.createLink(source.link)
}

/** What does not get its name goes. */
async function writeNew(parts: DiskParts, order: WriteOrder, temp: string): Promise<WriteOutcome> {
  let isNamed = false
  try {
    const outcome = await nameIt(parts, order, temp)
    isNamed = outcome.type === 'written'
    return outcome
  } finally {
    if (!isNamed) removeIfThere(temp)
  }
}

/** A part that does not get its name stays: it came a long way. */
async function writePart(
  parts: DiskParts,
  order: WriteOrder,
  hash: BlobHash,
  attributes: NewFileAttributes,
): Promise<WriteOutcome> {
  const file = await parts.temp.adopt(hash, attributes)
  return file === undefined ? { type: 'part-gone' } : await nameIt(parts, order, file)
}

function whyNot(located: Located, { expected, attributes }: WriteOrder): WriteOutcome | undefined {
  if (!located.ok) return { type: 'failed', problem: located.problem }
  const { stats } = located
  if (expected === undefined) return stats === undefined ? undefined : stale
  if (!isEntry(stats) || !sameStat(toFileStat(stats), expected)) return stale
  if (!isProtected(stats) || attributes?.overProtected === true) return undefined
  const message = 'the file is write-protected'
  return { type: 'failed', problem: { code: 'read-only', message } }
}

async function nameIt(parts: DiskParts, order: WriteOrder, temp: string): Promise<WriteOutcome> {
  const written = lstatOf(temp)
  if (written === undefined) return stale
  const { place, made } = findPlace(parts, order.path)
  const reason = whyNot(place, order)
  if (reason !== undefined || !place.ok || !(await putInPlace(parts, order, temp, place.file)))
    return reason ?? stale
  const stat = renamedStat(toFileStat(written), place.file)
  await parts.folderSync.sync([dirname(place.file), ...made])
  return { type: 'written', stat }
}

/** Where `path` is, now that the folders above it are there. */
function findPlace({ folder }: DiskParts, path: VaultPath): { place: Located; made: string[] } {
  const place = folder.locate(path)
  if (!place.ok || place.hasFolder) return { place, made: [] }
  const { made, problem } = folder.makeFolders(path)
  if (problem !== undefined) return { place: { ok: false, problem }, made }
  return { place: folder.locate(path), made }
}

async function putInPlace(
  parts: DiskParts,
  order: WriteOrder,
  temp: string,
  file: string,
): Promise<boolean> {
  const { expected } = order
  if (expected === undefined) return linkNew(temp, file)
  return await replace(parts, order, temp, file, expected)
}

/** Gives `temp` its name if that is free. */
export function linkNew(temp: string, file: string): boolean {
  try {
    if (hardLink(temp, file)) {
      removeIfThere(temp)
      return true
    }
  } catch (thrown) {
    if (hasCode(thrown, 'EEXIST')) return false
    throw thrown
  }
  if (lstatOf(file) !== undefined) return false
  renameSync(temp, file)
  return true
}

async function replace(
  parts: DiskParts,
  order: WriteOrder,
  temp: string,
  file: string,
  expected: FileStat,
): Promise<boolean> {
  const { path, keepOld } = order
  const old = keepOld ? await parts.trash.keep(file, path) : linkOld(parts, file, expected)
  try {
    if (keepOld && old !== undefined) await parts.folderSync.sync(parts.trash.foldersOf(old.file))
    if (!isSame(parts, order, file, old, expected)) {
      if (old !== undefined) removeIfThere(old.file)
      return false
    }
    renameSync(temp, file)
  } catch (thrown) {
    if (old !== undefined) removeIfThere(old.file)
    throw thrown
  }
  if (old?.isLink) parts.displaced.watch(path, old.file, expected, keepOld)
  return true
}

function isStill(file: string, expected: FileStat): boolean {
  const stats = lstatOf(file)
  return isEntry(stats) && sameBytes(stats, expected)
}

/**
 * Whether what is replaced is as it was. A link to it, made just now, shows that, even after another file took its name.
 * To keep it takes time: then it must still be where `path` is as well.
 */
function isSame(
  { folder }: DiskParts,
  { path, keepOld }: WriteOrder,
  file: string,
  old: Kept | undefined,
  expected: FileStat,
): boolean {
  if (old?.isLink === true && !keepOld) return isStill(old.file, expected)
  const now = folder.locate(path)
  if (!now.ok || now.file !== file || !isEntry(now.stats)) return false
  // A link has changed the file's ctime.
  return old?.isLink === true
    ? sameBytes(now.stats, expected)
    : sameStat(toFileStat(now.stats), expected)
}

/** A second name for the file that is about to be replaced; undefined where the disk has no hard links. */
function linkOld({ temp }: DiskParts, file: string, expected: FileStat): Kept | undefined {
  const old = temp.displaced(expected)
  return hardLink(file, old) ? { file: old, isLink: true } : undefined
}
