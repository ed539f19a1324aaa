// A LevelDocStore in a folder of its own.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LevelDatabase } from '../../../src/relay/store/level-database.ts'
import { LevelDocStore } from '../../../src/relay/store/level-doc-store.ts'

export function tempFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'undrift-relay-'))
}

export async function openLevelStore(
  folder: string,
  freeBytes: () => Promise<number> = () => Promise.resolve(2 ** 40),
): Promise<LevelDocStore> {
  const database = new LevelDatabase(folder, freeBytes)
  await database.open()
  const newEpoch = (): string => `epoch-${performance.now()}`
  const store = new LevelDocStore({ database, newEpoch })
  await store.start()
  return store
}
