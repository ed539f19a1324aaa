// Other rights and times for a file whose content stays.
import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { type Attributes, ownerMode } from '../core/attributes.ts'
import { type FileStat, mtimeUs, sameStat } from '../core/facts.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { ChangeOutcome } from './disk.ts'
import { changeMode, changeTime } from './file-attributes.ts'
import { toFileStat } from './file-stat.ts'
import { hasCode, writeProblem } from './problems.ts'
import { syncFile } from './temp.ts'
import type { DiskParts } from './write.ts'

/** Never waits for the other end of a pipe, never follows a link. Absent on Windows. */
const openFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0)

/** See `DiskWriter.setAttributes`. */
export async function setAttributes(
  { folder, temp }: Pick<DiskParts, 'folder' | 'temp'>,
  path: VaultPath,
  { mode, mtime }: Attributes,
  expected: FileStat,
): Promise<ChangeOutcome> {
  try {
    const located = folder.locate(path)
    if (!located.ok) return { type: 'failed', problem: located.problem }
    if (!located.stats?.isFile()) return { type: 'stale' }
    const fd = openSync(located.file, openFlags)
    try {
      const before = toFileStat(fstatSync(fd, { bigint: true }))
      if (!sameStat(before, expected)) return { type: 'stale' }
      if (ownerMode(before.mode) !== mode) changeMode(fd, before.mode, mode, temp.newFileMode())
      if (mtime > 0 && mtimeUs(before) !== mtime) changeTime(fd, mtime)
      const stat = toFileStat(fstatSync(fd, { bigint: true }))
      await syncFile(fd)
      return { type: 'written', stat }
    } finally {
      closeSync(fd)
    }
  } catch (thrown) {
    return hasCode(thrown, 'ENOENT')
      ? { type: 'stale' }
      : { type: 'failed', problem: writeProblem(thrown) }
  }
}
