// `undrift join`: makes a folder the mirror of a vault. What can be checked is checked before the invite is used.
import { hostname } from 'node:os'
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { AppError } from '../../shared/errors.ts'
import { maxDeviceNameChars } from '../../shared/limits.ts'
import {
  type Home,
  type JoinedVault,
  addJoined,
  readHome,
  readJoined,
  removeJoined,
} from '../config.ts'
import { removeMarker, writeMarker } from '../disk/marker.ts'
import { systemRandom } from '../../system.ts'
import { lineLogger } from '../../line-logger.ts'
import type { BuildAgent } from './agent.ts'
import { onlyHelp, parseInviteLink, parsePattern } from './arguments.ts'
import { revocationAdvice } from './devices.ts'
import { type PreparedFolder, prepareFolder } from './join-folder.ts'
import { printAnswer, printable, remark } from './output.ts'
import { describePreview } from './preview-text.ts'
import { joinVault, leaveVault } from './relay-api.ts'

type Flags = { name?: string; only: readonly string[]; yes?: boolean; json?: boolean }

/** Adds `join` to the program. */
export function registerJoin(program: Command, buildAgent: BuildAgent): void {
  program
    .command('join')
    .description('make a folder a mirror of the vault behind a link')
    .argument('<link>', 'an invite, as "undrift invite" or the relay prints it')
    .argument('<folder>', 'the folder; made if it is not there')
    .option('--name <device>', 'how this device is called (default: the name of the machine)')
    .option('--only <pattern>', onlyHelp, parsePattern, [])
    .option('--yes', 'do not ask after the preview of the first sync')
    .option('--json', 'print the joined vault as JSON')
    .addHelpText(
      'after',
      "\nExamples:\n  undrift join 'https://relay.example/join#SECRET' ~/Notes\n" +
        "  undrift join 'http://127.0.0.1:4680/join#SECRET' ./notes --name laptop --yes\n" +
        "  undrift join 'https://relay.example/join#SECRET' ~/Work --only 'Projects/**' --only '*.txt'",
    )
    .action((link: string, folder: string, flags: Flags) => join(link, folder, flags, buildAgent))
}

async function join(
  link: string,
  wanted: string,
  flags: Flags,
  buildAgent: BuildAgent,
): Promise<void> {
  const { relay, secret } = parseInviteLink(link)
  const name = deviceName(flags.name)
  if (flags.yes !== true && !process.stdin.isTTY) throw cannotAsk()
  const home = readHome()
  const prepared = prepareFolder(home, wanted)
  let joined: JoinedVault | undefined
  try {
    const { folder } = prepared
    joined = { ...(await joinVault(relay, secret, name)), relay, folder, only: flags.only }
    checkOnce(home, joined)
    const isWanted = flags.yes === true || (await askAfterPreview(home, joined, buildAgent))
    if (!isWanted) return await decline(joined, prepared)
    remember(home, joined)
  } catch (thrown) {
    await undo(joined, prepared)
    throw thrown
  }
  const { vault, device, folder, role, only } = joined
  const text = `${folder} now mirrors "${printable(vault.name)}". To sync it: undrift run`
  printAnswer(flags.json, { vault, device, folder, relay, role, only }, text)
}

function deviceName(wanted: string | undefined): string {
  const name = (wanted ?? hostname()).trim()
  if (name !== '' && [...name].length <= maxDeviceNameChars) return name
  const rule = `A device's name has 1 to ${maxDeviceNameChars} characters.`
  throw new AppError('usage', `"${printable(name)}" cannot be a name. Nothing was changed. ${rule}`)
}

function cannotAsk(): AppError {
  const text = 'there is no terminal to ask on. Nothing was changed. Add --yes to join unasked.'
  return new AppError('usage', text)
}

/** One home has one local store per vault. */
function checkOnce(home: Home, { vault }: JoinedVault): void {
  const other = readJoined(home).find((joined) => joined.vault.id === vault.id)
  if (other === undefined) return
  const what = `"${vault.name}" is already mirrored in ${other.folder}`
  const todo = 'Use that folder, or leave the vault there first.'
  throw new AppError('already-joined', `${what}. Nothing was changed. ${todo}`)
}

async function askAfterPreview(
  home: Home,
  joined: JoinedVault,
  buildAgent: BuildAgent,
): Promise<boolean> {
  const logger = lineLogger(home.logLevel, (line) => process.stderr.write(line))
  const { agent } = await buildAgent(home, joined, logger)
  const preview = await agent.preview().finally(() => agent.stop())
  remark(describePreview(preview, joined))
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question('Go on? [y/N] ').finally(() => terminal.close())
  return /^y(es)?$/i.test(answer.trim())
}

/** The marker first: what the list says is joined has one. */
function remember(home: Home, joined: JoinedVault): void {
  const { vault, device, folder } = joined
  const marker = { vault: vault.id, device: device.id, home: home.configFolder }
  writeMarker(folder, marker, systemRandom)
  try {
    addJoined(home, joined)
  } catch (thrown) {
    removeMarker(folder)
    throw thrown
  }
}

async function decline(joined: JoinedVault, prepared: PreparedFolder): Promise<void> {
  await undo(joined, prepared)
  remark('Not joined. Nothing was changed, and the link can be used again.')
  process.exitCode = 1
}

/** Leaves nothing behind: not here, and not at the relay as far as it can be reached. */
async function undo(joined: JoinedVault | undefined, prepared: PreparedFolder): Promise<void> {
  if (joined !== undefined) {
    removeJoined(readHome(), joined.vault.id, joined.device.id)
    await leaveVault(joined, true).catch(() => {
      const untold = 'The relay could not be told: the link may be used up, then ask for a new one.'
      remark(`${untold} ${revocationAdvice(joined.device)}`)
    })
  }
  prepared.undo()
}
