// Some devices of one vault, and whether they are the same.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { Device } from './device.ts'
import { Relay } from './relay.ts'
import { until } from './until.ts'

const names = ['ann', 'bob', 'cem', 'dee'] as const

export class Group implements AsyncDisposable {
  readonly relay: Relay
  readonly devices: readonly Device[]

  private constructor(relay: Relay, devices: readonly Device[]) {
    this.relay = relay
    this.devices = devices
  }

  /** A relay and `count` devices with running agents and empty folders. */
  static async start(count: number): Promise<Group> {
    const relay = await Relay.start()
    const devices: Device[] = []
    for (const name of names.slice(0, count)) {
      const link = (await devices[0]?.invite()) ?? relay.setup
      devices.push(await Device.running({ link, name }))
    }
    return new Group(relay, devices)
  }

  /** The first two. */
  get pair(): readonly [Device, Device] {
    const [a, b] = this.devices
    if (a === undefined || b === undefined) throw new Error('not two')
    return [a, b]
  }

  get trio(): readonly [Device, Device, Device] {
    const [a, b, c] = this.devices
    if (a === undefined || b === undefined || c === undefined) throw new Error('not three')
    return [a, b, c]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const device of this.devices) await device[Symbol.asyncDispose]()
    await this.relay[Symbol.asyncDispose]()
  }
}

/** Waits until every device is synced with the same state of the relay; their digests must be one then. */
export async function quiet(devices: readonly Device[], ms = 20_000): Promise<void> {
  let seen = ''
  await until(
    async () => {
      await Promise.all(devices.map((device) => device.sync(ms)))
      const all = await Promise.all(devices.map((device) => device.status()))
      const facts = all.map(({ state, relay }) => `${state} ${relay.epoch} ${relay.head}`)
      seen = JSON.stringify(all.map(({ state, relay, queue }) => ({ state, relay, queue })))
      return new Set(facts).size === 1 && facts[0]?.startsWith('synced') === true
    },
    () => `quiet: ${seen}`,
    ms,
  )
}

/** Lets `act` happen while none of the devices hears of the others. */
export async function apart(devices: readonly Device[], act: () => unknown): Promise<void> {
  await Promise.all(devices.map((device) => device.pause()))
  await act()
  await Promise.all(devices.map((device) => device.resume()))
}

/** Every file below `folder` by its path, and what is in it. Our own folder does not count. */
export function filesIn(folder: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name)
    const path = file.slice(folder.length + 1)
    if (path.startsWith('.undrift') || path.startsWith('.git/')) continue
    if (entry.isSymbolicLink()) found.set(path, `-> ${readlinkSync(file)}`)
    else if (entry.isFile()) found.set(path, readFileSync(file).toString('latin1'))
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** After they have become quiet: one digest, the same bytes in every folder, and no session that broke. */
export async function allSame(devices: readonly Device[], ms?: number): Promise<void> {
  await quiet(devices, ms)
  const [first, ...others] = devices
  if (first === undefined) return
  const expected = filesIn(first.folder)
  const { digest } = await first.status()
  for (const device of others) {
    expect(filesIn(device.folder), `${device.name} like ${first.name}`).toEqual(expected)
    expect((await device.status()).digest, `digest of ${device.name}`).toBe(digest)
  }
  for (const { log, name } of devices) expect(log, name).not.toContain('session ended')
}

/** How often `token` stands in `text`. */
export function times(text: string, token: string): number {
  return text.split(token).length - 1
}
