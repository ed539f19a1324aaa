// Notes whose names differ only in case, made one after the other on one device, on virtual time.
import { expect, test } from 'vitest'
import { type VaultId, randomId } from '../../src/shared/ids.ts'
import type { Logger } from '../../src/shared/ports.ts'
import { pathOf } from '../fakes/facts.ts'
import { Process, Scheduler } from '../fakes/scheduler.ts'
import { SeededRandom } from '../fakes/seeded-random.ts'
import { silentLogger } from '../fakes/silent-logger.ts'
import { Device } from './device.ts'
import { Cable } from './network.ts'
import { SimRelay } from './relay.ts'

/** What two devices have after one of them made the notes, `gapMs` apart, and what they did for it. */
async function make(names: readonly string[], gapMs: number) {
  const acts = new Set<unknown>()
  const random = new SeededRandom(gapMs)
  const scheduler = new Scheduler(random)
  const passes = (ms: number) => scheduler.run(scheduler.now() + ms)
  const vault = randomId<VaultId>(random)
  const relay = new SimRelay(vault, scheduler, random, silentLogger)
  const started = relay.start()
  await passes(1_000)
  await started
  const newDevice = (name: string): Device => {
    const cable = new Cable(scheduler, random, (...ends) => relay.accept(device.id, ...ends))
    const wire = () => new Process('wire')
    const debug: Logger['debug'] = (_event, fields) => acts.add(fields?.['act'])
    const [log, onLost] = [{ ...silentLogger, debug }, () => undefined]
    const device: Device = new Device({
      ...{ name, vault, scheduler, random, cable, wire, log, onLost },
      blobs: relay.blobs,
    })
    return device
  }
  const [one, two] = [newDevice('one'), newDevice('two')]
  for (const device of [one, two]) device.start()
  await passes(10_000)
  for (const name of names) {
    one.folder.writeInPlace(pathOf(name), `by ${name}\n`)
    await passes(gapMs)
  }
  for (const device of [one, two]) {
    device.sweep()
    await passes(30_000)
  }
  const textsOf = ({ folder }: Device): string[] =>
    [...folder.files.keys()].map((path) => folder.read(path) ?? '').sort()
  return { one: textsOf(one), two: textsOf(two), acts }
}

test.each(Array.from({ length: 40 }, (_, n) => n * 3))(
  'PATH-5 HC-79 names that differ only in case, made here %s ms apart: every one is a file of its own',
  async (gapMs) => {
    const names = ['Note.md', 'note.md', 'NOTE.md']
    const texts = names.map((name) => `by ${name}\n`).sort()
    const { one, two, acts } = await make(names, gapMs)
    expect([one, two]).toEqual([texts, texts])
    expect(acts, 'none was taken for an edit of another').not.toContain('ingest')
  },
)
