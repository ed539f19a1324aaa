// `undrift relay`: arguments, environment, signals and texts of the relay's process.
import { join } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import envPaths from 'env-paths'
import { type AppError, errorFacts, toAppError } from '../shared/errors.ts'
import { onceSignalled } from '../signals.ts'
import type { RelayReady } from './relay.ts'
import { reserveBytes } from './store/ballast.ts'

type RelayFlags = {
  data?: string
  host: string
  port: number
  publicUrl?: string
  trustProxy?: readonly string[]
  json?: boolean
}

const defaultPort = 4680
/** No wider: behind a NAT, such as a container's, the whole internet comes from a private address. */
const thisMachine = 'loopback'

/** To listen on; no address that a link could name. */
const everyAddress = ['0.0.0.0', '::']

/** Adds `relay` to the program. The command ends when the process is told to stop. */
export function registerRelay(program: Command): void {
  program
    .command('relay')
    .description('run the relay that devices sync through, in the foreground')
    .option('--data <dir>', `where everything is kept (default: ${defaultFolder()})`)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on, 0 for a free one', parsePort, defaultPort)
    .option('--public-url <url>', 'how devices reach this relay', parseUrl)
    .addOption(
      new Option(
        '--trust-proxy [networks]',
        'believe X-Forwarded-For of proxies at these addresses, or without any on this machine',
      )
        .preset(thisMachine)
        .argParser((text: string) => text.split(',')),
    )
    .option('--json', 'print one line of JSON when ready')
    .addHelpText(
      'after',
      '\nExamples:\n  undrift relay\n' +
        '  undrift relay --data /srv/notes --public-url https://notes.example --trust-proxy',
    )
    .action(runRelay)
}

async function runRelay(flags: RelayFlags): Promise<void> {
  const folder = flags.data ?? defaultFolder()
  try {
    await serve(folder, flags)
  } catch (thrown) {
    const error = toAppError(thrown)
    process.stderr.write(`undrift: ${explain(error, folder)}\n`)
    process.exitCode = errorFacts(error.code).exit
  }
}

async function serve(folder: string, flags: RelayFlags): Promise<void> {
  const { Relay } = await import('./relay.ts')
  const { lineLogger, parseLogLevel } = await import('../line-logger.ts')
  const { systemClock, systemRandom } = await import('../system.ts')
  const level = parseLogLevel(process.env['UNDRIFT_LOG'] ?? '') ?? 'warn'
  const relay = new Relay({
    folder,
    host: flags.host,
    port: flags.port,
    publicUrl: flags.publicUrl,
    trustedProxies: flags.trustProxy ?? [],
    ballastBytes: reserveBytes,
    clock: systemClock,
    random: systemRandom,
    log: lineLogger(level, (line) => process.stderr.write(line)),
  })
  const stopped = onceSignalled()
  const ready = await relay.start()
  process.stdout.write(flags.json === true ? readyLine(ready) : greeting(ready, folder, flags))
  await stopped
  await relay.stop()
}

function defaultFolder(): string {
  const home = process.env['UNDRIFT_HOME']
  if (home !== undefined && home !== '') return join(home, 'relay')
  return envPaths('undrift-relay', { suffix: '' }).data
}

function readyLine({ url, setup }: RelayReady): string {
  return `${JSON.stringify({ event: 'ready', url, ...(setup === undefined ? {} : { setup }) })}\n`
}

/** What a person reads once the relay runs. */
export function greeting(
  { url, setup }: RelayReady,
  folder: string,
  { host, publicUrl }: Pick<RelayFlags, 'host' | 'publicUrl'>,
): string {
  const lines = [`The relay serves ${url} and keeps everything in ${folder}.`]
  if (publicUrl === undefined && everyAddress.includes(host)) {
    lines.push(
      'Its links work on this computer only: for others, say how they reach it with --public-url.',
    )
  }
  if (setup !== undefined) {
    lines.push(
      '',
      'It has no owner yet. On the first device run:',
      `  undrift join '${setup}' FOLDER`,
    )
  }
  return `${lines.join('\n')}\n`
}

/** What happened. What is safe. What to do. */
function explain({ code, message }: AppError, folder: string): string {
  if (code === 'locked') {
    return `another relay is using ${folder}. Nothing was changed. Stop it, or choose another folder with --data.`
  }
  if (code === 'storage-full') {
    const mebibytes = reserveBytes / 1024 ** 2
    return `the disk that holds ${folder} is full: a relay needs ${mebibytes} MiB of free room. What is stored is safe. Make room and start again.`
  }
  if (code === 'storage') {
    return `the store in ${folder} cannot be opened (${message}). Nothing was removed. Check the folder and its permissions.`
  }
  if (code === 'usage') {
    return `${message}. Nothing was changed. Name them as in --trust-proxy loopback,10.0.0.0/8.`
  }
  return `the relay cannot start: ${message}. Nothing was changed. Check --host and --port.`
}

function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is 0 to 65535.')
  return port
}

function parseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    throw new InvalidArgumentError('A URL begins with http:// or https://.')
  }
  return text.replace(/\/+$/, '')
}
