// Makes a folder and those above it. Node's own `recursive` never returns where the file system says
// ENOENT for a parent that exists (seen with /proc, Node 20).
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Only the owner may look into a folder made here. Rejects with the system's error. */
export async function makeFolder(path: string): Promise<void> {
  const parent = dirname(path)
  try {
    await mkdirOnce(path)
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT' || parent === path) throw thrown
    await makeFolder(parent)
    await mkdirOnce(path)
  }
}

async function mkdirOnce(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((thrown: unknown) => {
    if (codeOf(thrown) !== 'EEXIST') throw thrown
  })
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
}
