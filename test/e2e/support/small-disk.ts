// A disk that is soon full: a small tmpfs, where the system lets us mount one.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class SmallDisk implements Disposable {
  readonly folder: string

  /** `folder` where it is to be mounted; a fresh one if not given. */
  constructor(kibibytes: number, folder = mkdtempSync(join(tmpdir(), 'undrift-disk-'))) {
    this.folder = folder
    mkdirSync(folder, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', folder])
  }

  /** Takes all the room that is left but for so many bytes. */
  fill(but = 0): void {
    const { bavail, bsize } = statfsSync(this.folder)
    writeFileSync(join(this.folder, '.filler'), Buffer.alloc(bavail * bsize - but))
  }

  free(): void {
    rmSync(join(this.folder, '.filler'))
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['-l', this.folder])
  }
}

/** Whether this system lets us mount. */
export function canMount(): boolean {
  try {
    using disk = new SmallDisk(64)
    return disk.folder !== ''
  } catch {
    return false
  }
}
