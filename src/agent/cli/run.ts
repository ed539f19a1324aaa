// `undrift run`: the agents of some vaults, in the foreground, until a signal or `undrift leave`.
import type { Command } from 'commander'
import { toAppError } from '../../shared/errors.ts'
import { type JoinedVault, readHome } from '../config.ts'
import { lineLogger } from '../../line-logger.ts'
import { onceSignalled } from '../../signals.ts'
import type { BuildAgent } from './agent.ts'
import { HostedVault, type HostedVaultOptions } from './hosted-vault.ts'
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
  const host = new Host({ home, logger, buildAgent, onReady: (hosted) => announce(hosted, flags) })
  const stopped = onceSignalled()
  try {
    await Promise.race([stopped, host.run(selectMany(home, folders))])
  } finally {
    await host.stop()
  }
}

function announce({ joined, isPaused }: HostedVault, { json }: Flags): void {
  const { vault, device, folder, relay } = joined
  const event = { event: 'ready', vault, device, folder, pid: process.pid, paused: isPaused }
  const text = isPaused
    ? `${folder} is paused: nothing is synced. To go on: undrift resume`
    : `${folder} mirrors "${vault.name}" through ${relay}.`
  printAnswer(json, event, text)
}

type HostOptions = Omit<HostedVaultOptions, 'joined' | 'onStop'> & {
  /** The first sweep of a vault is done, or the vault is paused. */
  readonly onReady: (hosted: HostedVault) => void
}

/** The vaults of one process. */
class Host {
  private readonly options: HostOptions
  private readonly vaults = new Set<HostedVault>()
  private readonly isEmpty: Promise<void>
  private onEmpty = () => {}

  constructor(options: HostOptions) {
    this.options = options
    this.isEmpty = new Promise((resolve) => (this.onEmpty = resolve))
  }

  /**
   * Resolves when every vault was told to stop. One that cannot start does not keep the others from it, and is
   * tried again; throws when none can.
   */
  async run(all: readonly JoinedVault[]): Promise<void> {
    const vaults = all.map((joined) => this.add(joined))
    const starts = await Promise.allSettled(vaults.map((hosted) => this.start(hosted)))
    const failures = starts.filter((start) => start.status === 'rejected')
    if (failures.length === all.length) throw toAppError(failures[0]?.reason)
    vaults.forEach((hosted, n) => {
      const start = starts[n]
      if (start?.status === 'rejected') void this.startLater(hosted, start.reason)
    })
    await this.isEmpty
  }

  async stop(): Promise<void> {
    await Promise.all([...this.vaults].map((hosted) => hosted.stop()))
  }

  private add(joined: JoinedVault): HostedVault {
    const onStop = () => void this.remove(hosted)
    const hosted: HostedVault = new HostedVault({ ...this.options, joined, onStop })
    this.vaults.add(hosted)
    return hosted
  }

  private async start(hosted: HostedVault): Promise<void> {
    await hosted.start()
    this.tellReady(hosted)
  }

  private async startLater(hosted: HostedVault, reason: unknown): Promise<void> {
    await hosted.keepTrying(reason)
    this.tellReady(hosted)
  }

  /** Not if it was told to stop meanwhile. */
  private tellReady(hosted: HostedVault): void {
    if (!hosted.isStopping) this.options.onReady(hosted)
  }

  private async remove(hosted: HostedVault): Promise<void> {
    await hosted.stop()
    this.vaults.delete(hosted)
    if (this.vaults.size === 0) this.onEmpty()
  }
}
