// Two devices of one vault, for histories that a test tells by itself.
import { expect } from 'vitest'
import type { Device } from './device.ts'
import { givenSmallWorld } from './small-world.ts'

/** Two devices with nothing, in step. */
export async function givenTwo(seed = 1) {
  const { passes, newDevice } = await givenSmallWorld(seed)
  const [one, two] = [newDevice('one'), newDevice('two')]
  for (const device of [one, two]) device.start()
  const settled = async (): Promise<Record<string, string>> => {
    for (const device of [one, two]) device.sweep()
    await passes(60_000)
    expect([one, two].map(({ mirror }) => mirror?.isSynced)).toEqual([true, true])
    expect(filesOf(two)).toEqual(filesOf(one))
    return filesOf(one)
  }
  const apart = (device: Device): void => {
    device.cable.isPlugged = false
    device.cable.cut()
  }
  const together = (device: Device): void => {
    device.cable.isPlugged = true
  }
  await settled()
  return { one, two, settled, passes, apart, together }
}

export function filesOf({ folder }: Device): Record<string, string> {
  return Object.fromEntries(
    [...folder.files].sort().map(([path, inode]) => [path, latin(inode.bytes)]),
  )
}

export function latin(content: Uint8Array): string {
  return Buffer.from(content).toString('latin1')
}

export const trashOf = (device: Device): string[] => device.trash().map(latin)
