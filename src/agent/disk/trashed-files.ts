// What a person finds in the trash, and how it comes out of there. Works beside a running agent: a file that is
// put back is a new file to it.
import { type Dirent, readdirSync, readlinkSync, rmSync, rmdirSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { AppError } from '../../shared/errors.ts'
import { type VaultPath, isUnder, parsePath, withSuffix } from '../../shared/vault-path.ts'
import { trashedAt } from './trash-names.ts'
import { ConfinedFolder } from './confined.ts'
import { lstatOf } from './file-stat.ts'
import { errorCode, hasCode } from './problems.ts'
import { ownFolderName } from './temp.ts'
import { linkNew } from './write.ts'

export type TrashedFile = {
  /** Names it within the trash: the time, and its path. */
  readonly id: string
  /** Where it was. */
  readonly path: VaultPath
  /** When it came into the trash, in ms. */
  readonly at: number
  readonly bytes: number
  /** What it says, where it is a symbolic link. */
  readonly target?: string
}

/** Of each path in a folder the newest in the trash. */
export type TrashedFolder = {
  readonly free: readonly TrashedFile[]
  /** Something is at its place. */
  readonly taken: readonly TrashedFile[]
}

/** All files in the trash of the vault's folder `root`, the newest first. Throws what the system says. */
export function listTrashed(root: string): TrashedFile[] {
  const trash = trashOf(root)
  return filesIn(trash)
    .flatMap((file) => trashedFile(trash, file) ?? [])
    .sort((a, b) => b.at - a.at || (a.path < b.path ? -1 : 1))
}

/** What of `trashed` was in the folder at `path`. */
export function trashedBelow(
  root: string,
  trashed: readonly TrashedFile[],
  path: VaultPath,
): TrashedFolder {
  const folder = new ConfinedFolder(root)
  const newest = new Map<VaultPath, TrashedFile>()
  for (const file of trashed) {
    const isNewest = isUnder(file.path, path) && (newest.get(file.path)?.at ?? -1) < file.at
    if (isNewest) newest.set(file.path, file)
  }
  const isTaken = (file: TrashedFile): boolean => {
    const place = folder.locate(file.path, true)
    return place.ok && place.stats !== undefined
  }
  const files = [...newest.values()]
  return { free: files.filter((file) => !isTaken(file)), taken: files.filter(isTaken) }
}

/** Puts it back where it was, or beside what is there by now; returns where it is. */
export function restoreTrashed(root: string, { id, path }: TrashedFile): VaultPath {
  const folder = new ConfinedFolder(root)
  const trashed = join(trashOf(root), id)
  for (let n = 1; ; n++) {
    const place = n === 1 ? path : withSuffix(path, n)
    const blocked = folder.makeFolders(place).problem
    const target = folder.locate(place, true)
    if (blocked !== undefined || !target.ok) throw cannotRestore(path)
    if (target.stats !== undefined || !linkNew(trashed, target.file)) continue
    removeEmptyFolders(trashOf(root), dirname(trashed))
    return place
  }
}

/** Removes for good what came into the trash before `before` (ms); returns it. */
export function emptyTrash(root: string, before: number): TrashedFile[] {
  const trash = trashOf(root)
  const removed = listTrashed(root).filter(({ at }) => at < before)
  for (const { id } of removed) {
    rmSync(join(trash, id), { force: true })
    removeEmptyFolders(trash, dirname(join(trash, id)))
  }
  return removed
}

function trashOf(root: string): string {
  return join(root, ownFolderName, 'trash')
}

function filesIn(trash: string): string[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(trash, { recursive: true, withFileTypes: true })
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return []
    throw thrown
  }
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map(({ parentPath, name }) => join(parentPath, name))
}

function trashedFile(trash: string, file: string): TrashedFile | undefined {
  const id = relative(trash, file).replaceAll(sep, '/')
  const [time = '', ...names] = id.split('/')
  const parsed = parsePath(names.join('/'))
  const at = trashedAt(time)
  const stats = lstatOf(file)
  if (!parsed.ok || at === undefined || stats === undefined) return undefined
  const found = { id, path: parsed.path, at, bytes: Number(stats.size) }
  return stats.isSymbolicLink() ? { ...found, target: readlinkSync(file) } : found
}

function cannotRestore(path: VaultPath): AppError {
  const why = `${path} cannot be put back: a folder above it is a link or a file now`
  return new AppError(
    'not-a-folder',
    `${why}. It stays in the trash. Move that away and try again.`,
  )
}

/** Removes `start` and the folders above it, up to `root`, as long as nothing is in them. */
function removeEmptyFolders(root: string, start: string): void {
  for (let folder = start; folder !== root; folder = dirname(folder)) {
    try {
      rmdirSync(folder)
    } catch (thrown) {
      if (errorCode(thrown) === undefined) throw thrown
      return
    }
  }
}
