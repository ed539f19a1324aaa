// `undrift sync`, `pause`, `resume`: what a running agent is told.
import type { Command } from 'commander'
import { AppError } from '../../shared/errors.ts'
import { type JoinedVault, controlSocket, readHome } from '../config.ts'
import { ControlClient } from '../control/client.ts'
import { parseSeconds } from './arguments.ts'
import { type HeldStatus, type Status, heldSummary, isConfirmable } from '../core/status.ts'
import { count, exitCodeHelp, printAnswer } from './output.ts'
import { selectMany, selectOne } from './select.ts'

type JsonFlag = { json?: boolean }

const defaultTimeoutSeconds = 60

const syncExitCodes = {
  0: 'this device and the relay have the same',
  1: 'for example because it is paused',
  3: 'no agent runs',
  4: '',
  5: 'the relay refuses this device',
  6: 'also when the relay cannot be reached',
  7: '',
}

const syncHelpEnd = `
${exitCodeHelp(syncExitCodes)}

Examples:
  undrift sync
  undrift sync ~/Notes --timeout 10`

const pauseHelpEnd = `
A paused vault stays paused when its agent is started again.

Example:
  undrift pause ~/Notes`

/** Adds `sync`, `pause` and `resume` to the program. */
export function registerControl(program: Command): void {
  program
    .command('sync')
    .description('sync now and wait until this device and the relay have the same')
    .argument('[folder]', 'folder of a joined vault (needed when several are joined)')
    .option('--timeout <seconds>', 'how long to wait', parseSeconds, defaultTimeoutSeconds)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', syncHelpEnd)
    .action(sync)
  program
    .command('pause')
    .description('stop syncing until "undrift resume"')
    .argument('[folder]', 'folder of a joined vault (default: all)')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', pauseHelpEnd)
    .action(pause)
  program
    .command('resume')
    .description('go on syncing')
    .argument('[folder]', 'folder of a joined vault (default: all)')
    .option('--confirm', 'also let through what is held now, as "undrift status" shows it')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExamples:\n  undrift resume\n  undrift resume --confirm')
    .action(resume)
}

async function sync(folder: string | undefined, flags: JsonFlag & { timeout: number }) {
  const joined = selectOne(readHome(), folder)
  const client = clientOf(joined)
  const result = await client.sync(flags.timeout * 1000)
  if (result === 'timeout') {
    const what = `${joined.folder} was not synced within ${count(flags.timeout, 'second')}`
    throw new AppError('timeout', `${what}: ${whyNot(await client.status())}`)
  }
  const { vault } = joined
  printAnswer(flags.json, { vault, folder: joined.folder, result }, `${joined.folder} is synced.`)
}

function whyNot({ state, relay, problems }: Status): string {
  if (state === 'offline') return `the relay at ${relay.url} cannot be reached`
  const problem = problems.find(({ code }) => code !== 'unsupported')
  if (problem === undefined) return 'changes are still under way'
  const { path, message } = problem
  return path === '.' ? message : `${path}: ${message}`
}

async function pause(folder: string | undefined, { json }: JsonFlag): Promise<void> {
  const chosen = selectMany(readHome(), folder === undefined ? [] : [folder])
  for (const joined of chosen) await clientOf(joined).pause()
  printAnswer(json, chosen.map(summary), 'Paused. To go on: undrift resume')
}

async function resume(
  folder: string | undefined,
  { json, confirm = false }: JsonFlag & { confirm?: boolean },
): Promise<void> {
  const chosen = selectMany(readHome(), folder === undefined ? [] : [folder])
  for (const joined of chosen) {
    const client = clientOf(joined)
    await client.resume(confirm)
    const { held } = await client.status()
    if (held !== null && !(confirm && isConfirmable(held))) throw stillHeld(joined, held)
  }
  printAnswer(json, chosen.map(summary), 'Resumed.')
}

function stillHeld({ folder }: JoinedVault, held: HeldStatus): AppError {
  const what = `${folder} is still held: ${heldSummary(held)}`
  return new AppError('held', `${what}. Nothing was changed. ${held.advice}`)
}

function summary({ vault, folder }: JoinedVault) {
  return { vault, folder }
}

function clientOf({ vault }: JoinedVault): ControlClient {
  return new ControlClient(controlSocket(readHome(), vault.id))
}
