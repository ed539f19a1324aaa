// `.undrift/trash/<time>/<path>`: where replaced and deleted files stay until they are pruned.
import { copyFileSync, constants, linkSync, mkdirSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Clock } from '../../shared/ports.ts'
import { lstatOf } from './file-stat.ts'
import { hasCode } from './problems.ts'
import type { TempFolder } from './temp.ts'

/** What is in the trash for a file that is still at its place. */
export type Kept = {
  readonly file: string
  /** A second name for the file itself, not a copy of it. */
  readonly isLink: boolean
}

export class Trash {
  private readonly temp: TempFolder
  private readonly clock: Clock

  constructor(temp: TempFolder, clock: Clock) {
    this.temp = temp
    this.clock = clock
  }

  /** Moves `file` into the trash under `path`; returns where it is now. */
  take(file: string, path: string): string {
    return this.place(path, (target) => renameSync(file, target)).file
  }

  /** Keeps a second name for `file` in the trash, or a copy where the disk has no hard links. */
  keep(file: string, path: string): Kept {
    const { file: kept, result } = this.place(path, (target) => linkOrCopy(file, target))
    return { file: kept, isLink: result === 'linked' }
  }

  private place<Result>(path: string, put: (target: string) => Result) {
    const time = new Date(this.clock.now()).toISOString().replaceAll(':', '-')
    const trash = this.temp.ownFolder('trash')
    for (let n = 1; ; n++) {
      const target = join(trash, n === 1 ? time : `${time}-${n}`, path)
      if (!makeRoom(target)) continue
      return { file: target, result: put(target) }
    }
  }
}

/** Creates the folders for `target`; false when something else has its name. */
function makeRoom(target: string): boolean {
  try {
    mkdirSync(dirname(target), { recursive: true })
    return lstatOf(target) === undefined
  } catch (thrown) {
    if (hasCode(thrown, 'EEXIST', 'ENOTDIR')) return false
    throw thrown
  }
}

function linkOrCopy(file: string, target: string): 'linked' | 'copied' {
  try {
    linkSync(file, target)
    return 'linked'
  } catch (thrown) {
    if (!hasCode(thrown, ...noHardLinks)) throw thrown
    copyFileSync(file, target, constants.COPYFILE_EXCL)
    return 'copied'
  }
}

/** What `link` says where a disk has no hard links, or a file has too many. */
export const noHardLinks = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV'] as const
