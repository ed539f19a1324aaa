// A large file on its way while everything is killed, again and again.
import { readFileSync, statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SeededRandom } from '../fakes/seeded-random.ts'
import { BlobRequests } from '../e2e/support/blob-requests.ts'
import { Device } from '../e2e/support/device.ts'
import { allSame } from '../e2e/support/group.ts'
import { Proxy } from '../e2e/support/proxy.ts'
import { Relay } from '../e2e/support/relay.ts'
import { pause, until } from '../e2e/support/until.ts'

const seed = 5
const kills = 20
const size = 40 * 1024 * 1024

test('BLOB-13 BLOB-21 HC-132 devices, relay and connections killed twenty times: the file is whole, nothing taken goes twice', async () => {
  const random = new SeededRandom(seed)
  const bytes = random.bytes(size)
  await using relay = await Relay.start()
  await using proxy = await Proxy.start(relay.port)
  const requests = new BlobRequests()
  proxy.onBytes = requests.see
  await using a = await Device.running({ link: proxy.through(relay.setup), name: 'a' })
  const link = proxy.through(await a.invite())
  await using b = await Device.running({ link, name: 'b' })
  await allSame([a, b])
  proxy.become({ type: 'slow', bytesPerSecond: 4_000_000 })
  a.replace('large.bin', bytes)
  const restart = async (device: Device): Promise<void> => {
    await device.kill9()
    device.begin()
  }
  const acts = [
    () => restart(a),
    () => restart(b),
    () => {
      proxy.cutNow()
      return Promise.resolve()
    },
    async () => {
      await relay.kill9()
      await relay.start()
    },
  ]
  for (let kill = 0; kill < kills; kill++) {
    await pause(random.below(600))
    await acts[random.below(acts.length)]?.()
  }
  proxy.become({ type: 'open' })
  await until(
    () => statSync(b.file('large.bin'), { throwIfNoEntry: false })?.size === size,
    () => `it is there\n${a.log.slice(-1500)}\n${b.log.slice(-1500)}`,
    60_000,
  )
  expect(readFileSync(b.file('large.bin')).equals(bytes)).toBe(true)
  expect(requests.count).toBeGreaterThan(10)
  expect(requests.twice).toEqual([])
  await allSame([a, b])
}, 240_000)
