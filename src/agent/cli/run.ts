// `undrift run`: the agents of some vaults, in the foreground, until a signal or `undrift leave`.
import type { Command } from 'commander'
import type { Logger } from '../../shared/ports.ts'
import { type Home, type JoinedVault, readHome } from '../config.ts'
import { lineLogger } from '../../line-logger.ts'
import { onceSignalled } from '../../signals.ts'
import type { BuildAgent } from './agent.ts'
import { HostedVault } from './hosted-vault.ts'
import { printAnswer } from './output.ts'
import { selectMany } from './select.ts'

type Flags = { json?: boolean }

/** Adds `run` to the program. */
export function registerRun(program: Command, buildAgent: BuildAgent): void {
  program
    .command('run')
    .description('sync these folders (default: all that are joined), in the foreground')
    .argument('[folders...]', 'folders of joined vaults')
    .option('--json', 'print a line of JSON when a vault is ready')
    .addHelpText('after', '\nExamples:\n  undrift run\n  undrift run ~/Notes ~/Work --json')
    .action((folders: string[], flags: Flags) => run(folders, flags, buildAgent))
}

async function run(folders: string[], flags: Flags, buildAgent: BuildAgent): Promise<void> {
  const home = readHome()
  const logger = lineLogger(home.logLevel, (line) => process.stderr.write(line))
  const host = new Host(home, logger, buildAgent)
  const stopped = onceSignalled()
  try {
    const ready = Promise.all(
      selectMany(home, folders).map(async (joined) => {
        if (await host.add(joined)) announce(joined, flags)
      }),
    )
    await Promise.race([stopped, Promise.all([ready, host.isEmpty])])
  } finally {
    await host.stop()
  }
}

function announce({ vault, device, folder, relay }: JoinedVault, { json }: Flags): void {
  const event = { event: 'ready', vault, device, folder, pid: process.pid }
  printAnswer(json, event, `${folder} mirrors "${vault.name}" through ${relay}.`)
}

/** The vaults of one process. */
class Host {
  /** Resolves when every vault that was added was told to stop. */
  readonly isEmpty: Promise<void>
  private readonly home: Home
  private readonly logger: Logger
  private readonly buildAgent: BuildAgent
  private readonly vaults = new Set<HostedVault>()
  private onEmpty = () => {}
  private isStopping = false

  constructor(home: Home, logger: Logger, buildAgent: BuildAgent) {
    this.home = home
    this.logger = logger
    this.buildAgent = buildAgent
    this.isEmpty = new Promise((resolve) => (this.onEmpty = resolve))
  }

  /** Whether it runs once this resolves: it may have been told to stop before. */
  async add(joined: JoinedVault): Promise<boolean> {
    const { home, logger } = this
    const { agent, disk } = await this.buildAgent(home, joined, logger)
    const onStop = () => void this.remove(hosted)
    const hosted = new HostedVault({ home, joined, agent, disk, logger, onStop })
    this.vaults.add(hosted)
    await hosted.start()
    return this.vaults.has(hosted) && !this.isStopping
  }

  async stop(): Promise<void> {
    this.isStopping = true
    await Promise.all([...this.vaults].map((hosted) => hosted.stop()))
  }

  private async remove(hosted: HostedVault): Promise<void> {
    await hosted.stop()
    this.vaults.delete(hosted)
    if (this.vaults.size === 0) this.onEmpty()
  }
}
