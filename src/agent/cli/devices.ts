// `undrift devices` and `undrift device revoke`: who mirrors the vault, and who does so no longer.
import type { Command } from 'commander'
import { AppError } from '../../shared/errors.ts'
import { type DeviceId, parseId } from '../../shared/ids.ts'
import { type JoinedVault, readHome } from '../config.ts'
import { printAnswer, printable } from './output.ts'
import { type Device, listDevices, revokeDevice } from './relay-api.ts'
import { selectOne } from './select.ts'

type Flags = { json?: boolean }

/** Adds `devices` and `device revoke` to the program. */
export function registerDevices(program: Command): void {
  program
    .command('devices')
    .description('list the devices of a vault')
    .argument('[folder]', 'folder of a joined vault (needed when several are joined)')
    .option('--json', 'print id, name, role and time of joining as JSON')
    .addHelpText('after', '\nExamples:\n  undrift devices\n  undrift devices ~/Notes --json')
    .action(showDevices)
  const example = '\nExample:\n  undrift device revoke 2fh6k3jv7q4m5n2b3c4d5e6f7g'
  program
    .command('device')
    .description('change a device of a vault')
    .addHelpText('after', example)
    .command('revoke')
    .description('take a device off its vault at once; its files stay as they are')
    .argument('<id>', 'the device, as "undrift devices" shows it')
    .argument('[folder]', 'folder of a joined vault (needed when several are joined)')
    .option('--json', 'print the device that was revoked as JSON')
    .addHelpText('after', example)
    .action(revoke)
}

/** What to do where the relay may still count `device` in; it ends with a command to copy. */
export function revocationAdvice({ id }: { readonly id: DeviceId }): string {
  return `To be safe, run this on another device of the vault: undrift device revoke ${id}`
}

async function showDevices(folder: string | undefined, { json }: Flags): Promise<void> {
  const joined = selectOne(readHome(), folder)
  const devices = (await listDevices(joined)).map((device) => ({
    ...device,
    isThis: device.id === joined.device.id,
  }))
  printAnswer(json, devices, devices.map(describe).join('\n'))
}

function describe({ id, name, role, joined, isThis }: Device & { isThis: boolean }): string {
  const line = `${id}  ${role.padEnd('viewer'.length)}  ${joined.slice(0, 10)}  ${printable(name)}`
  return isThis ? `${line}  (this device)` : line
}

async function revoke(text: string, folder: string | undefined, { json }: Flags): Promise<void> {
  const id = parseId<DeviceId>(text)
  if (id === undefined) throw noId(text)
  const joined = selectOne(readHome(), folder)
  if (id === joined.device.id) throw thisDevice(joined)
  const device = await revokeDevice(joined, id)
  const { vault } = joined
  const what = `"${printable(device.name)}" is no longer a device of "${printable(vault.name)}".`
  printAnswer(json, { vault, device }, `${what} Its files stay as they are.`)
}

function noId(text: string): AppError {
  const what = `"${text}" is not the id of a device`
  return new AppError('usage', `${what}. Nothing was changed. See "undrift devices".`)
}

function thisDevice({ folder }: JoinedVault): AppError {
  const todo = `To stop syncing here, run "undrift leave ${folder}".`
  return new AppError('usage', `that is this device. Nothing was changed. ${todo}`)
}
