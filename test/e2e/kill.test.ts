// Agents and relay killed at random moments while people write. Every line must be there, once.
import { expect, test } from 'vitest'
import { SeededRandom } from '../fakes/seeded-random.ts'
import { Group, allSame, filesIn, times } from './support/group.ts'
import { pause } from './support/until.ts'

const rounds = 12
const notes = ['log.md', 'plan.md', 'deep/er/list.md', 'week.md']

test.each([1, 2])(
  'HC-126 HC-127 HC-128 HC-131 kill -9 at random moments: nothing lost, nothing twice (seed %i)',
  async (seed) => {
    const random = new SeededRandom(seed)
    await using group = await Group.start(2)
    const { relay, devices } = group
    const [a] = group.pair
    for (const note of notes) a.write(note, `# ${note}\n\nfirst\n\nlast\n`)
    await allSame(devices)
    const tokens: string[] = []
    for (let round = 0; round < rounds; round++) {
      const victim = random.pick([...devices, relay])
      const edits = random.below(6) + 1
      const killAt = random.below(edits)
      for (let n = 0; n < edits; n++) {
        const token = `<${seed}-${round}-${n}>`
        tokens.push(token)
        random.pick(devices).edit(random.pick(notes), (text) => insertLine(text, token, random))
        await pause(random.below(25))
        if (n === killAt) await victim.kill9()
      }
      await victim.start()
    }
    await allSame(devices)
    const all = [...filesIn(a.folder).values()].join('')
    expect(tokens.filter((token) => times(all, token) !== 1)).toEqual([])
  },
)

/** A line at a random place, as a person adds one. */
function insertLine(text: string, line: string, random: SeededRandom): string {
  const lines = text.split('\n')
  return lines.toSpliced(random.below(lines.length), 0, line).join('\n')
}
