// A file of nothing that is given up when the disk is full: LevelDB cannot even be opened again without
// some room (measured.md M7).
import { open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What writes leave free on the disk, in bytes, since a full one could not even be opened again. */
export const reserveBytes = 64 * 1024 * 1024
const chunkBytes = 1024 * 1024

function ballastFile(folder: string): string {
  return join(folder, 'ballast')
}

/**
 * How many bytes of ballast a disk with so many free ones bears, at most `mostBytes`. A small disk gets less:
 * most of what is free above the reserve is for notes.
 */
export function ballastFor(freeBytes: number, mostBytes: number): number {
  const chunks = Math.max(0, Math.floor((freeBytes - reserveBytes) / 4 / chunkBytes))
  return Math.min(mostBytes, chunks * chunkBytes)
}

/** Lays the ballast unless as much is there already. Zeros are written out: a sparse file holds no room. */
export async function layBallast(folder: string, bytes: number): Promise<void> {
  const present = await stat(ballastFile(folder)).catch(() => undefined)
  if ((present?.size ?? 0) >= bytes) return
  const file = await open(ballastFile(folder), 'w', 0o600)
  try {
    const chunk = new Uint8Array(chunkBytes)
    for (let at = 0; at < bytes; at += chunkBytes) await file.write(chunk)
  } finally {
    await file.close()
  }
}

export async function dropBallast(folder: string): Promise<void> {
  await rm(ballastFile(folder), { force: true })
}
