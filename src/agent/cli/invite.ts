// `undrift invite`: a link with which another device joins the vault.
import { type Command, Option } from 'commander'
import { roles } from '../../shared/roles.ts'
import { readHome } from '../config.ts'
import { parseCount, parseDuration } from './arguments.ts'
import { printAnswer } from './output.ts'
import { createInvite } from './relay-api.ts'
import { selectOne } from './select.ts'

type Flags = { role: string; uses: number; expires: number; json?: boolean }

const defaultSeconds = 24 * 3600

/** Adds `invite` to the program. */
export function registerInvite(program: Command): void {
  program
    .command('invite')
    .description('make a link with which another device joins the vault')
    .argument('[folder]', 'folder of a joined vault (needed when several are joined)')
    .addOption(
      new Option('--role <role>', 'what the new device may do').choices(roles).default('editor'),
    )
    .option('--uses <number>', 'how many devices may join with it', parseCount, 1)
    .addOption(
      new Option('--expires <duration>', 'how long it works: 90s, 30m, 24h, 7d')
        .argParser(parseDuration)
        .default(defaultSeconds, '24h'),
    )
    .option('--json', 'print link, role and expiry as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  undrift invite\n  undrift invite ~/Notes --role viewer --uses 5 --expires 7d',
    )
    .action(invite)
}

async function invite(folder: string | undefined, flags: Flags): Promise<void> {
  const joined = selectOne(readHome(), folder)
  const { role, uses, expires: expiresInSeconds } = flags
  const made = await createInvite(joined, { role, uses, expiresInSeconds })
  printAnswer(flags.json, made, made.link)
}
