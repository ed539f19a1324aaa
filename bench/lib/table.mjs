// Medians of all runs as a markdown table: undrift, each peer, and how many times faster or slower undrift is.
import os from 'node:os'
import { median } from './measure.mjs'

/** What of each workload the table shows: name, unit and budget (design/architecture.md). */
const rows = [
  ['small: first sync', 's', 's', 0.6],
  ['small: edit, atomic', 'p50', 'ms', 12],
  ['small: edit, atomic', 'p99', 'ms', 50],
  ['small: edit, atomic', 'kB', 'kB per edit'],
  ['small: edit, in place', 'p50', 'ms', 25],
  ['small: edit, in place', 'p99', 'ms', 80],
  ['small: all at once', 's', 's', 1.8],
  ['rename: rename', 's', 's', 0.9],
  ['rename: rename', 'kB', 'kB'],
  ['big: new', 's', 's', 3],
  ['big: new', 'peak A', 'MB peak A'],
  ['big: new', 'peak B', 'MB peak B'],
  ['big: new', 'peak relay', 'MB peak relay'],
  ['big: 1 MB changed', 's', 's'],
  ['big: 1 MB changed', 'kB', 'kB', 8000],
  ['large: first sync', 's', 's', 3.5],
  ['large: first sync', 'peak A', 'MB peak A'],
  ['large: first sync', 'peak B', 'MB peak B'],
  ['large: idle', 'cpu% B', '% CPU', 0.3],
  ['large: idle', 'rss A', 'MB A', 110],
  ['large: idle', 'rss B', 'MB B', 110],
  ['large: idle', 'rss relay', 'MB relay', 90],
  ['large: return, nothing changed', 'ready', 's until ready', 1.2],
  ['large: return, nothing changed', 'kB', 'kB', 1],
  ['large: return, 10 changed', 's', 's'],
  ['large: return, 10 changed', 'after ready', 's after ready', 0.3],
  ['large: return, 10 changed', 'kB', 'kB'],
  ['relay: fan-out', 'p50', 'ms', 8],
  ['relay: fan-out', 'p99', 'ms', 20],
  ['relay: fan-out', 'cpu', 's CPU per 10 s', 1.2],
  ['relay: fan-out', 'peak', 'MB peak', 90],
]

export function table(results, { version, sizes, runs, isPrivate }) {
  const systems = [...new Set(results.map(({ system }) => system))]
  const others = systems.filter((system) => system !== 'undrift')
  const head = [
    'what',
    'unit',
    'budget',
    'undrift',
    ...others.map((name) => `${name} (undrift / it)`),
  ]
  const lines = rows.flatMap(([workload, number, unit, budget]) => {
    const own = middle(results, 'undrift', workload, number)
    const cells = others.map((name) => versus(own, middle(results, name, workload, number)))
    if (own === undefined && cells.every((cell) => cell === '')) return []
    const miss = own !== undefined && budget !== undefined && own > budget ? ' **over**' : ''
    return [[workload, unit, budget ?? '', `${show(own)}${miss}`, ...cells]]
  })
  const failed = results.filter(({ error }) => error !== undefined)
  return `# ${version}

${sizes.small} and ${sizes.large} notes, medians of ${runs} runs (${spread}), ${os.cpus().length} cores, Node ${process.version}, load ${os
    .loadavg()[0]
    ?.toFixed(1)} at the end${isPrivate ? '' : ', bytes include other traffic'}.

${[head, head.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n')}
${failed.map(({ system, workload, error }) => `\n${system}, ${workload}: ${error}`).join('')}
`
}

const spread = 'single figures vary; ratios within one run are what counts'

function middle(results, system, workload, number) {
  const values = results
    .filter((one) => one.system === system && one.workload === workload)
    .map(({ numbers }) => numbers?.[number])
    .filter((value) => value !== undefined)
  return values.length === 0 ? undefined : median(values)
}

function versus(own, other) {
  if (other === undefined) return ''
  const ratio = own === undefined || other === 0 ? '' : ` (${(own / other).toFixed(2)})`
  return `${show(other)}${ratio}`
}

function show(value) {
  return value === undefined ? '' : String(Number(value.toPrecision(3)))
}
