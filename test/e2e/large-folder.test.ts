// Folders with thousands of files, notes and pictures, that move and go.
import { createHash } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { Device } from './support/device.ts'
import { allSame, filesIn } from './support/group.ts'
import { Relay } from './support/relay.ts'
import { until } from './support/until.ts'

const files = 3_000
const patienceMs = 60_000

function pathOf(n: number): string {
  return `Archive/${n % 7}/${n % 61}/${n}${n % 50 === 0 ? '.png' : '.md'}`
}

/** Pictures of some KB and short notes; all different, so that each is known by what is in it. */
function fill(folder: string): void {
  for (let n = 0; n < files; n++) {
    const file = join(folder, pathOf(n))
    mkdirSync(dirname(file), { recursive: true })
    const seed = createHash('sha512').update(String(n)).digest()
    writeFileSync(file, n % 50 === 0 ? Buffer.alloc(20_000, seed) : `note ${n}\n`)
  }
}

test('BLOB-21 SYNC-12 a folder of 3,000 notes and pictures is moved, edited, renamed elsewhere, and goes when that is confirmed', async () => {
  await using relay = await Relay.start()
  await using a = await Device.running({ link: relay.setup, name: 'a', fill })
  await using b = await Device.running({ link: await a.invite(), name: 'b' })
  await allSame([a, b], patienceMs)
  const before = [...filesIn(a.folder).values()].sort()
  mkdirSync(join(a.folder, 'Old'))
  renameSync(join(a.folder, 'Archive'), join(a.folder, 'Old/2024'))
  await until(() => b.has(pathOf(1).replace('Archive', 'Old/2024')), 'moved', patienceMs)
  await allSame([a, b], patienceMs)
  b.append(pathOf(1).replace('Archive', 'Old/2024'), 'edited\n')
  renameSync(join(b.folder, 'Old/2024'), join(b.folder, 'Archive 2024'))
  await allSame([a, b], patienceMs)
  expect(a.read(pathOf(1).replace('Archive', 'Archive 2024'))).toBe('note 1\nedited\n')
  const after = [...filesIn(a.folder).values()].map((text) => text.replace('edited\n', '')).sort()
  expect(after).toEqual(before)
  rmSync(join(a.folder, 'Archive 2024'), { recursive: true })
  for (const device of [a, b]) {
    await until(
      async () => (await device.status()).held?.deletes === files,
      `${device.name} holds all of it`,
      patienceMs,
    )
    expect(filesIn(b.folder).size, 'nothing is deleted unasked').toBe(files)
    await device.undrift('resume', device.folder, '--confirm')
  }
  await allSame([a, b], patienceMs)
  expect(filesIn(b.folder).size).toBe(0)
}, 180_000)
