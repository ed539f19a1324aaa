// Simulated histories by seed: UNDRIFT_SIM_FROM and UNDRIFT_SIM_SEEDS choose which.
import { expect, test } from 'vitest'
import { World } from './world.ts'

const from = Number(process.env['UNDRIFT_SIM_FROM'] ?? 1)
const count = Number(process.env['UNDRIFT_SIM_SEEDS'] ?? 30)
const isTraced = process.env['UNDRIFT_SIM_TRACE'] === '1'

test('SIM-1 every simulated history ends with equal folders and every word once', async () => {
  const failures: string[] = []
  for (let seed = from; seed < from + count; seed++) {
    const world = new World(
      seed,
      isTraced ? (line) => process.stderr.write(`${line}\n`) : undefined,
    )
    const faults = await world.run().then(
      (result) => result.faults,
      (thrown: unknown) => [String(thrown)],
    )
    failures.push(...faults.map((fault) => `npm run sim -- --seed ${seed} replays: ${fault}`))
  }
  expect(failures).toEqual([])
}, 3_600_000)
