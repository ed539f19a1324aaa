// `scripts/quickstart [FOLDER]`: a relay and an agent on FOLDER; without it two demo folders, each with an
// agent of its own. What it starts ends with it, and the next run goes on where this one stopped.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const host = '127.0.0.1'
const firstPort = 4680
const lastPort = 4779
/** What does not end when asked to is killed after so long. */
const endWithinMs = 10_000
const finishWithinMs = 3_000

const help = `Usage: scripts/quickstart [FOLDER]

Starts a relay on this computer and an agent that mirrors FOLDER through it, and says how the next device
joins. Without FOLDER it shows itself: two demo folders with a few notes, mirrored by two agents; edit in
one and watch the other. Installs and builds undrift first, where that is needed.

Ctrl-C stops everything. The same command goes on where it stopped.

The relay listens on port ${firstPort}, or on the next free one. All state is kept in one folder:
UNDRIFT_HOME, or else ~/.undrift-quickstart. The notes stay where they are.
`

const demoNotes = {
  'Welcome.md': `# Welcome

Two folders hold these notes, and an agent looks after each. Write in one; the other follows.
Write in both at once, even in the same paragraph: both edits are kept, in one file.

- [ ] add a line here
- [ ] rename a note, or a whole folder
- [ ] stop everything, edit in both folders, start again
`,
  'Journal/Monday.md': `# Monday

- Planted the beans along the south wall.
- Called Ada about the boat.
`,
  'Projects/Garden.md': `# Garden

| bed   | what     | since |
| ----- | -------- | ----- |
| south | beans    | May   |
| north | potatoes | April |
`,
}

/** What a person must know of, in full sentences: what happened, what is safe, what to do. */
class Complaint extends Error {}
/** Ctrl-C came while something was being started. */
class Interrupted extends Error {}

/** What is running, oldest first. */
const children = new Set()
let isStopping = false

/** A process of our program. Ctrl-C at a terminal does not reach it: we end it, each in its turn. */
class Child {
  constructor(home, args) {
    if (isStopping) throw new Interrupted()
    this.name = args[0]
    this.out = ''
    this.process = spawn(process.execPath, [program, ...args], {
      env: { ...process.env, UNDRIFT_HOME: home },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    this.process.stdout.setEncoding('utf8').on('data', (text) => (this.out += text))
    this.ended = new Promise((done) => {
      this.process.once('error', () => done(1))
      this.process.once('close', (code) => done(code ?? 1))
    }).finally(() => children.delete(this))
    children.add(this)
  }

  /** Its first line, as JSON; undefined when it ended before. */
  async ready() {
    const line = new Promise((done) => {
      this.process.stdout.on('data', () => {
        if (this.out.includes('\n')) done(this.out.slice(0, this.out.indexOf('\n')))
      })
    })
    const first = await Promise.race([line, this.ended.then(() => undefined)])
    if (isStopping) throw new Interrupted()
    return first === undefined ? undefined : JSON.parse(first)
  }

  /**
   * Lets a command come to its end: a join that is cut off has used up its link. Asks once: a second
   * signal would end a process at once, without making anything durable.
   */
  async end() {
    const isService = ['relay', 'run'].includes(this.name)
    const ask = setTimeout(() => this.process.kill('SIGTERM'), isService ? 0 : finishWithinMs)
    const force = setTimeout(() => this.process.kill('SIGKILL'), endWithinMs)
    await this.ended
    clearTimeout(ask)
    clearTimeout(force)
  }
}

async function run(home, ...args) {
  const child = new Child(home, args)
  const code = await child.ended
  if (isStopping) throw new Interrupted()
  return { code, out: child.out }
}

/** The vaults that this home has joined, as `undrift status` tells them. */
async function joinedIn(home) {
  if (!existsSync(join(home, 'vaults.json'))) return []
  const { out } = await run(home, 'status', '--json')
  if (out === '') throw new Complaint(seeAbove(`what is joined in ${home} cannot be read`))
  return JSON.parse(out)
}

function seeAbove(what) {
  return `${what}. The notes are safe. Mend what is named above and run this again.`
}

async function isFree(port) {
  return new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen(port, host, () => server.close(() => done(true)))
  })
}

/** `known` is where the devices look for the relay; without any it may be anywhere. */
async function startRelay(state, known) {
  const data = join(state, 'relay')
  const attempt = async (port) => {
    const child = new Child(state, [
      ...['relay', '--data', data, '--host', host, '--port', String(port), '--json'],
    ])
    const ready = await child.ready()
    return ready === undefined ? undefined : { ...ready, child }
  }
  const wanted = known === undefined ? undefined : Number(new URL(known).port)
  if (wanted !== undefined && !(await isFree(wanted))) {
    throw new Complaint(
      `port ${wanted}, where the devices look for the relay, is in use: perhaps this already runs. ` +
        'The notes are safe. Go on with what runs, or end it and run this again.',
    )
  }
  for (let port = wanted ?? firstPort; port <= Math.max(lastPort, wanted ?? 0); port++) {
    if (!(await isFree(port))) continue
    const relay = await attempt(port)
    if (relay !== undefined) return relay
    // Somebody may have taken the port since it was looked at.
    if (await isFree(port)) throw new Complaint(seeAbove('the relay did not start'))
  }
  const ports = `${firstPort} to ${lastPort}`
  throw new Complaint(`no port from ${ports} is free. Nothing was changed. Free one of them.`)
}

/** An agent that mirrors `folder`, joined by `link()` unless it is already. */
async function startAgent({ home, folder, name, link }) {
  const place = existsSync(folder) ? realpathSync(folder) : resolve(folder)
  const isJoined = (await joinedIn(home)).some((joined) => joined.folder === place)
  if (!isJoined) {
    const flags = name === undefined ? [] : ['--name', name]
    const { code } = await run(home, 'join', await link(), place, '--yes', '--json', ...flags)
    if (code !== 0) throw new Complaint(seeAbove(`${place} could not be joined`))
  }
  const agent = new Child(home, ['run', place, '--json'])
  if ((await agent.ready()) === undefined) {
    throw new Complaint(seeAbove(`the agent of ${place} did not start`))
  }
  return { child: agent, isNew: !isJoined }
}

async function invite(home, folder) {
  const { code, out } = await run(home, 'invite', folder, '--json')
  if (code !== 0) throw new Complaint(seeAbove('no invite could be made'))
  return JSON.parse(out).link
}

function setupLink({ setup }, state) {
  if (setup !== undefined) return setup
  throw new Complaint(
    `the relay in ${join(state, 'relay')} has an owner, whose settings are not in ${state} any more. ` +
      'The notes are safe. Move that folder away and run this again.',
  )
}

async function mirrorFolder(state, wanted) {
  mkdirSync(state, { recursive: true })
  const folder = existsSync(wanted) ? realpathSync(wanted) : resolve(wanted)
  const joined = await joinedIn(state)
  const own = joined.find((other) => other.folder === folder)
  if (own !== undefined && new URL(own.relay.url).hostname !== host) {
    throw new Complaint(
      `${folder} mirrors a vault of ${own.relay.url} already. Nothing was changed. ` +
        `To sync it: UNDRIFT_HOME=${quote(state)} ${undrift} run`,
    )
  }
  const other = joined.find(({ relay }) => new URL(relay.url).hostname === host)
  if (own === undefined && other !== undefined) {
    throw new Complaint(
      `the relay in ${state} serves ${other.folder} already. Nothing was changed. ` +
        'Name that folder, or set UNDRIFT_HOME to another place for this one.',
    )
  }
  remark('Starting a relay and an agent ...')
  const relay = await startRelay(state, own?.relay.url)
  const link = () => setupLink(relay, state)
  const { child } = await startAgent({ home: state, folder, link })
  const next = nextDevice(await invite(state, folder), {
    home: freeName(`${state}-2`),
    folder: freeName(`${folder}-2`),
  })
  say(`
undrift is running.

  folder  ${folder}
  relay   ${relay.url}
  state   ${state}

To join the next device, here another folder of this computer, run this elsewhere:

  ${next}

Other computers need a relay that they can reach: see README.md.

Ctrl-C stops everything; the same command goes on where it stopped.
`)
  return [relay.child, child]
}

async function demonstrate(state) {
  const place = join(state, 'demo')
  const devices = ['laptop', 'desktop'].map((name) => ({
    name,
    home: join(place, 'state', name),
    folder: join(place, name),
  }))
  const [laptop, desktop] = devices
  const isFirst = !existsSync(laptop.home)
  for (const { home, folder } of devices) {
    mkdirSync(home, { recursive: true })
    mkdirSync(folder, { recursive: true })
  }
  if (isFirst) writeNotes(laptop.folder)
  remark('Starting a relay and two agents ...')
  const [own] = await joinedIn(laptop.home)
  const relayState = join(place, 'state')
  const relay = await startRelay(relayState, own?.relay.url)
  const first = await startAgent({ ...laptop, link: () => setupLink(relay, relayState) })
  const second = await startAgent({ ...desktop, link: () => invite(laptop.home, laptop.folder) })
  if (second.isNew) await run(desktop.home, 'sync', desktop.folder, '--timeout', '30', '--json')
  const next = nextDevice(await invite(laptop.home, laptop.folder), {
    home: freeName(join(place, 'state', 'phone')),
    folder: freeName(join(place, 'phone')),
  })
  say(`
undrift is running: two folders, each with its own agent, in step through one relay.

  laptop   ${laptop.folder}
  desktop  ${desktop.folder}
  relay    ${relay.url}
  state    ${relayState}

Edit in one folder, with any program, and watch the other:

  echo '- [x] add a line here' >> ${quote(join(laptop.folder, 'Welcome.md'))}
  cat ${quote(join(desktop.folder, 'Welcome.md'))}

To join a third device, run this elsewhere:

  ${next}

Ctrl-C stops everything; the same command goes on where it stopped.
For notes of your own: scripts/quickstart FOLDER
`)
  return [relay.child, first.child, second.child]
}

function writeNotes(folder) {
  for (const [path, text] of Object.entries(demoNotes)) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    if (!existsSync(file)) writeFileSync(file, text)
  }
}

const undrift = `${quote(process.execPath)} ${quote(program)}`

/** Each device of one computer has a home of its own: two of them cannot share one. */
function nextDevice(link, { home, folder }) {
  const command = `UNDRIFT_HOME=${quote(home)} ${undrift}`
  return `${command} join ${quote(link)} ${quote(folder)} --yes && ${command} run`
}

/** `phone`, or `phone-2` where that is taken, and so on. */
function freeName(folder) {
  const [, stem, first] = /^(.*?)(?:-(\d+))?$/s.exec(folder)
  for (let n = Number(first ?? 1); ; n++) {
    const name = n === 1 ? stem : `${stem}-${n}`
    if (!existsSync(name)) return name
  }
}

function quote(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

function say(text) {
  process.stdout.write(`${text.trim()}\n`)
}

function remark(text) {
  process.stderr.write(`${text}\n`)
}

function readArguments() {
  try {
    const options = { help: { type: 'boolean', short: 'h', default: false } }
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    // An empty one is a variable that is not set, not the current folder.
    if (positionals.length <= 1 && positionals[0] !== '')
      return { isHelp: values.help, folder: positionals[0] }
  } catch {
    // An option that does not exist is answered like too many folders.
  }
  return undefined
}

/** Agents before the relay, so that they can hand over what they have. */
async function endAll() {
  isStopping = true
  for (const child of [...children].reverse()) await child.end()
}

function onSignal() {
  return new Promise((done) => {
    let hasCome = false
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => {
        // Who asks again does not want to wait.
        if (hasCome) for (const { process: child } of children) child.kill('SIGKILL')
        hasCome = true
        done()
      })
    }
  })
}

async function start(folder) {
  const state = resolve(process.env['UNDRIFT_HOME'] || join(homedir(), '.undrift-quickstart'))
  return folder === undefined ? demonstrate(state) : mirrorFolder(state, folder)
}

/** Runs until a signal comes. Throws when something ends before that. */
async function serve(folder) {
  const services = await start(folder)
  const [name] = await Promise.race(
    services.map(async (child) => [
      child.name === 'relay' ? 'the relay' : 'an agent',
      await child.ended,
    ]),
  )
  if (isStopping) throw new Interrupted()
  throw new Complaint(seeAbove(`${name} ended by itself`))
}

async function main() {
  const wanted = readArguments()
  if (wanted === undefined) {
    throw new Complaint(
      'this takes the name of one folder at most, and no option but --help. Nothing was changed. ' +
        'See scripts/quickstart --help.',
    )
  }
  if (wanted.isHelp) return say(help)
  const signalled = onSignal().then(() => remark('Stopping ...'))
  const serving = serve(wanted.folder)
  serving.catch(() => {})
  try {
    await Promise.race([signalled, serving])
  } finally {
    await endAll()
  }
}

// Who reads what we say may go before us (`| head`); and whatever ends us, nothing that we started stays.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
process.on('exit', () => {
  for (const child of children) child.process.kill('SIGTERM')
})

try {
  await main()
} catch (thrown) {
  if (!(thrown instanceof Interrupted)) {
    const text =
      thrown instanceof Complaint ? thrown.message : seeAbove(String(thrown?.message ?? thrown))
    process.stderr.write(`undrift: ${text}\n`)
    process.exitCode = thrown instanceof Complaint && text.startsWith('this takes') ? 2 : 1
  }
}
