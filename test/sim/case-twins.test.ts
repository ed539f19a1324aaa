// Notes whose names differ only in case, made one after the other on one device, on virtual time.
import { expect, test } from 'vitest'
import type { Logger } from '../../src/shared/ports.ts'
import { pathOf } from '../fakes/facts.ts'
import { silentLogger } from '../fakes/silent-logger.ts'
import type { Device } from './device.ts'
import { givenSmallWorld } from './small-world.ts'

/** What two devices have after one of them made the notes, `gapMs` apart, and what they did for it. */
async function make(names: readonly string[], gapMs: number) {
  const acts = new Set<unknown>()
  const { passes, newDevice } = await givenSmallWorld(gapMs)
  const debug: Logger['debug'] = (_event, fields) => acts.add(fields?.['act'])
  const log = { ...silentLogger, debug }
  const [one, two] = [newDevice('one', log), newDevice('two', log)]
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
