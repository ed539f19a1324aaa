// What of a folder in memory cannot be written or read for a while.
import type { Problem } from '../../src/agent/core/facts.ts'
import { type VaultPath, foldersAbove } from '../../src/shared/vault-path.ts'

export class DiskFaults {
  /** Why writes, renames and deletes fail. */
  writes: Problem | undefined
  /** Files, and folders with everything in them. */
  readonly unreadable = new Set<VaultPath>()

  /** The file or folder at or above `path` that may not be looked at. */
  coverOf(path: VaultPath): VaultPath | undefined {
    return [...foldersAbove(path), path].find((some) => this.unreadable.has(some))
  }

  problemAt(path: VaultPath): Problem | undefined {
    return this.coverOf(path) === undefined ? this.writes : noPermission
  }

  clear(): void {
    this.writes = undefined
    this.unreadable.clear()
  }
}

export const noPermission: Problem = { code: 'unreadable', message: 'no permission' }
