// `undrift status`: what the running agents say, for people or as JSON.
import type { Command } from 'commander'
import { toAppError } from '../../shared/errors.ts'
import { type Home, type JoinedVault, controlSocket, readHome, readJoined } from '../config.ts'
import { ControlClient } from '../control/client.ts'
import {
  type Status,
  type TransferStatus,
  heldSummary,
  statusWithoutAgent,
} from '../core/status.ts'
import { type LeftOut, listLeftOut } from '../disk/left-out.ts'
import { lineLogger } from '../../line-logger.ts'
import { systemClock } from '../../system.ts'
import { describeLeftOut } from './left-out-text.ts'
import { count, exitCodeHelp, printAnswer, printable } from './output.ts'
import { selectByFolder } from './select.ts'

type Flags = { ignored?: boolean; json?: boolean }
/** With `--ignored` also what is left out. */
type Answer = Status & { readonly ignored?: readonly LeftOut[] }

const exitCodes = {
  0: 'synced, or syncing and nothing in the way',
  1: 'paused, ended by an error, or a file cannot be synced',
  3: '',
  4: '',
}

const helpEnd = `
${exitCodeHelp(exitCodes)}
What cannot be synced anywhere (links out of the vault, sockets, names that are not UTF-8) is listed and changes no
exit code.

Examples:
  undrift status
  undrift status ~/Notes --ignored
  undrift status ~/Notes --json`

/** Adds `status` to the program. */
export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('show whether everything is synced, and what is not')
    .argument('[folder]', 'folder of a joined vault (default: all)')
    .option('--ignored', 'also list what is in the folder and left out, and by which rule')
    .option('--json', 'print JSON: an object for one folder, else an array')
    .addHelpText('after', helpEnd)
    .action(showStatus)
}

async function showStatus(folder: string | undefined, { ignored, json }: Flags): Promise<void> {
  const home = readHome()
  const all = readJoined(home)
  const chosen = folder === undefined ? all : [selectByFolder(all, folder)]
  const statuses = await Promise.all(chosen.map((joined) => ask(home, joined)))
  const answers = ignored === true ? statuses.map(withIgnored) : statuses
  const text = answers.length === 0 ? nothingJoined : answers.map(describe).join('\n\n')
  printAnswer(json, folder === undefined ? answers : answers[0], text)
  process.exitCode = exitCode(answers)
}

function withIgnored(status: Status): Answer {
  const { folder: root, only } = status
  const logger = lineLogger('error', (line) => process.stderr.write(line))
  return { ...status, ignored: listLeftOut({ root, only, clock: systemClock, logger }) }
}

async function ask(home: Home, joined: JoinedVault): Promise<Status> {
  try {
    return await new ControlClient(controlSocket(home, joined.vault.id)).status()
  } catch (thrown) {
    const { code, message } = toAppError(thrown)
    if (code === 'unreachable') {
      return statusWithoutAgent(joined, { pid: null, state: 'offline', problems: [] })
    }
    if (code !== 'timeout') throw thrown
    const problem = { path: '.', code, message, since: new Date().toISOString() }
    return statusWithoutAgent(joined, { pid: null, state: 'error', problems: [problem] })
  }
}

function exitCode(answers: readonly Status[]): number {
  const states = new Set(answers.map(({ state }) => state))
  if (answers.length === 0 || answers.some(({ pid }) => pid === null)) return 3
  if (states.has('held')) return 4
  if (states.has('error')) return 1
  if (states.has('offline')) return 3
  return states.has('paused') || answers.some(isTroubled) ? 1 : 0
}

/** Something that should be synced is not. What no device syncs is no trouble. */
function isTroubled({ problems }: Status): boolean {
  return problems.some(({ code }) => code !== 'unsupported')
}

const nothingJoined = 'No vault is joined here. To join one: undrift join LINK FOLDER'
const maxProblems = 10

function describe(answer: Answer): string {
  const ignored = answer.ignored === undefined ? [] : describeLeftOut(answer.ignored)
  return [describeStatus(answer), ...ignored].join('\n')
}

function describeStatus(answer: Status): string {
  const lines = [`${printable(answer.folder)}  "${printable(answer.vault.name)}"`]
  if (answer.pid === null && answer.state === 'offline') {
    return [...lines, '  No agent runs. To start it: undrift run'].join('\n')
  }
  lines.push(`  ${headline(answer)}`)
  if (answer.only.length > 0) lines.push(`  Mirrors only: ${answer.only.map(printable).join(', ')}`)
  const { up, down } = answer.transfers
  if (up.files > 0) lines.push(`  Sending ${progress(up)}.`)
  if (down.files > 0) lines.push(`  Receiving ${progress(down)}.`)
  if (answer.held !== null) {
    lines.push(`  Held: ${heldSummary(answer.held)}.`, `  ${answer.held.advice}`)
  }
  for (const { path, message } of answer.problems.slice(0, maxProblems)) {
    lines.push(`  ! ${printable(path)}: ${printable(message)}`)
  }
  const more = answer.problems.length - maxProblems
  if (more > 0) lines.push(`  ! and ${count(more, 'more problem')}; all of them: --json`)
  return lines.join('\n')
}

function progress({ files, bytes, done }: TransferStatus): string {
  const megabytes = (size: number): string => (size / 1e6).toFixed(size < 1e7 ? 1 : 0)
  return `${count(files, 'file')}, ${megabytes(done)} of ${megabytes(bytes)} MB`
}

function headline(status: Status): string {
  const { state, files, queue, relay, lastSyncedAt } = status
  const notes = count(files.text, 'note')
  const last =
    lastSyncedAt === null ? 'not synced since the agent started' : `last synced ${lastSyncedAt}`
  const todo = queue.dirty + queue.settling + queue.outgoing + queue.unacked + queue.incoming
  switch (state) {
    case 'synced':
      return `Synced: ${notes}, all of it also at ${relay.url}.`
    case 'syncing':
      return `Syncing: ${notes}, ${count(todo, 'change')} under way.`
    case 'offline':
      return `Offline: ${relay.url} cannot be reached; ${count(todo, 'change')} waiting, ${last}.`
    case 'held':
      return `Held: waits for you, ${last}.`
    case 'paused':
      return `Paused: ${last}. To go on: undrift resume`
    case 'error':
      return `Failed: ${last}. What is here is safe; see the problems below.`
  }
}
