// 200 connections to one vault of the relay, 50 edits a second: how long until each of the others has it.
// Beside it a server that only passes frames on and stores nothing: what `ws` itself takes.
import { spawn } from 'node:child_process'
import path from 'node:path'
import readline from 'node:readline'
import { fileURLToPath } from 'node:url'
import { resetPeaks, sleep, usage } from './measure.mjs'

const here = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

/** `start` brings the server up: returns its process and what the clients need to know of it. */
export async function fanOut({ start, connections, rate, seconds }) {
  const { pid, target, stop } = await start()
  const order = JSON.stringify({ ...target, connections, rate, seconds })
  const load = spawn(process.execPath, [path.join(here, 'fan-out-load.mjs'), order], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  try {
    const lines = readline.createInterface({ input: load.stdout })[Symbol.asyncIterator]()
    await lines.next()
    const group = [{ name: 'server', pid }]
    resetPeaks(group)
    const before = usage(group).server.cpu
    load.stdin.write('go\n')
    const { value } = await lines.next()
    const { cpu, peak } = usage(group).server
    return { ...JSON.parse(value), cpu: (cpu - before) * (10 / seconds), peak }
  } finally {
    load.stdin.end()
    await stop()
  }
}

/** The bare server, in the same shape as a relay. */
export async function startFloor() {
  const child = spawn(process.execPath, [path.join(here, 'fan-out-floor.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const { value } = await lines.next()
  return { pid: child.pid, target: { url: value }, stop: () => end(child) }
}

/** undrift's relay, through its adapter. Four devices, since one may have 100 connections. */
export async function startRelay(system, root) {
  const dirs = Array.from({ length: 4 }, (_, i) => path.join(root, `device ${i}`))
  await system.prepare(4, dirs)
  await sleep(500)
  const [group] = system.groups()
  const homes = dirs.map((_, i) => path.join(system.home(i), 'vaults.json'))
  return { pid: group.pid, target: { homes }, stop: () => system.stop() }
}

async function end(child) {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill()
  await gone
}
