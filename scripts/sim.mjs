#!/usr/bin/env node
// Runs simulated histories of devices and a relay (test/sim); see --help.
import { spawnSync } from 'node:child_process'
import { Command } from 'commander'

const values = new Command('npm run sim --')
  .description('simulated histories of devices and a relay, each from a seed')
  .option('--seeds <n>', 'how many', '300')
  .option('--from <seed>', 'the first seed', '1')
  .option('--seed <seed>', 'this one only')
  .option('--files <which>', '"notes" only, "binary" ones too, or "all" kinds', 'all')
  .option('--trace', 'tell all that happens', false)
  .parse()
  .opts()
const env = {
  ...process.env,
  UNDRIFT_SIM_FROM: values.seed ?? values.from,
  UNDRIFT_SIM_SEEDS: values.seed === undefined ? values.seeds : '1',
  UNDRIFT_SIM_FILES: values.files,
  UNDRIFT_SIM_TRACE: values.trace ? '1' : '0',
}
const run = spawnSync('npx', ['vitest', 'run', 'test/sim/sim.test.ts'], { env, stdio: 'inherit' })
process.exitCode = run.status ?? 1
