// `.undrift/trash/<time>/<path>`: where replaced and deleted files stay until they are pruned.
import {
  constants,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { copyFile, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock, Logger } from '../../shared/ports.ts'
import { type Trashed, planPrune } from '../core/trash.ts'
import { lstatOf } from './file-stat.ts'
import { hardLink } from './hard-link.ts'
import { hasCode, readProblem } from './problems.ts'
import { type TempFolder, removeIfThere } from './temp.ts'
import { trashName, trashedAt } from './trash-names.ts'

/** What is in the trash for a file that is still at its place. */
export type Kept = {
  readonly file: string
  /** A second name for the file itself, not a copy of it. */
  readonly isLink: boolean
}

export class Trash {
  private readonly temp: TempFolder
  private readonly clock: Clock
  private readonly logger: Logger

  constructor(temp: TempFolder, clock: Clock, logger: Logger) {
    this.temp = temp
    this.clock = clock
    this.logger = logger
  }

  /** Moves `file` into the trash under `path`; returns where it is now. */
  take(file: string, path: string): string {
    const target = this.placeFor(path)
    renameSync(file, target)
    return target
  }

  /** The folders that a name in the trash is durable with: those it is in, up to our own. */
  foldersOf(trashed: string): string[] {
    const above = dirname(trashed)
    return above === this.temp.ownFolder() ? [above] : [above, ...this.foldersOf(above)]
  }

  /**
   * Keeps a second name for `file` in the trash, or a whole copy where the disk has no hard links. Its bytes are
   * durable, its name is not yet.
   */
  async keep(file: string, path: string): Promise<Kept> {
    const target = this.placeFor(path)
    if (hardLink(file, target)) return { file: target, isLink: true }
    const copy = this.temp.newFile()
    try {
      await copyTo(copy, file)
      // While that was copied another file may have come here.
      const place = makeRoom(target) ? target : this.placeFor(path)
      renameSync(copy, place)
      return { file: place, isLink: false }
    } catch (thrown) {
      removeIfThere(copy)
      throw thrown
    }
  }

  /** Removes for good what is too old or too much. What cannot be looked at or removed stays. */
  prune(): void {
    const trash = this.temp.ownFolder('trash')
    const trashed = readdirSync(trash).flatMap(
      (name) => this.tryOn(name, () => trashedAs(trash, name)) ?? [],
    )
    for (const name of planPrune(trashed, this.clock.now())) {
      this.tryOn(name, () => rmSync(join(trash, name), { recursive: true, force: true }))
    }
  }

  private tryOn<Result>(name: string, act: () => Result): Result | undefined {
    try {
      return act()
    } catch (thrown) {
      this.logger.warn('disk.trash-stays', { name, why: readProblem(thrown).message })
      return undefined
    }
  }

  /** A free name, in a folder that is there. */
  private placeFor(path: string): string {
    const now = this.clock.now()
    const trash = this.temp.ownFolder('trash')
    for (let n = 1; ; n++) {
      const target = join(trash, trashName(now, n), path)
      if (makeRoom(target)) return target
    }
  }
}

/** Undefined for what we have not put there. */
function trashedAs(trash: string, name: string): Trashed | undefined {
  const at = trashedAt(name)
  return at === undefined ? undefined : { name, at, bytes: bytesIn(join(trash, name)) }
}

function bytesIn(folder: string): number {
  // With their types, or Node would look through the folders that links point to.
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.reduce((sum, { parentPath, name }) => {
    const stats = lstatOf(join(parentPath, name))
    return stats?.isFile() ? sum + Number(stats.size) : sum
  }, 0)
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

/** Off the event loop: a file may be of any size. Where the disk can, the copy shares its blocks. */
async function copyTo(copy: string, file: string): Promise<void> {
  if (lstatOf(file)?.isSymbolicLink()) return symlinkSync(readlinkSync(file), copy)
  await copyFile(file, copy, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  const handle = await open(copy, 'r')
  try {
    await handle.sync()
  } catch (thrown) {
    // Some systems (Windows) sync no file that is only read.
    if (!hasCode(thrown, 'EPERM')) throw thrown
  } finally {
    await handle.close()
  }
}
