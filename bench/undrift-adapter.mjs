// undrift as a system under test: a relay and one agent per folder, each in its own home. Has the shape
// of the shared harness's adapters (../shared/bench/adapters/base.mjs), so that harness can run it too:
// node ../shared/bench/run.mjs --adapter bench/undrift-adapter.mjs --peer undrift --opt only=notes ...
// The relay is a server that is up anyway: it starts in `prepare`. Needs a build.
import { execFile, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

export default class Undrift {
  kind = 'daemon'
  settleMs = 1500
  twoWay = true
  acct = { cpu: 0, rssMb: 0 }
  names = ['A', 'B', 'relay']
  procs = []
  /** By device: resolves to the time (ms) at which it said that it is ready. */
  ready = []

  /** `opts.only = notes` removes from the first folder what undrift does not sync yet. */
  constructor({ work, opts = {} }) {
    this.work = work
    this.opts = opts
    this.main = path.join(opts.build ?? path.join(root, 'dist'), 'main.js')
    fs.mkdirSync(work, { recursive: true })
  }

  async version() {
    const { stdout } = await run('git', ['-C', root, 'describe', '--always', '--dirty'])
    return `undrift ${stdout.trim()}`
  }

  async prepare(n, dirs) {
    this.dirs = dirs
    if (this.opts.only === 'notes') for (const dir of dirs) removeOthers(dir)
    const { setup } = await this.startRelay(n, 0)
    let link = setup
    for (let i = 0; i < n; i++) {
      await this.undrift(i, 'join', link, dirs[i], '--yes', '--name', `device ${i}`)
      const invite = await this.undrift(0, 'invite', dirs[0], '--json')
      link = JSON.parse(invite).link
    }
    this.link = link
  }

  async start(n) {
    if (this.procs[n] === null) await this.startRelay(n, this.port)
    await Promise.all(Array.from({ length: n }, (_, i) => this.startDevice(i)))
  }

  /** Does not wait until it is ready; `ready[i]` does. */
  async startDevice(i) {
    this.ready[i] = this.spawn(i, this.home(i), ['run', '--json'])
    this.ready[i].catch(() => undefined)
  }

  async stopDevice(i) {
    const process = this.procs[i]
    this.procs[i] = null
    if (!process || process.exitCode !== null || process.signalCode !== null) return
    const gone = new Promise((resolve) => process.once('exit', resolve))
    process.kill('SIGTERM')
    const timer = setTimeout(() => process.kill('SIGKILL'), 15_000)
    await gone
    clearTimeout(timer)
  }

  async stop() {
    for (let i = 0; i < this.procs.length; i++) await this.stopDevice(i)
  }

  /** For tools that run once; an agent syncs by itself. */
  async sync() {
    throw new Error('undrift syncs by itself')
  }

  groups() {
    return this.procs.flatMap((process, i) =>
      process ? [{ name: this.names[i], pid: process.pid }] : [],
    )
  }

  ignore(rel) {
    return rel === '.undrift' || rel.startsWith('.undrift/')
  }

  /** undrift makes none. */
  isConflict() {
    return false
  }

  home(i) {
    return path.join(this.work, `home${i}`)
  }

  async undrift(i, ...args) {
    const env = { ...process.env, UNDRIFT_HOME: this.home(i) }
    const { stdout } = await run(process.execPath, [this.main, ...args], { env })
    return stdout
  }

  async startRelay(i, port) {
    const data = path.join(this.work, 'relay')
    const args = ['relay', '--data', data, '--port', String(port), '--json']
    const { line } = await this.spawn(i, data, args)
    const ready = JSON.parse(line)
    this.port = Number(new URL(ready.url).port)
    return ready
  }

  /** Keeps process i; resolves with its first line of output. */
  spawn(i, home, args) {
    const log = fs.openSync(path.join(this.work, `process${i}.log`), 'a')
    const env = { ...process.env, UNDRIFT_HOME: home }
    const child = spawn(process.execPath, [...this.flags(i), this.main, ...args], {
      env,
      stdio: ['ignore', 'pipe', log],
    })
    fs.closeSync(log)
    this.procs[i] = child
    return firstLine(child)
  }

  /** `--opt profile=DIR` writes CPU profiles there. */
  flags(i) {
    const { profile } = this.opts
    return profile
      ? [
          '--cpu-prof',
          `--cpu-prof-dir=${profile}`,
          `--cpu-prof-name=${this.names[i]}-${Date.now()}.cpuprofile`,
        ]
      : []
  }
}

function firstLine(child) {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (bytes) => {
      text += bytes
      const end = text.indexOf('\n')
      if (end >= 0) resolve({ line: text.slice(0, end), at: Date.now() })
    })
    child.once('exit', (code) => reject(new Error(`undrift ended with ${code}: ${text}`)))
  })
}

/** Leaves notes and the folders that hold some. */
function removeOthers(dir) {
  for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
    const file = path.join(dir, entry.name)
    if (entry.isDirectory()) {
      removeOthers(file)
      if (fs.readdirSync(file).length === 0) fs.rmdirSync(file)
    } else if (!entry.name.endsWith('.md')) fs.unlinkSync(file)
  }
}
