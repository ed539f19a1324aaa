// Makes a folder and those above it. Node's own `recursive` never returns where the file system says
// ENOENT for a parent that exists (seen with /proc, Node 20).
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Returns the topmost folder that had to be made; undefined when all were there. Throws the system's error,
 * EEXIST where something else has the name. Only the owner may look into a folder made here, or else `mode`.
 */
export function makeFolder(path: string, mode = 0o700): string | undefined {
  try {
    return makeOne(path, mode)
  } catch (thrown) {
    const parent = dirname(path)
    if (codeOf(thrown) !== 'ENOENT' || parent === path) throw thrown
    const topmost = makeFolder(parent, mode)
    const made = makeOne(path, mode)
    return topmost ?? made
  }
}

function makeOne(path: string, mode: number): string | undefined {
  try {
    mkdirSync(path, { mode })
    return path
  } catch (thrown) {
    if (codeOf(thrown) !== 'EEXIST' || !statSync(path).isDirectory()) throw thrown
    return undefined
  }
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
}
