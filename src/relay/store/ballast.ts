// A file of nothing that is given up when the disk is full: LevelDB cannot even be opened again without
// some room (measured.md M7).
import { open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

const chunkBytes = 1024 * 1024

function ballastFile(folder: string): string {
  return join(folder, 'ballast')
}

/** Lays the ballast unless it is there already. Zeros are written out: a sparse file holds no room. */
export async function layBallast(folder: string, bytes: number): Promise<void> {
  const present = await stat(ballastFile(folder)).catch(() => undefined)
  if (present?.size === bytes) return
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
