// What a run is measured with: times, CPU and memory of process trees (/proc, so Linux), bytes on lo.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

export function percentile(values, percent) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]
}

export const median = (values) => percentile(values, 50)

/** Runs this script again in a network of its own, so that lo carries only what is measured. Needs root. */
export function privateNetwork(script) {
  if (process.env.UNDRIFT_BENCH_NETWORK) return true
  const inner = 'ip link set lo up && exec "$0" "$@"'
  if (spawnSync('unshare', ['-n', 'sh', '-c', inner, 'true']).status !== 0) return false
  const args = ['-n', 'sh', '-c', inner, process.execPath, script, ...process.argv.slice(2)]
  const env = { ...process.env, UNDRIFT_BENCH_NETWORK: '1' }
  process.exit(spawnSync('unshare', args, { stdio: 'inherit', env }).status ?? 1)
}

/** Bytes over lo without Ethernet, IPv4 and TCP headers (66 per packet). */
export function loBytes() {
  try {
    const line = fs
      .readFileSync('/proc/net/dev', 'utf8')
      .split('\n')
      .find((text) => text.trim().startsWith('lo:'))
    const numbers = line.split(':')[1].trim().split(/\s+/).map(Number)
    return numbers[8] - 66 * numbers[9]
  } catch {
    return 0
  }
}

/** CPU seconds so far and memory (MB) of each process and its children. */
export function usage(groups) {
  const children = childrenByParent()
  const used = groups.map(({ name, pid }) => {
    const tree = [pid]
    for (const parent of tree) tree.push(...(children.get(parent) ?? []))
    const sums = tree.map(usageOf)
    const sum = (key) => sums.reduce((total, one) => total + one[key], 0)
    return [name, { cpu: sum('cpu'), rss: sum('rss'), peak: sum('peak') }]
  })
  return Object.fromEntries(used)
}

/** The peak counts from now on. */
export function resetPeaks(groups) {
  for (const { pid } of groups) {
    try {
      fs.writeFileSync(`/proc/${pid}/clear_refs`, '5')
    } catch {
      // Not Linux, or not allowed: the peak is that of the whole life.
    }
  }
}

function childrenByParent() {
  const children = new Map()
  for (const name of fs.readdirSync('/proc')) {
    const pid = Number(name)
    const parent = Number.isInteger(pid) ? statFields(pid)?.[1] : undefined
    if (parent !== undefined)
      children.set(Number(parent), [...(children.get(Number(parent)) ?? []), pid])
  }
  return children
}

function usageOf(pid) {
  const fields = statFields(pid)
  if (fields === undefined) return { cpu: 0, rss: 0, peak: 0 }
  const cpu = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
  const status = readOr(`/proc/${pid}/status`)
  const mb = (key) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024
  return { cpu, rss: mb('VmRSS'), peak: mb('VmHWM') }
}

function statFields(pid) {
  const text = readOr(`/proc/${pid}/stat`)
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function readOr(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
