// The first sync of a vault that somebody really uses.
import { cpSync } from 'node:fs'
import { extname } from 'node:path'
import { expect, test } from 'vitest'
import { sharedData } from './support/data.ts'
import { Device } from './support/device.ts'
import { allSame, filesIn, quiet } from './support/group.ts'
import { Relay } from './support/relay.ts'

const vault = sharedData('kepano-vault')

test.skipIf(vault === undefined)(
  'a real vault reaches two devices, byte for byte; what is not text yet is listed and left alone',
  async ({ skip }) => {
    if (vault === undefined) return skip('../shared/data/kepano-vault is not here')
    await using relay = await Relay.start()
    const fill = (folder: string): void => cpSync(vault, folder, { recursive: true })
    await using a = await Device.running({ link: relay.setup, name: 'a', fill })
    await using b = await Device.join({ link: await a.invite('--uses', '2'), name: 'b' })
    await using c = await Device.join({ link: await a.invite(), name: 'c' })
    await Promise.all([b.start(), c.start()])
    const before = filesIn(vault)
    const notes = new Map([...before].filter(([path]) => extname(path) === '.md'))
    expect(notes.size).toBeGreaterThan(100)
    await quiet([a, b, c])
    expect(filesIn(b.folder)).toEqual(notes)
    expect(filesIn(a.folder)).toEqual(before)
    const { problems, files, state } = await a.status()
    const left = [...before.keys()].filter(
      (path) => !notes.has(path) && !path.includes('/plugins/'),
    )
    expect(problems.map(({ path, code }) => [path, code])).toEqual(
      left.sort().map((path) => [path, 'unsupported']),
    )
    expect({ state, text: files.text }).toEqual({ state: 'synced', text: notes.size })
    await allSame([b, c])
  },
)
