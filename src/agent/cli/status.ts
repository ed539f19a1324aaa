// `undrift status`: what the running agents say, for people or as JSON.
import type { Command } from 'commander'
import { AppError } from '../../shared/errors.ts'
import { type Home, type JoinedVault, controlSocket, readHome, readJoined } from '../config.ts'
import { ControlClient } from '../control/client.ts'
import { type Status, heldAdvice, heldSummary } from '../core/status.ts'
import { count, printAnswer, printable } from './output.ts'
import { selectByFolder } from './select.ts'

type Flags = { json?: boolean }

/** A vault whose agent does not run: what is known without it. */
type Stopped = Pick<Status, 'schema' | 'vault' | 'folder' | 'device'> & {
  readonly pid: null
  readonly state: 'offline'
  readonly relay: { readonly url: string; readonly connected: false }
}
type Answer = Status | Stopped

/** Adds `status` to the program. */
export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('show whether everything is synced; exit code 3: no agent runs, 4: held')
    .argument('[folder]', 'folder of a joined vault (default: all)')
    .option('--json', 'print JSON: an object for one folder, else an array')
    .addHelpText('after', '\nExamples:\n  undrift status\n  undrift status ~/Notes --json')
    .action(showStatus)
}

async function showStatus(folder: string | undefined, { json }: Flags): Promise<void> {
  const home = readHome()
  const all = readJoined(home)
  const chosen = folder === undefined ? all : [selectByFolder(all, folder)]
  const answers = await Promise.all(chosen.map((joined) => ask(home, joined)))
  const text = answers.length === 0 ? nothingJoined : answers.map(describe).join('\n\n')
  printAnswer(json, folder === undefined ? answers : answers[0], text)
  process.exitCode = exitCode(answers)
}

async function ask(home: Home, { vault, device, folder, relay }: JoinedVault): Promise<Answer> {
  try {
    return await new ControlClient(controlSocket(home, vault.id)).status()
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== 'unreachable') throw thrown
    const offline = { url: relay, connected: false } as const
    return { schema: 1, vault, folder, device, pid: null, state: 'offline', relay: offline }
  }
}

function exitCode(answers: readonly Answer[]): number {
  if (answers.length === 0 || answers.some(({ pid }) => pid === null)) return 3
  if (answers.some(({ state }) => state === 'held')) return 4
  return answers.some(({ state }) => state === 'error') ? 1 : 0
}

const nothingJoined = 'No vault is joined here. To join one: undrift join LINK FOLDER'
const maxProblems = 10

function describe(answer: Answer): string {
  const lines = [`${printable(answer.folder)}  "${printable(answer.vault.name)}"`]
  if (!('queue' in answer))
    return [...lines, '  No agent runs. To start it: undrift run'].join('\n')
  lines.push(`  ${headline(answer)}`)
  if (answer.held !== null) {
    lines.push(`  Held: ${heldSummary(answer.held)}.`, `  ${heldAdvice(answer.held)}`)
  }
  for (const { path, message } of answer.problems.slice(0, maxProblems)) {
    lines.push(`  ! ${printable(path)}: ${printable(message)}`)
  }
  const more = answer.problems.length - maxProblems
  if (more > 0) lines.push(`  ! and ${count(more, 'more problem')}; all of them: --json`)
  return lines.join('\n')
}

function headline(status: Status): string {
  const { state, files, queue, relay, lastSyncedAt } = status
  const notes = count(files.text, 'note')
  const last = lastSyncedAt === null ? 'never synced yet' : `last synced ${lastSyncedAt}`
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
