// The workloads of the budgets (design/architecture.md). Each brings up two devices of one system in
// fresh folders, measures, and returns plain numbers by name.
import fs from 'node:fs'
import path from 'node:path'
import { insertLine, makeNotes, noise, untilSame } from './folders.mjs'
import { loBytes, percentile, resetPeaks, sleep, usage } from './measure.mjs'

const timeoutMs = 300_000

/** Two folders, the first with notes, and the system between them, not yet started. */
async function bring({ System, opts, folder, notes, archive = 0 }) {
  fs.rmSync(folder, { recursive: true, force: true })
  const dirs = ['A', 'B'].map((name) => path.join(folder, name))
  for (const dir of dirs) fs.mkdirSync(dir, { recursive: true })
  const files = makeNotes(dirs[0], notes)
  makeNotes(dirs[0], archive, { seed: 2, under: 'Archive' })
  const system = new System({ work: path.join(folder, 'work'), opts })
  await system.prepare(2, dirs)
  return { system, dirs, files }
}

/** Seconds from the start of `change` until both folders are the same, CPU, memory and bytes. */
async function timed({ system, dirs }, change, since = () => undefined) {
  resetPeaks(system.groups())
  const before = usage(system.groups())
  const bytes = loBytes()
  const began = Date.now()
  await change()
  if (system.kind === 'oneshot') await system.sync('ab')
  const done = await untilSame(dirs[0], dirs[1], (rel) => system.ignore(rel), timeoutMs)
  const after = usage(system.groups())
  const numbers = { s: (Math.max(done, began) - (since() ?? began)) / 1000 }
  for (const [name, { cpu, peak }] of Object.entries(after)) {
    numbers[`cpu ${name}`] = cpu - (before[name]?.cpu ?? 0)
    numbers[`peak ${name}`] = peak
  }
  return { ...numbers, kB: (loBytes() - bytes) / 1000 }
}

/** Device after device, with the same wait for all systems that notice changes by themselves. */
const rest = (system) => sleep(system.kind === 'oneshot' ? 0 : system.settleMs + 1000)

async function firstSync(context) {
  const result = await timed(context, () => context.system.start(2, context.dirs))
  await rest(context.system)
  return result
}

/** First sync, edits one by one, all files at once. */
export async function small(setup) {
  const context = await bring(setup)
  const { system } = context
  try {
    const results = { 'first sync': await firstSync(context) }
    if (system.fullCopyOnly) return results
    results['edit, atomic'] = await edits(context, setup.edits, true)
    await rest(system)
    results['edit, in place'] = await edits(context, setup.edits, false)
    await rest(system)
    results['all at once'] = await timed(context, () => rewriteAll(context))
    return results
  } finally {
    await system.stop()
  }
}

/** Every note is written anew the way `git checkout` does it. */
function rewriteAll({ dirs, files }) {
  for (const rel of files) {
    const file = path.join(dirs[0], rel)
    const text = fs.readFileSync(file, 'utf8')
    fs.unlinkSync(file)
    fs.writeFileSync(file, text.replace('\n', '\nanother branch\n'))
  }
}

/** One-line edits on A; milliseconds until B's file has exactly those bytes. */
async function edits({ system, dirs, files }, count, atomic) {
  const times = []
  const bytes = loBytes()
  const step = Math.max(1, Math.floor(files.length / count))
  for (let i = 0; i < count; i++) {
    const rel = files[(i * step) % files.length]
    const line = `edit ${i} ${atomic ? 'atomic' : 'in place'} ${'x'.repeat(20 + (i % 40))}`
    const { text, since } = insertLine(path.join(dirs[0], rel), line, { at: 1 + (i % 3), atomic })
    if (system.kind === 'oneshot') await system.sync('ab')
    times.push((await untilHas(path.join(dirs[1], rel), text)) - since)
    await sleep(60)
  }
  const kB = (loBytes() - bytes) / 1000 / count
  return { p50: percentile(times, 50), p99: percentile(times, 99), kB }
}

async function untilHas(file, text) {
  const wanted = Buffer.from(text)
  let seen = ''
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(1)) {
    const stats = fs.statSync(file, { throwIfNoEntry: false })
    const key = `${stats?.ino} ${stats?.ctimeMs} ${stats?.size}`
    if (stats?.size !== wanted.length || key === seen) continue
    seen = key
    if (fs.readFileSync(file).equals(wanted)) return performance.now()
  }
  throw new Error(`an edit never arrived: ${file}`)
}

export async function rename(setup) {
  const context = await bring({ ...setup, archive: setup.notes })
  const { system, dirs } = context
  try {
    await firstSync(context)
    if (system.fullCopyOnly) return {}
    const [from, to] = ['Archive', 'Archive 2024'].map((name) => path.join(dirs[0], name))
    return { rename: await timed(context, async () => fs.renameSync(from, to)) }
  } finally {
    await system.stop()
  }
}

/** First sync of many notes, rest, and the second device's return. */
export async function large(setup) {
  const context = await bring(setup)
  const { system } = context
  try {
    const results = { 'first sync': await firstSync(context) }
    if (system.fullCopyOnly) return results
    if (system.kind !== 'oneshot') results.idle = await idle(system, setup.idleSeconds)
    results['return, nothing changed'] = await comeBack(context, 0)
    results['return, 10 changed'] = await comeBack(context, 10)
    return results
  } finally {
    await system.stop()
  }
}

/** One large file: new, then with a MB in its middle changed. */
export async function big(setup) {
  const context = await bring({ ...setup, notes: 20 })
  const { system, dirs } = context
  const megabytes = setup.bigMegabytes
  try {
    await firstSync(context)
    const made = path.join(setup.folder, 'big.bin')
    for (let n = 0; n < megabytes; n++) fs.appendFileSync(made, noise(n + 1, 1 << 20))
    const target = path.join(dirs[0], 'big.bin')
    const results = { new: await timed(context, async () => fs.renameSync(made, target)) }
    if (system.fullCopyOnly) return results
    await rest(system)
    results['1 MB changed'] = await timed(context, async () => changeMiddle(target, megabytes))
    return results
  } finally {
    await system.stop()
  }
}

function changeMiddle(file, megabytes) {
  const fd = fs.openSync(file, 'r+')
  fs.writeSync(fd, noise(1e6, 1 << 20), 0, 1 << 20, (megabytes / 2) * (1 << 20) + 12_345)
  fs.closeSync(fd)
}

async function idle(system, seconds) {
  await sleep(5000)
  const before = usage(system.groups())
  await sleep(seconds * 1000)
  const numbers = {}
  for (const [name, { cpu, rss }] of Object.entries(usage(system.groups()))) {
    numbers[`cpu% ${name}`] = (100 * (cpu - before[name].cpu)) / seconds
    numbers[`rss ${name}`] = rss
  }
  return numbers
}

/** B was away while `changed` files changed on A. `ready` is B's own word, where it gives one. */
async function comeBack(context, changed) {
  const { system, dirs, files } = context
  if (system.kind !== 'oneshot') await system.stopDevice(1)
  const step = Math.floor(files.length / 10)
  for (let i = 0; i < changed; i++) insertLine(path.join(dirs[0], files[i * step]), `away ${i}`)
  await rest(system)
  const began = Date.now()
  const result = await timed(context, async () => {
    if (system.kind === 'oneshot') return
    await system.startDevice(1)
    if (changed === 0) await system.ready?.[1]
  })
  const ready = await system.ready?.[1]
  if (ready !== undefined) {
    result.ready = (ready.at - began) / 1000
    result['after ready'] = Math.max(0, result.s - result.ready)
  }
  await rest(system)
  return result
}
