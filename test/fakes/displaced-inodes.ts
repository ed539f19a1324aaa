// Files in memory that the agent took the name of: what a program that has one open writes into it is told.
import type { FileStat } from '../../src/agent/core/facts.ts'
import type { Hint } from '../../src/agent/disk/disk.ts'
import type { Clock } from '../../src/shared/ports.ts'
import type { Inode } from './memory-folder.ts'

export type LateHint = Extract<Hint, { type: 'late-write' }>

/** As `DisplacedFiles` looks at real ones. */
const displacedMs = 5_000

export class DisplacedInodes {
  readonly #clock: Clock
  readonly #tell: (hint: LateHint) => void
  readonly #inodes = new Set<Inode>()

  constructor(clock: Clock, tell: (hint: LateHint) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  has(inode: Inode): boolean {
    return this.#inodes.has(inode)
  }

  watch(inode: Inode, replaced: FileStat): void {
    const { mtime } = inode
    this.#inodes.add(inode)
    this.#clock.after(displacedMs, () => {
      if (inode.mtime === mtime) this.#inodes.delete(inode)
      else {
        this.#tell({ type: 'late-write', bytes: inode.bytes, replaced })
        this.watch(inode, replaced)
      }
    })
  }
}
