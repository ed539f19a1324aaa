// Replays the real edit history of a folder of linked notes (../shared/data/foam-docs-history.jsonl.gz)
// by three devices with real agents and a real relay, and says whether anything was lost.
// With --online each commit is made where all earlier ones have arrived: the folders must end byte for
// byte as the history does. Without it, devices are stopped and killed and come back, by the seed, and
// write meanwhile: the folders must end the same, with every line and file that the history ends with.
// Where something is lost, all folders, stores and the agents' debug logs are kept, with every save: what was
// read before it, and what it took the place of if that was another text.
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, openSync, readFileSync, readdirSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { Command } from 'commander'
import { applyPatch, structuredPatch } from 'diff'

const flags = new Command('node scripts/replay-history.mjs')
  .description(
    'a real history of notes, written by three devices with real agents and a real relay',
  )
  .option('--commits <n>', 'how many of its commits', '396')
  .option('--seed <seed>', 'who writes what, and who is away when', '1')
  .option('--online', 'each commit is made where all earlier ones have arrived', false)
  .parse()
  .opts()
const root = join(import.meta.dirname, '..')
const program = join(root, 'dist/main.js')
const historyFile = join(root, '../shared/data/foam-docs-history.jsonl.gz')
const runFile = promisify(execFile)
const deviceCount = 3
const deadlineMs = 60_000
const takesNoticeMs = 2_100
let writtenAgain = 0
let savedOverNewer = 0

class Process {
  async begin(home, args) {
    this.child = spawn(process.execPath, [program, ...args, '--json'], {
      env: { PATH: process.env.PATH, UNDRIFT_HOME: home, UNDRIFT_LOG: 'debug' },
      stdio: ['ignore', 'pipe', openSync(join(home, 'debug.log'), 'a')],
    })
    this.ended = new Promise((resolve) => this.child.once('close', resolve))
    for await (const line of createInterface(this.child.stdout)) return JSON.parse(line)
    throw new Error(`ended before it was ready: ${args[0]}`)
  }

  async end(signal) {
    this.child?.kill(signal)
    await this.ended
  }
}

class Device {
  process = new Process()
  isOnline = false

  constructor(room, name) {
    this.name = name
    this.home = join(room, `${name}-home`)
    this.folder = join(room, name)
  }

  async undrift(...args) {
    const env = { PATH: process.env.PATH, UNDRIFT_HOME: this.home }
    try {
      const { stdout } = await runFile(process.execPath, [program, ...args], { env })
      return { code: 0, out: stdout }
    } catch (thrown) {
      return { code: thrown.code, out: thrown.stdout }
    }
  }

  async online() {
    await this.process.begin(this.home, ['run'])
    this.isOnline = true
  }

  async offline(signal) {
    this.isOnline = false
    await this.process.end(signal)
  }

  /** A person who sees what is held says yes. */
  async status() {
    const { code, out } = await this.undrift('status', this.folder, '--json')
    if (code === 4) await this.undrift('resume', '--confirm')
    return JSON.parse(out)
  }

  async read(path) {
    try {
      return await readFile(join(this.folder, path), 'utf8')
    } catch (thrown) {
      if (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR') return undefined
      throw thrown
    }
  }

  async write(path, text, before) {
    const file = join(this.folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(`${file}.tmp`, text)
    const replaced = await this.read(path)
    await rename(`${file}.tmp`, file)
    if (replaced !== before) savedOverNewer++
    const save = { at: new Date().toISOString(), path, before, replaced, text }
    await appendFile(`${this.folder}.saves`, `${JSON.stringify(save)}\n`)
  }

  /** The change that a commit made, to whatever this device has by now. */
  async apply({ op, path, from, text }, before) {
    if (op === 'move' && (await this.read(from)) !== undefined) {
      await mkdir(dirname(join(this.folder, path)), { recursive: true })
      await rename(join(this.folder, from), join(this.folder, path))
    }
    const here = await this.read(path)
    if (op === 'delete') {
      if (here !== undefined) await rm(join(this.folder, path))
    } else if (here !== text) {
      await this.write(path, here === undefined ? text : patched(here, before ?? '', text), here)
    }
  }

  files() {
    const names = readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.folder.length + 1))
      .filter((path) => !path.startsWith('.undrift/'))
    return new Map(
      names.sort().map((path) => [path, readFileSync(join(this.folder, path), 'utf8')]),
    )
  }
}

function patched(here, before, after) {
  if (here === before) return after
  const patch = structuredPatch('', '', before, after)
  const whole = applyPatch(here, patch, { fuzzFactor: 2 })
  if (whole !== false) return whole
  const added = patch.hunks.flatMap(({ lines }) => lines.filter((line) => line.startsWith('+')))
  return `${here}\n${added.map((line) => line.slice(1)).join('\n')}\n`
}

function readHistory() {
  const lines = gunzipSync(readFileSync(historyFile)).toString('utf8').trim().split('\n')
  const isNote = ({ path }) => /\.(md|markdown|txt)$/i.test(path) && !/(^|\/)\./.test(path)
  return lines.slice(0, Number(flags.commits)).map((line) => {
    const { author, changes } = JSON.parse(line)
    return { author, changes: changes.filter(isNote) }
  })
}

/** What the history itself has after `change`; returns what it had at the path before. */
function remember(model, { op, path, from, text }) {
  const before = op === 'move' ? model.get(from) : model.get(path)
  if (op === 'move') model.delete(from)
  if (op === 'delete') model.delete(path)
  else model.set(path, text)
  return before
}

/** mulberry32 by Tommy Ettinger (public domain). */
function seeded(seed) {
  let state = seed | 0
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

async function until(condition, what) {
  const deadline = performance.now() + deadlineMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`)
    await delay(10)
  }
}

async function quiet(devices) {
  await until(async () => {
    await Promise.all(devices.map((device) => device.undrift('sync', '--timeout', '2')))
    const all = await Promise.all(devices.map((device) => device.status()))
    const facts = all.map(({ state, relay, digest }) => `${state} ${relay.head} ${digest}`)
    return new Set(facts).size === 1 && facts[0].startsWith('synced')
  }, 'quiet')
}

async function replay(devices, history, model) {
  const random = seeded(Number(flags.seed))
  for (const [n, { author, changes }] of history.entries()) {
    const device = devices[author % devices.length]
    if (!flags.online) await disturb(devices, random)
    for (const change of changes) {
      const path = change.from ?? change.path
      if (flags.online) {
        const wanted = model.get(path)
        const hasArrived = async () => (await device.read(path)) === wanted
        await until(hasArrived, `${device.name}: ${path}, commit ${n}`)
      }
      await device.apply(change, remember(model, change))
    }
    if (flags.online) await insist(devices, device, changes)
  }
  for (const device of devices) if (!device.isOnline) await device.online()
}

/**
 * Months pass within seconds here, so a commit that takes back all of an earlier one looks like a save
 * of a buffer that had never seen it, and is undone, once. The author sees that and writes it again.
 */
async function insist(devices, device, changes) {
  await confirmed(devices, device)
  for (const { op, path, text } of changes) {
    const here = await device.read(path)
    if (op === 'delete' || here === text) continue
    writtenAgain++
    await delay(takesNoticeMs)
    await device.write(path, text, here)
    await confirmed(devices, device)
  }
}

/** Large changes wait for a yes on the device that makes them, and on each that they reach. */
async function confirmed(devices, device) {
  await until(async () => {
    const { code } = await device.undrift('sync', '--timeout', '1')
    if (code === 0) return true
    await Promise.all(devices.map((one) => one.status()))
    return false
  }, `${device.name} synced`)
}

/** Now and then a device goes, by a signal or a crash, or comes back. */
async function disturb(devices, random) {
  const device = devices[random(devices.length)]
  const dice = random(100)
  if (!device.isOnline && dice < 60) await device.online()
  else if (device.isOnline && dice < 30) await device.offline(dice < 15 ? 'SIGTERM' : 'SIGKILL')
}

/** What is wrong in the end; an empty list is what we want. */
function faultsOf(devices, model) {
  const [first, ...others] = devices.map((device) => device.files())
  const faults = others.flatMap((files, n) =>
    differences(first, files).map((path) => `${devices[n + 1].name} differs in ${path}`),
  )
  if (flags.online) {
    return [...faults, ...differences(model, first).map((path) => `not as in the history: ${path}`)]
  }
  const lines = [...new Set([...first.values()].flatMap((text) => text.split(/\r?\n/)))]
  // A new line that somebody went on with counts as there (TEXT-5).
  const isThere = (line) => lines.some((other) => other.startsWith(line) || other.endsWith(line))
  for (const [path, text] of model) {
    if (!first.has(path)) faults.push(`lost file: ${path}`)
    for (const line of text.split(/\r?\n/)) {
      if (line.trim() !== '' && !isThere(line)) faults.push(`lost line of ${path}: ${line}`)
    }
  }
  return faults
}

function differences(a, b) {
  return [...new Set([...a.keys(), ...b.keys()])].filter((path) => a.get(path) !== b.get(path))
}

async function main() {
  if (!existsSync(historyFile)) throw new Error(`${historyFile} is not here`)
  const room = await mkdtemp(join(tmpdir(), 'undrift-replay-'))
  const relay = new Process()
  const names = ['ann', 'bob', 'cem'].slice(0, deviceCount)
  const devices = names.map((name) => new Device(room, name))
  const started = performance.now()
  let isKept = true
  try {
    const { setup } = await relay.begin(room, [
      'relay',
      '--data',
      join(room, 'relay'),
      '--port',
      '0',
    ])
    for (const device of devices) {
      const invited =
        device === devices[0] ? undefined : await devices[0].undrift('invite', '--json')
      const link = invited === undefined ? setup : JSON.parse(invited.out).link
      await device.undrift('join', link, device.folder, '--name', device.name, '--yes')
      await device.online()
    }
    const history = readHistory()
    const model = new Map()
    await replay(devices, history, model)
    await quiet(devices)
    const faults = faultsOf(devices, model)
    const digest = createHash('sha256')
      .update(JSON.stringify([...devices[0].files()]))
      .digest('hex')
    for (const fault of faults.slice(0, 50)) console.error(fault)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    const result = {
      commits: history.length,
      seed: Number(flags.seed),
      files: model.size,
      writtenAgain,
      savedOverNewer,
    }
    console.log(JSON.stringify({ ...result, seconds, digest, faults: faults.length }))
    isKept = faults.length > 0
    process.exitCode = isKept ? 1 : 0
  } finally {
    for (const device of devices) await device.process.end('SIGKILL')
    await relay.end('SIGKILL')
    if (isKept) console.error(`kept: ${room}`)
    else await rm(room, { recursive: true, force: true })
  }
}

await main()
