// A second name for a file, where there can be one.
import { linkSync } from 'node:fs'
import { lstatOf } from './file-stat.ts'
import { hasCode } from './problems.ts'

/** What `link` says where a disk has no hard links, or a file has too many. */
const noHardLinks = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV'] as const

/** Elsewhere than on Linux `link` may follow a symbolic link, and give the name to what that points to. */
const followsLinks = process.platform !== 'linux'

/** False where `file` can have no second name. Throws what else `link` throws, EEXIST too. */
export function hardLink(file: string, name: string): boolean {
  if (followsLinks && lstatOf(file)?.isSymbolicLink() === true) return false
  try {
    linkSync(file, name)
    return true
  } catch (thrown) {
    if (hasCode(thrown, ...noHardLinks)) return false
    throw thrown
  }
}
