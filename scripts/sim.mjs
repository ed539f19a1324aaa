#!/usr/bin/env node
// Runs simulated histories: `--seeds N` of them from `--from S` on, or one `--seed S`, with `--trace` told in full.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '300' },
    from: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
  },
})
const env = {
  ...process.env,
  UNDRIFT_SIM_FROM: values.seed ?? values.from,
  UNDRIFT_SIM_SEEDS: values.seed === undefined ? values.seeds : '1',
  UNDRIFT_SIM_TRACE: values.trace ? '1' : '0',
}
const run = spawnSync('npx', ['vitest', 'run', 'test/sim/sim.test.ts'], { env, stdio: 'inherit' })
process.exitCode = run.status ?? 1
