// Programs on two devices that rewrite what the other one wrote, and people who write at the same time, on virtual time.
import { expect, test } from 'vitest'
import { pathOf } from '../fakes/facts.ts'
import type { Device } from './device.ts'
import { givenTwo } from './two-devices.ts'

const note = pathOf('note.md')
const answersAfterMs = 50
const minuteMs = 60_000

/** What it makes of a text, so many ms after the beginning. */
type Program = (text: string, ms: number) => string

const dashes: Program = (text) => text.replace(/^\* /gm, '- ')
const stars: Program = (text) => text.replace(/^- /gm, '* ')
const ended: Program = (text) => `${text.trimEnd()}\n`
const unended: Program = (text) => text.trimEnd()

/** Sets the time of the last change that was not its own. */
function dates(): Program {
  let own = ''
  return (text, ms) => {
    if (text === own) return text
    own = text.replace(/at .*/, `at ${new Date(ms).toISOString()}`)
    return own
  }
}

async function givenPrograms(first: Program, second: Program, path = note) {
  const { one, two, settled, passes } = await givenTwo()
  one.folder.writeInPlace(path, 'at 12\n- milk\n- bread\n')
  await settled()
  const programs = [
    [one, first],
    [two, second],
  ] as const
  let now = 0
  /** For so long each rewrites the note on its device whenever that is not as it likes; how often they did. */
  const run = async (ms: number): Promise<number> => {
    let count = 0
    for (const end = now + ms; now < end; now += answersAfterMs) {
      for (const [{ folder }, program] of programs) {
        const text = folder.read(path) ?? ''
        const wanted = program(text, now)
        if (wanted === text) continue
        folder.writeInPlace(path, wanted)
        count++
      }
      await passes(answersAfterMs)
    }
    return count
  }
  return { one, two, settled, run }
}

const problemsOf = async ({ mirror }: Device) => (await mirror?.report())?.problems ?? []

test.each([
  ['lists of dashes and of stars', dashes, stars],
  ['a final line end and none', ended, unended],
  ['dates of the last change', dates(), dates()],
])(
  'SYNC-44 two programs that write over each other do so less and less often: %s',
  async (_, ...programs) => {
    const { one, two, settled, run } = await givenPrograms(...programs)
    await run(5 * minuteMs)
    expect(await run(10 * minuteMs)).toBeLessThan(40)
    one.folder.writeInPlace(note, `${one.folder.read(note) ?? ''}\nby a person`)
    await run(2 * minuteMs)
    expect(two.folder.read(note)).toContain('by a person')
    const { [note]: text } = await settled()
    expect(text).toContain('by a person')
    expect(await problemsOf(two)).toEqual([])
  },
)

test('SYNC-44 the same with a file that is not merged', async () => {
  const { settled, run } = await givenPrograms(dashes, stars, pathOf('list.json'))
  await run(5 * minuteMs)
  expect(await run(10 * minuteMs)).toBeLessThan(40)
  await settled()
})

test('SYNC-44 what is saved here while a file rests is sent at once; it is listed, and not in step', async () => {
  const { two, settled, run } = await givenPrograms(dashes, stars)
  while ((await problemsOf(two)).length === 0) await run(answersAfterMs)
  expect(await problemsOf(two)).toMatchObject([{ path: note, code: 'delayed' }])
  expect(two.mirror?.isSynced).toBe(false)
  two.folder.writeInPlace(note, `${two.folder.read(note) ?? ''}by a person\n`)
  await run(500)
  expect(two.hasSent(note)).toBe(true)
  expect(await problemsOf(two)).toMatchObject([{ path: note, code: 'delayed' }])
  expect((await settled())[note]).toContain('by a person')
})

test('SYNC-44 people who write one note on two devices, and save every second, wait for nothing', async () => {
  const { one, two, passes, settled } = await givenTwo()
  one.folder.writeInPlace(note, 'from one:\n\nfrom two:\n')
  await settled()
  const words: string[] = []
  for (let n = 0; n < 240; n++) {
    const { folder, name } = n % 2 === 0 ? one : two
    words.push(`${name}${String(n)}`)
    const text = folder.read(note) ?? ''
    folder.replace(note, text.replace(new RegExp(`from ${name}:.*`), `$& ${words.at(-1)}`))
    await passes(500)
    expect([await problemsOf(one), await problemsOf(two)]).toEqual([[], []])
  }
  const { [note]: text } = await settled()
  for (const word of words) expect(text).toContain(word)
})
