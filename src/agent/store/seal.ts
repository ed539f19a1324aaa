// `seal.json` beside LevelDB: how far the store had come when it was last opened or closed. LevelDB opens
// without a word when its newest log or its table of contents is gone (M6); this file is what remembers.
import { join } from 'node:path'
import * as v from 'valibot'
import { readJsonFile, writeJsonFile } from '../disk/json-file.ts'

const sealSchema = v.object({ schema: v.literal(1), generation: v.number() })

/** Undefined when the store was never opened, or the seal cannot be read. */
export function readSeal(folder: string): number | undefined {
  try {
    const parsed = v.safeParse(sealSchema, readJsonFile(join(folder, 'seal.json')))
    return parsed.success ? parsed.output.generation : undefined
  } catch {
    return undefined
  }
}

export function writeSeal(folder: string, generation: number): void {
  writeJsonFile(join(folder, 'seal.json'), { schema: 1, generation })
}
