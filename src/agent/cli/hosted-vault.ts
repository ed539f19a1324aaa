// One vault in `undrift run`: its agent and the control socket, started and stopped together.
import type { Logger } from '../../shared/ports.ts'
import { type Home, type JoinedVault, controlSocket } from '../config.ts'
import { ControlServer } from '../control/server.ts'
import { type Agent, type Startable, checkMarker } from './agent.ts'

export type HostedVaultOptions = {
  readonly home: Home
  readonly joined: JoinedVault
  readonly agent: Agent
  readonly disk: Startable
  readonly logger: Logger
  /** A command asked this vault's agent to end. */
  readonly onStop: () => void
}

export class HostedVault {
  readonly joined: JoinedVault
  private readonly options: HostedVaultOptions
  private readonly server: ControlServer
  private stopping: Promise<void> | undefined

  constructor(options: HostedVaultOptions) {
    const { home, joined, agent, onStop } = options
    this.joined = joined
    this.options = options
    this.server = new ControlServer({
      path: controlSocket(home, joined.vault.id),
      controls: agent,
      onStop,
    })
  }

  /** Resolves once the first sweep is done. Throws `AppError('locked')` when another agent has the vault. */
  async start(): Promise<void> {
    const { joined, agent, disk } = this.options
    checkMarker(joined)
    await this.server.start()
    await disk.start()
    await agent.start()
  }

  /** The socket goes last: whoever waits for it finds the vault let go of. */
  async stop(): Promise<void> {
    this.stopping ??= this.stopOnce()
    await this.stopping
  }

  private async stopOnce(): Promise<void> {
    const { agent, disk, logger } = this.options
    for (const part of [agent, disk, this.server]) {
      await part.stop().catch((thrown: unknown) => {
        logger.error('vault.stop-failed', { why: String(thrown) })
      })
    }
  }
}
