// Some of the disk stays free of files that come in: notes, and all else on this computer, need room too.
import { statfs } from 'node:fs/promises'
import { AppError } from '../../shared/errors.ts'
import { errorCode } from './problems.ts'

/** Bytes; of a small disk less. */
const reserveBytes = 64 * 1024 * 1024
const reserveShare = 1 / 20

/** Throws `storage-full` where the disk of `file` has not `bytes` more and some to spare. */
export async function checkRoom(file: string, bytes: number): Promise<void> {
  const room = await roomBeside(file)
  if (room === undefined || bytes <= 0 || bytes <= room.free - room.reserve) return
  const [needed, spare, free] = [bytes, room.reserve, room.free].map(megabytes)
  const message = `the disk is full: ${needed} more are needed and ${spare} to spare, ${free} are free`
  throw new AppError('storage-full', message)
}

/** Undefined where the disk does not tell: then it says itself when it is full. */
async function roomBeside(file: string): Promise<{ free: number; reserve: number } | undefined> {
  try {
    const { bavail, blocks, bsize } = await statfs(file)
    if (blocks === 0) return undefined
    return { free: bavail * bsize, reserve: Math.min(reserveBytes, blocks * bsize * reserveShare) }
  } catch (thrown) {
    if (errorCode(thrown) === undefined) throw thrown
    return undefined
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
