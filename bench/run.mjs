// Measures undrift beside its peers in one run; see --help. Writes bench/results/<time>.json and .md, prints the table.
// Needs a build, and root for a network of its own (else bytes on the wire count other traffic). The peers come from the shared harness at
// ../shared/bench; without it undrift is measured alone.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Command } from 'commander'
import { fanOut, startFloor, startRelay } from './lib/fan-out.mjs'
import { privateNetwork } from './lib/measure.mjs'
import { table } from './lib/table.mjs'
import { big, large, rename, small } from './lib/workloads.mjs'
import Undrift from './undrift-adapter.mjs'

const script = fileURLToPath(import.meta.url)
const here = path.dirname(script)
const peersFolder = path.join(here, '../../shared/bench/adapters')
const flags = new Command('npm run bench --')
  .description('undrift beside its peers, in one run')
  .option('--quick', 'small sizes, once', false)
  .option('--runs <n>', 'how often', '3')
  .option('--only <workloads>', 'which workloads', 'small,rename,large,big,relay')
  .option('--systems <names>', 'which systems', 'undrift,cp,rsync,syncthing')
  .option('--build <dir...>', 'other builds of undrift to measure as well (their dist folders)', [])
  .option('--large <n>', 'how many notes the large folder has')
  .option('--profile <dir>', 'put CPU profiles of undrift there')
  .parse()
  .opts()
const isPrivate = privateNetwork(script)
const sizes = flags.quick
  ? {
      small: 200,
      large: 1000,
      edits: 20,
      bigMegabytes: 50,
      idleSeconds: 5,
      connections: 50,
      seconds: 3,
    }
  : {
      small: 1000,
      large: 10_000,
      edits: 100,
      bigMegabytes: 500,
      idleSeconds: 20,
      connections: 200,
      seconds: 10,
    }
if (flags.large !== undefined) sizes.large = Number(flags.large)
const runs = flags.quick ? 1 : Number(flags.runs)
const work = path.join(os.tmpdir(), 'undrift-bench')

/** Systems to measure, by name. `--build DIR` adds undrift as it was built there, for comparison. */
async function systems() {
  const wanted = flags.systems.split(',')
  const found = wanted.includes('undrift') ? [['undrift', Undrift, { profile: flags.profile }]] : []
  for (const build of flags.build) {
    found.push([
      `undrift ${path.basename(path.dirname(path.resolve(build)))}`,
      Undrift,
      { build: path.resolve(build) },
    ])
  }
  for (const name of wanted.filter((other) => other !== 'undrift')) {
    const peer = await loadPeer(name)
    if (peer !== undefined) found.push([name, peer, name === 'syncthing' ? { delay: '1' } : {}])
  }
  return found
}

async function loadPeer(name) {
  const file = path.join(peersFolder, `${name}.mjs`)
  if (!fs.existsSync(file)) {
    console.error(`${name}: not measured, the shared harness is not at ../shared/bench`)
    return undefined
  }
  const { default: Peer } = await import(pathToFileURL(file).href)
  try {
    await new Peer({ work: path.join(work, 'probe'), opts: {} }).version()
    return Peer
  } catch (thrown) {
    console.error(`${name}: not measured, ${String(thrown.message).split('\n')[0]}`)
    return undefined
  }
}

const workloads = {
  small: (System, opts) => small({ ...sizes, System, opts, folder: work, notes: sizes.small }),
  rename: (System, opts) => rename({ ...sizes, System, opts, folder: work, notes: sizes.small }),
  large: (System, opts) => large({ ...sizes, System, opts, folder: work, notes: sizes.large }),
  big: (System, opts) => big({ ...sizes, System, opts, folder: work }),
}

/** All numbers of one run of one workload, under `<workload>: <what>`. */
async function measure(results, name, workload, run) {
  try {
    const measured = await run()
    for (const [what, numbers] of Object.entries(measured)) {
      const key = `${workload}: ${what}`
      console.error(`${name}  ${key}  ${JSON.stringify(numbers, short)}`)
      results.push({ system: name, workload: key, numbers })
    }
  } catch (thrown) {
    console.error(`${name}  ${workload}  FAILED: ${thrown.stack}`)
    results.push({ system: name, workload, error: String(thrown) })
  }
}

const short = (_, value) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value)

function relayRuns() {
  const { connections, seconds } = sizes
  const one = (start) => fanOut({ start, connections, rate: 50, seconds })
  return {
    undrift: async () => {
      fs.rmSync(work, { recursive: true, force: true })
      return { 'fan-out': await one(() => startRelay(new Undrift({ work }), work)) }
    },
    ws: async () => ({ 'fan-out': await one(startFloor) }),
  }
}

const results = []
const only = flags.only.split(',')
const all = await systems()
for (let run = 0; run < runs; run++) {
  for (const [workload, start] of Object.entries(workloads).filter(([key]) => only.includes(key))) {
    for (const [name, System, opts] of all) {
      await measure(results, name, workload, () => start(System, opts))
    }
  }
  if (!only.includes('relay')) continue
  for (const [name, start] of Object.entries(relayRuns()))
    await measure(results, name, 'relay', start)
}
fs.rmSync(work, { recursive: true, force: true })

const out = path.join(here, 'results')
fs.mkdirSync(out, { recursive: true })
const version = await new Undrift({ work }).version()
fs.rmSync(work, { recursive: true, force: true })
const text = table(results, { version, sizes, runs, isPrivate })
const base = path.join(out, new Date().toISOString().slice(0, 19).replaceAll(':', '-'))
fs.writeFileSync(`${base}.json`, JSON.stringify({ version, sizes, runs, results }, undefined, 1))
fs.writeFileSync(`${base}.md`, text)
console.log(text)
