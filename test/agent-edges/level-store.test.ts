// What only the real local store can do: lock, notice losses, survive failures.
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { noFacts } from '../../src/agent/core/facts.ts'
import { LevelLocalStore } from '../../src/agent/store/level-local-store.ts'
import { silentLogger } from '../fakes/silent-logger.ts'
import { type VaultId, deriveFileId, parseId } from '../../src/shared/ids.ts'
import { tempFolder, vaultPath } from './helpers.ts'

const vault = parseId<VaultId>('a'.repeat(26)) ?? expect.unreachable()
const id = (n: number) => deriveFileId(vault, vaultPath('a.md'), n)

function storeIn(folder: string, putDamagedAside = false): LevelLocalStore {
  const store = new LevelLocalStore({ folder, logger: silentLogger, putDamagedAside })
  onTestFinished(() => store.close())
  return store
}

async function fill(folder: string, from: number): Promise<void> {
  const store = storeIn(folder)
  await store.open()
  for (let n = from; n < from + 50; n++) {
    await store.commit([
      { type: 'facts', facts: { ...noFacts(id(n % 7)), head: n } },
      { type: 'append', doc: id(0), at: n, update: new Uint8Array(1000).fill(n) },
    ])
  }
  await store.close()
}

const levelFiles = (folder: string, pattern: RegExp) =>
  readdirSync(join(folder, 'level'))
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, 'level', name))

describe('LevelLocalStore', () => {
  test('STORE-9 HC-142 a second agent is told that the store is locked', async () => {
    const folder = join(tempFolder(), 'store')
    await storeIn(folder).open()
    await expect(storeIn(folder).open()).rejects.toMatchObject({ code: 'locked' })
  })

  const damages: [string, (folder: string) => void][] = [
    ['the log is gone', (folder) => levelFiles(folder, /\.log$/).forEach((file) => rmSync(file))],
    [
      'CURRENT is gone',
      (folder) => levelFiles(folder, /^CURRENT$/).forEach((file) => rmSync(file)),
    ],
    ['CURRENT is empty', (folder) => writeFileSync(join(folder, 'level/CURRENT'), '')],
    ['all of it is gone', (folder) => rmSync(join(folder, 'level'), { recursive: true })],
    [
      'a stretch of the log is zeroed',
      (folder) => {
        for (const file of levelFiles(folder, /\.log$/)) {
          const bytes = readFileSync(file)
          writeFileSync(file, bytes.fill(0, bytes.length >> 1, (bytes.length >> 1) + 64))
        }
      },
    ],
    [
      'the end of the log is cut off',
      (folder) => {
        for (const file of levelFiles(folder, /\.log$/)) {
          const bytes = readFileSync(file)
          writeFileSync(file, bytes.subarray(0, bytes.length >> 1))
        }
      },
    ],
  ]
  test.each(damages)('STORE-8 HC-137 damage is noticed and put aside: %s', async (_, damage) => {
    const folder = join(tempFolder(), 'store')
    // Twice: what the first run wrote is in tables, what the second wrote in the log.
    await fill(folder, 1)
    await fill(folder, 51)
    damage(folder)
    await expect(storeIn(folder).open()).rejects.toMatchObject({ code: 'storage' })
    const fresh = await storeIn(folder, true).open()
    expect(fresh.files).toEqual([])
    expect(existsSync(`${folder}.damaged-1`)).toBe(true)
  })

  test('STORE-8 HC-131 opens again after a clean close, after none, and after compactions', async () => {
    const folder = join(tempFolder(), 'store')
    await fill(folder, 1)
    const store = storeIn(folder)
    expect((await store.open()).files).toHaveLength(7)
    await store.commit([{ type: 'compact', doc: id(0), upTo: 49, update: new Uint8Array(1) }])
    await store.close()
    const again = storeIn(folder)
    await again.open()
    expect(await again.readLog(id(0))).toHaveLength(2)
  })

  test('STORE-8 a write that failed is no damage: closed and opened, the store has what it had', async () => {
    const folder = join(tempFolder(), 'store')
    await fill(folder, 1)
    const store = storeIn(folder, true)
    await store.open()
    vi.spyOn(ClassicLevel.prototype, 'batch').mockImplementationOnce(() => {
      throw new Error('EIO')
    })
    const failing = store.commit([{ type: 'cursor', epoch: 'e', cursor: 1 }])
    await expect(failing).rejects.toMatchObject({ code: 'storage' })
    vi.restoreAllMocks()
    const next = store.commit([{ type: 'cursor', epoch: 'e', cursor: 2 }])
    await expect(next).rejects.toMatchObject({ code: 'storage' })
    await store.close()
    expect((await store.open()).files).toHaveLength(7)
    await store.commit([{ type: 'cursor', epoch: 'e', cursor: 2 }])
    await store.close()
    expect((await store.open()).cursor).toBe(2)
  })
})
