// Folders of the vault that are made and removed for their own sake. Only empty ones go.
import { rmdirSync } from 'node:fs'
import { type VaultPath, parentOf } from '../../shared/vault-path.ts'
import type { Problem } from '../core/facts.ts'
import type { IsKept } from './disk.ts'
import { hasCode, onOtherDisk, writeProblem } from './problems.ts'
import type { DiskParts } from './write.ts'

/** See `FolderWriter.makeFolder`. */
export async function makeFolder(
  { folder, folderSync }: DiskParts,
  path: VaultPath,
): Promise<Problem | undefined> {
  try {
    const { made, problem } = folder.makeFolder(path)
    await folderSync.sync(made)
    return problem
  } catch (thrown) {
    return writeProblem(thrown)
  }
}

/** See `FolderWriter.removeFolder`. */
export function removeFolder(
  { folder }: DiskParts,
  path: VaultPath,
  isKept: IsKept,
): Problem | undefined {
  try {
    let next: VaultPath | undefined = path
    for (; next !== undefined && !isKept(next); next = parentOf(next)) {
      const located = folder.locate(next, true)
      if (!located.ok || located.stats?.isDirectory() !== true) return undefined
      if (folder.isElsewhere(located.stats)) return onOtherDisk
      rmdirSync(located.file)
    }
    return undefined
  } catch (thrown) {
    return hasCode(thrown, ...notEmpty) ? undefined : writeProblem(thrown)
  }
}

const notEmpty = ['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'] as const
