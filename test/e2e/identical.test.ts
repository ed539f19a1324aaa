// What a vault is on three devices after the first sync: the same bytes, rights and times.
import { chmodSync, cpSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { SeededRandom } from '../fakes/seeded-random.ts'
import { sharedData } from './support/data.ts'
import { Device } from './support/device.ts'
import { filesIn, quiet } from './support/group.ts'
import { Relay } from './support/relay.ts'

type Facts = { readonly mode: number; readonly mtimeUs: bigint; readonly content: string }

/** What every file below `folder` is. */
function factsOf(folder: string): Map<string, Facts> {
  return new Map(
    [...filesIn(folder)].map(([path, content]) => {
      const { mode, mtimeNs } = statSync(join(folder, path), { bigint: true })
      return [path, { mode: Number(mode & 0o7777n), mtimeUs: mtimeNs / 1000n, content }]
    }),
  )
}

async function expectIdentical(fill: (folder: string) => void): Promise<void> {
  await using relay = await Relay.start()
  await using a = await Device.running({ link: relay.setup, name: 'a', fill })
  await using b = await Device.join({ link: await a.invite('--uses', '2'), name: 'b' })
  await using c = await Device.join({ link: await a.invite(), name: 'c' })
  const before = factsOf(a.folder)
  await Promise.all([b.start(), c.start()])
  await quiet([a, b, c], 50_000)
  expect(factsOf(a.folder)).toEqual(before)
  for (const device of [b, c]) expect(factsOf(device.folder), device.name).toEqual(before)
}

test('KIND-15 KIND-18 HC-121 a vault of many kinds is identical on three devices', () =>
  expectIdentical((folder) => {
    const random = new SeededRandom(121)
    for (let n = 0; n < 200; n++) {
      const file = join(folder, `${n % 7}`, `${n % 3}`, `${n}.${n % 5 === 0 ? 'png' : 'md'}`)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, n % 5 === 0 ? random.bytes(n * 1000) : `# ${n}\n`.repeat(n))
      chmodSync(file, [0o644, 0o755, 0o444, 0o555][n % 4] ?? 0o644)
      const seconds = 1_000_000_000 + random.below(900_000_000) + random.below(1_000_000) / 1e6
      utimesSync(file, seconds, seconds)
    }
  }))

const vault = sharedData('kepano-vault')

test.skipIf(vault === undefined)(
  'KIND-18 HC-121 a vault that somebody really uses is identical on three devices',
  ({ skip }) => {
    if (vault === undefined) return skip('../shared/data/kepano-vault is not here')
    return expectIdentical((folder) =>
      cpSync(vault, folder, { recursive: true, preserveTimestamps: true }),
    )
  },
)
