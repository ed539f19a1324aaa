// A relay and what makes devices of its vault, for histories that a test tells by itself.
import { type VaultId, randomId } from '../../src/shared/ids.ts'
import type { Logger } from '../../src/shared/ports.ts'
import { Process, Scheduler } from '../fakes/scheduler.ts'
import { SeededRandom } from '../fakes/seeded-random.ts'
import { silentLogger } from '../fakes/silent-logger.ts'
import { Device } from './device.ts'
import { Cable } from './network.ts'
import { SimRelay } from './relay.ts'

export type SmallWorld = {
  readonly random: SeededRandom
  /** Lets so much time pass, in ms, or less: until `isDone`, which is asked before every step. */
  readonly passes: (ms: number, isDone?: () => boolean) => Promise<void>
  /** With an empty folder; not started. */
  readonly newDevice: (name: string, log?: Logger) => Device
}

/** The relay runs. */
export async function givenSmallWorld(seed: number): Promise<SmallWorld> {
  const random = new SeededRandom(seed)
  const scheduler = new Scheduler(random)
  const passes: SmallWorld['passes'] = (ms, isDone) => scheduler.run(scheduler.now() + ms, isDone)
  const vault = randomId<VaultId>(random)
  const relay = new SimRelay(vault, scheduler, random, silentLogger)
  const started = relay.start()
  await passes(1_000)
  await started
  const newDevice = (name: string, log: Logger = silentLogger): Device => {
    const cable = new Cable(scheduler, random, (...ends) => relay.accept(device.id, ...ends))
    const wire = () => new Process('wire')
    const [onLost, blobs] = [() => undefined, relay.blobs]
    const device: Device = new Device({
      ...{ name, vault, scheduler, random, cable, wire, log, onLost, blobs },
    })
    return device
  }
  return { random, passes, newDevice }
}
