// What a join is said to do before it does it.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { buildAgent } from '../../src/agent/cli/build-agent.ts'
import { readHome } from '../../src/agent/config.ts'
import { silentLogger } from '../fakes/silent-logger.ts'
import { SeededRandom } from '../fakes/seeded-random.ts'
import { Device } from './support/device.ts'
import { filesIn, quiet } from './support/group.ts'
import { Relay } from './support/relay.ts'

const picture = new SeededRandom(1).bytes(3_000)
const film = new SeededRandom(2).bytes(5_000_000)
const other = new SeededRandom(3).bytes(700)

function fillWith(files: Record<string, string | Uint8Array>): (folder: string) => void {
  return (folder) => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), content)
    }
  }
}

test('CLI-29 the preview of a join counts notes and binary files by what is in them', async () => {
  await using relay = await Relay.start()
  const inVault = {
    'same.md': 'same\n',
    'both.md': 'ann\n',
    'there.md': 'there\n',
    'same.bin': film,
    'differs.png': picture,
    'there.png': picture,
    'private/secret.md': 'published before the rule',
  }
  await using a = await Device.running({ link: relay.setup, name: 'a', fill: fillWith(inVault) })
  await quiet([a])
  a.write('.undriftignore', 'private/\n')
  await quiet([a])
  const here = {
    'same.md': 'same\n',
    'both.md': 'bob\n',
    'here.md': 'here\n',
    'same.bin': film,
    'differs.png': other,
    'here.jpg': other,
    'private/diary.md': 'for nobody',
    '.DS_Store': 'litter',
  }
  const fill = fillWith(here)
  await using b = await Device.join({ link: await a.invite(), name: 'b', fill })
  const before = filesIn(b.folder)
  const { agent } = buildAgent(readHome({ UNDRIFT_HOME: b.home }), b.joined(), silentLogger)
  expect(await agent.preview()).toEqual({
    identical: 2,
    merged: 1,
    replaced: 1,
    newHere: 2,
    // `.undriftignore` is one of them.
    newThere: 3,
    unsupported: 0,
    bytesToSend: 700 + 700 + 5,
    bytesToReceive: 3_000 + 3_000 + 6 + 9,
  })
  expect(filesIn(b.folder)).toEqual(before)
})

/** Links by where they are, and what they say. */
function linkWith(links: Record<string, string>): (folder: string) => void {
  return (folder) => {
    for (const [path, target] of Object.entries(links)) symlinkSync(target, join(folder, path))
  }
}

test('CLI-38 links are counted by what they say; only those that are not synced stay as they are', async () => {
  await using relay = await Relay.start()
  const fill = linkWith({ same: 'a.md', differs: 'a.md', there: 'a.md', 'a file here': 'a.md' })
  await using a = await Device.running({ link: relay.setup, name: 'a', fill })
  await quiet([a])
  const fillHere = (folder: string): void => {
    linkWith({ same: 'a.md', differs: 'b.md', here: 'a.md', outside: '../x' })(folder)
    writeFileSync(join(folder, 'a file here'), 'a.md')
  }
  await using b = await Device.join({ link: await a.invite(), name: 'b', fill: fillHere })
  const { agent } = buildAgent(readHome({ UNDRIFT_HOME: b.home }), b.joined(), silentLogger)
  expect(await agent.preview()).toMatchObject({
    ...{ identical: 1, merged: 0, replaced: 2, newHere: 1, newThere: 1, unsupported: 1 },
  })
})
