// `undrift select`: which part of a vault is mirrored in this folder.
import type { Command } from 'commander'
import { AppError, toAppError } from '../../shared/errors.ts'
import { type JoinedVault, addJoined, controlSocket, readHome } from '../config.ts'
import { ControlClient } from '../control/client.ts'
import { onlyHelp, parsePattern } from './arguments.ts'
import { printAnswer, printable } from './output.ts'
import { selectOne } from './select.ts'

type Flags = { only: readonly string[]; all?: boolean; json?: boolean }

const helpEnd = `
Without --only and --all it prints what is selected. What is no longer selected stays in the folder as it
is and is no longer synced; elsewhere nothing happens to it. What is selected again is joined with what the
vault has, as when the folder was joined. The vault's .undriftignore is always there.

Examples:
  undrift select
  undrift select ~/Notes --only 'Projects/**' --only 'Daily/2026-*.md'
  undrift select ~/Notes --all`

/** Adds `select` to the program. */
export function registerSelect(program: Command): void {
  program
    .command('select')
    .description('show or change which part of the vault this folder mirrors')
    .argument('[folder]', 'folder of a joined vault (needed when several are joined)')
    .option('--only <pattern>', onlyHelp, parsePattern, [])
    .option('--all', 'mirror all of the vault')
    .option('--json', 'print what is selected as JSON')
    .addHelpText('after', helpEnd)
    .action(select)
}

async function select(folder: string | undefined, { only, all, json }: Flags): Promise<void> {
  const joined = selectOne(readHome(), folder)
  if (all === true && only.length > 0) throw bothAsked()
  const isChange = all === true || only.length > 0
  const next = isChange ? { ...joined, only } : joined
  const remarks = isChange ? await change(next) : []
  const text = [describe(next), ...remarks].join('\n')
  printAnswer(json, { vault: next.vault, folder: next.folder, only: next.only }, text)
}

/** Returns what there is to say of it. */
async function change(next: JoinedVault): Promise<readonly string[]> {
  const home = readHome()
  addJoined(home, next)
  const stays = 'What is not selected stays here as it is, and is not synced.'
  const isRunning = await tellAgent(controlSocket(home, next.vault.id))
  return isRunning ? [stays] : [stays, 'No agent runs: it counts from the next "undrift run" on.']
}

async function tellAgent(socket: string): Promise<boolean> {
  try {
    await new ControlClient(socket).select()
    return true
  } catch (thrown) {
    if (toAppError(thrown).code !== 'unreachable') throw thrown
    return false
  }
}

function describe({ folder, vault, only }: JoinedVault): string {
  const what = only.length === 0 ? 'all of' : `only ${only.map(printable).join(', ')} of`
  return `${printable(folder)} mirrors ${what} "${printable(vault.name)}".`
}

function bothAsked(): AppError {
  const text = '--only and --all exclude each other. Nothing was changed. Give one of them.'
  return new AppError('usage', text)
}
