// Many notes that differ, met for the first time, on virtual time.
import { expect, test } from 'vitest'
import { type VaultId, randomId } from '../../src/shared/ids.ts'
import { pathOf } from '../fakes/facts.ts'
import { Process, Scheduler } from '../fakes/scheduler.ts'
import { SeededRandom } from '../fakes/seeded-random.ts'
import { silentLogger } from '../fakes/silent-logger.ts'
import { Device } from './device.ts'
import { Cable } from './network.ts'
import { SimRelay } from './relay.ts'

test('SYNC-24 HC-75 a device joins with 200 notes that all differ from the vault: every line of both is kept', async () => {
  const random = new SeededRandom(1)
  const scheduler = new Scheduler(random)
  const vault = randomId<VaultId>(random)
  const relay = new SimRelay(vault, scheduler, random, silentLogger)
  const newDevice = (name: string): Device => {
    const cable = new Cable(scheduler, random, (...ends) => relay.accept(device.id, ...ends))
    const wire = () => new Process('wire')
    const [log, onLost] = [silentLogger, expect.unreachable]
    const device: Device = new Device({
      ...{ name, vault, scheduler, random, cable, wire, log, onLost },
      blobs: relay.blobs,
    })
    return device
  }
  const [one, two] = [newDevice('one'), newDevice('two')]
  const started = relay.start()
  await scheduler.run(scheduler.now() + 1_000)
  await started
  const paths = Array.from({ length: 200 }, (_, n) => pathOf(`${n}.md`))
  for (const device of [one, two]) {
    for (const path of paths) device.folder.writeInPlace(path, `${path} of ${device.name}\n`)
    device.start()
    await scheduler.run(scheduler.now() + 120_000)
    expect(device.mirror?.isSynced).toBe(true)
  }
  for (const path of paths) {
    const text = two.folder.read(path) ?? ''
    expect(text.split('\n').sort()).toEqual(['', `${path} of one`, `${path} of two`])
    expect(one.folder.read(path)).toBe(text)
  }
})
