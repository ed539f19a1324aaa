// Rights and times of files on disk, as far as the disk can hold them.
import { type BigIntStats, chmodSync, fchmodSync, fchownSync, futimesSync } from 'node:fs'
import { type Attributes, ownerMode, withOwnerMode } from '../core/attributes.ts'
import { hasCode } from './problems.ts'

/** What a new file gets: the owner and rights of the one that it replaces, but for `attributes`. */
export type NewFileAttributes = {
  readonly like: BigIntStats | undefined
  readonly attributes: Attributes | undefined
}

export function isProtected({ mode }: BigIntStats): boolean {
  return (mode & 0o200n) === 0n
}

/** Gives `attributes` to a file of ours before it has its name; a new one has the permission bits `fresh`. */
export function applyAttributes(
  fd: number,
  { like, attributes }: NewFileAttributes,
  fresh: number,
): void {
  if (like !== undefined && process.geteuid?.() === 0)
    fchownSync(fd, Number(like.uid), Number(like.gid))
  const before = like === undefined ? fresh : Number(like.mode)
  const mode = attributes?.mode ?? ownerMode(before)
  if (like !== undefined || mode !== ownerMode(before)) changeMode(fd, before, mode, fresh)
  if (attributes !== undefined && attributes.mtime > 0) changeTime(fd, attributes.mtime)
}

/** Gives the owner of an open file with permission bits `before` the rights `mode`. */
export function changeMode(fd: number, before: number, mode: number, fresh: number): void {
  tryTo(() => fchmodSync(fd, withOwnerMode(before, mode, fresh)))
}

/** Gives a file of ours these permission bits. */
export function setMode(file: string, mode: number): void {
  tryTo(() => chmodSync(file, mode))
}

/** `mtime` in microseconds. Half a one more, since what Node makes of seconds is cut off. */
export function changeTime(fd: number, mtime: number): void {
  const seconds = (mtime + 0.5) / 1_000_000
  tryTo(() => futimesSync(fd, seconds, seconds))
}

/** What disks say that have no rights like these, or whose file is somebody else's. */
function tryTo(change: () => void): void {
  try {
    change()
  } catch (thrown) {
    if (!hasCode(thrown, 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'))
      throw thrown
  }
}
