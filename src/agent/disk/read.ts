// Reads a whole file as it was at one moment, or not at all.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { sameStat } from '../core/facts.ts'
import type { DiskContent } from './disk.ts'
import { toFileStat } from './file-stat.ts'

/** Small files are read with sync calls: a tenth of the time, and no pause that one would notice. */
export const smallBytes = 128 * 1024

/** Never waits for the other end of a pipe, never follows a link. Absent on Windows. */
const openFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0)

/** Undefined when `file` is no regular file or changed meanwhile. Throws what `open` throws. */
export async function readWhole(file: string, size: number): Promise<DiskContent | undefined> {
  return size <= smallBytes ? readSmall(file) : await readLarge(file)
}

/** The same, at once: for a file of at most `smallBytes`. */
export function readSmall(file: string): DiskContent | undefined {
  const fd = openSync(file, openFlags)
  try {
    const before = fstatSync(fd, { bigint: true })
    if (!before.isFile()) return undefined
    const stat = toFileStat(before)
    const bytes = new Uint8Array(stat.size)
    if (readSync(fd, bytes, 0, stat.size, 0) !== stat.size) return undefined
    if (!sameStat(toFileStat(fstatSync(fd, { bigint: true })), stat)) return undefined
    return { bytes, stat }
  } finally {
    closeSync(fd)
  }
}

async function readLarge(file: string): Promise<DiskContent | undefined> {
  const handle = await open(file, openFlags)
  try {
    const before = await handle.stat({ bigint: true })
    if (!before.isFile()) return undefined
    const stat = toFileStat(before)
    const bytes = new Uint8Array(stat.size)
    if (!(await fill(handle, bytes))) return undefined
    if (!sameStat(toFileStat(await handle.stat({ bigint: true })), stat)) return undefined
    return { bytes, stat }
  } finally {
    await handle.close()
  }
}

async function fill(handle: FileHandle, bytes: Uint8Array): Promise<boolean> {
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, at)
    if (bytesRead === 0) return false
    at += bytesRead
  }
  return true
}
