// Two forms of one name, as some disks hold them, are two files with two names: one of them gets another.
import { renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type VaultPath, nameOf, withSuffix } from '../../shared/vault-path.ts'
import type { ConfinedFolder } from './confined.ts'
import type { Double } from './disk.ts'
import { lstatOf } from './file-stat.ts'
import { hasCode } from './problems.ts'
import { linkNew } from './write.ts'

/** See `DiskWriter.separate`. Throws what the system says. */
export function separateDouble(
  folder: ConfinedFolder,
  { path, name }: Double,
): VaultPath | undefined {
  const located = folder.locate(path)
  if (!located.ok || located.stats === undefined || name === nameOf(path)) return undefined
  const double = join(dirname(located.file), name)
  const stats = lstatOf(double)
  if (stats === undefined || stats.ino === located.stats.ino) return undefined
  for (let n = 2; ; n++) {
    const to = withSuffix(path, n)
    const target = folder.locate(to, true)
    if (!target.ok) return undefined
    if (target.stats !== undefined) continue
    const isMoved = stats.isDirectory()
      ? moveFolder(double, target.file)
      : linkNew(double, target.file)
    if (isMoved) return to
  }
}

/** False when something is at `to` by now; an empty folder is not: the system replaces that, and nothing else. */
function moveFolder(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (thrown) {
    if (hasCode(thrown, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) return false
    throw thrown
  }
}
