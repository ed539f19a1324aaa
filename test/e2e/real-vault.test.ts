// The first sync of a vault that somebody really uses.
import { cpSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sharedData } from './support/data.ts'
import { Device } from './support/device.ts'
import { allSame, filesIn } from './support/group.ts'
import { Relay } from './support/relay.ts'

const vault = sharedData('kepano-vault')

test.skipIf(vault === undefined)(
  'BLOB-21 a real vault reaches two devices, byte for byte',
  async ({ skip }) => {
    if (vault === undefined) return skip('../shared/data/kepano-vault is not here')
    await using relay = await Relay.start()
    const fill = (folder: string): void => cpSync(vault, folder, { recursive: true })
    await using a = await Device.running({ link: relay.setup, name: 'a', fill })
    await using b = await Device.join({ link: await a.invite('--uses', '2'), name: 'b' })
    await using c = await Device.join({ link: await a.invite(), name: 'c' })
    await Promise.all([b.start(), c.start()])
    const before = filesIn(vault)
    expect(before.size).toBeGreaterThan(130)
    await allSame([a, b, c])
    expect(filesIn(b.folder)).toEqual(before)
    expect(await a.status()).toMatchObject({ state: 'synced', problems: [] })
  },
)
