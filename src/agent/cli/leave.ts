// `undrift leave`: the folder is no longer a mirror; its files and its trash stay.
import type { Command } from 'commander'
import { AppError, toAppError } from '../../shared/errors.ts'
import { type JoinedVault, controlSocket, readHome, readJoined, removeJoined } from '../config.ts'
import { ControlClient } from '../control/client.ts'
import { readMarker, removeMarker } from '../disk/marker.ts'
import { errorCode } from '../disk/problems.ts'
import { printAnswer } from './output.ts'
import { revocationAdvice } from './devices.ts'
import { leaveVault } from './relay-api.ts'
import { realFolder, selectByFolder } from './select.ts'

type Flags = { json?: boolean }

/** Adds `leave` to the program. */
export function registerLeave(program: Command): void {
  program
    .command('leave')
    .description('stop mirroring a folder; its files stay, the invites made here end')
    .argument('<folder>', 'folder of a joined vault')
    .option('--json', 'print what was left as JSON')
    .addHelpText('after', '\nExample:\n  undrift leave ~/Notes')
    .action(leave)
}

async function leave(wanted: string, { json }: Flags): Promise<void> {
  const home = readHome()
  const joined = selectByFolder(readJoined(home), wanted)
  const { vault, device, folder } = joined
  if (realFolder(wanted) !== folder) {
    const text = `only the whole vault can be left. Nothing was changed. Name ${folder}.`
    throw new AppError('usage', text)
  }
  await stopAgent(controlSocket(home, vault.id))
  const trouble = await tellRelay(joined)
  const isUnmarked = unmark(joined)
  removeJoined(home, vault.id, device.id)
  const kept = isUnmarked
    ? 'Its files stay.'
    : 'Its files stay, and .undrift, which may be removed.'
  const text = `${folder} is no longer synced. ${kept}`
  const untold = `The relay was not told (${trouble ?? ''}). ${revocationAdvice(device)}`
  const relayTold = trouble === undefined
  printAnswer(json, { vault, device, folder, relayTold }, relayTold ? text : `${text} ${untold}`)
}

/** False where the folder is closed to us: its marker stays then, and holds nobody back. */
function unmark({ folder, device }: JoinedVault): boolean {
  try {
    if (readMarker(folder)?.device === device.id) removeMarker(folder)
    return true
  } catch (thrown) {
    if (!(thrown instanceof AppError) && errorCode(thrown) === undefined) throw thrown
    return false
  }
}

async function stopAgent(socket: string): Promise<void> {
  try {
    await new ControlClient(socket).stop()
  } catch (thrown) {
    if (toAppError(thrown).code !== 'unreachable') throw thrown
  }
}

/** Why that did not work. A device that the relay no longer knows has left already. */
async function tellRelay(joined: JoinedVault): Promise<string | undefined> {
  try {
    await leaveVault(joined, false)
    return undefined
  } catch (thrown) {
    const { code, message } = toAppError(thrown)
    return code === 'unauthorized' ? undefined : message
  }
}
