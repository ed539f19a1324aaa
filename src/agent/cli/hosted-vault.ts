// One vault in `undrift run`: its agent and the control socket. What keeps the agent from starting is told to
// whoever asks, and tried again.
import { AppError, toAppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/ports.ts'
import { systemClock, systemRandom } from '../../system.ts'
import { type Home, type JoinedVault, controlSocket, readJoined } from '../config.ts'
import { ControlServer, type Controls, type HostControls } from '../control/server.ts'
import { backoffMs } from '../core/backoff.ts'
import { statusWithoutAgent } from '../core/status.ts'
import { type BuildAgent, type BuiltAgent, checkMarker } from './agent.ts'

export type HostedVaultOptions = {
  readonly home: Home
  readonly joined: JoinedVault
  readonly buildAgent: BuildAgent
  readonly logger: Logger
  /** A command asked this vault's agent to end. */
  readonly onStop: () => void
}

export class HostedVault {
  private readonly options: HostedVaultOptions
  private current: JoinedVault
  private readonly server: ControlServer
  private built: BuiltAgent | undefined
  /** Who is asked: the agent, or what kept it from starting. */
  private answering: Controls
  private cancelRetry = () => {}
  private stopping: Promise<void> | undefined
  private selecting: Promise<void> = Promise.resolve()

  constructor(options: HostedVaultOptions) {
    const { home, joined, onStop } = options
    this.current = joined
    this.options = options
    this.answering = failed(joined, new AppError('unreachable', 'the agent is not running'))
    const controls: HostControls = {
      status: () => this.answering.status(),
      sync: (timeoutMs) => this.answering.sync(timeoutMs),
      pause: () => this.answering.pause(),
      resume: (confirm) => this.answering.resume(confirm),
      select: () => this.select(),
    }
    this.server = new ControlServer({
      path: controlSocket(home, joined.vault.id),
      controls,
      onStop,
    })
  }

  get joined(): JoinedVault {
    return this.current
  }

  get isPaused(): boolean {
    return this.built?.agent.isPaused === true
  }

  get isStopping(): boolean {
    return this.stopping !== undefined
  }

  /** Resolves once the first sweep is done, or the vault found paused. Throws what is in the way, as `AppError`. */
  async start(): Promise<void> {
    try {
      await this.begin()
    } catch (thrown) {
      const reason = toAppError(thrown)
      this.answering = failed(this.joined, reason)
      await this.stopAgent()
      throw reason
    }
  }

  /** After `start` failed for `reason`: tries again, with growing delays, until it works or is told to stop. */
  async keepTrying(reason: unknown): Promise<void> {
    const { folder } = this.joined
    for (let [attempt, why] = [0, toAppError(reason)]; !this.isStopping; attempt++) {
      const delayMs = backoffMs(attempt, systemRandom.fraction())
      this.options.logger.error('vault.not-started', { folder, why: why.message, delayMs })
      await this.delay(delayMs)
      try {
        return await this.start()
      } catch (thrown) {
        why = toAppError(thrown)
      }
    }
  }

  /** The socket goes last: whoever waits for it finds the vault let go of. */
  async stop(): Promise<void> {
    this.stopping ??= this.stopOnce()
    await this.stopping
  }

  /** Begins anew with what the settings now say is mirrored. Throws what is in the way; then it is tried again. */
  private async select(): Promise<void> {
    const done = this.selecting.then(() => this.beginAnew())
    this.selecting = done.catch(() => undefined)
    await done
  }

  private async beginAnew(): Promise<void> {
    const { device } = this.current
    const joined = readJoined(this.options.home).find((other) => other.device.id === device.id)
    if (joined === undefined || this.isStopping) return
    await this.stopAgent()
    this.current = joined
    try {
      await this.start()
    } catch (thrown) {
      void this.keepTrying(thrown)
      throw thrown
    }
  }

  private async begin(): Promise<void> {
    if (this.built !== undefined) return
    const { home, buildAgent, logger } = this.options
    const built = await buildAgent(home, this.joined, logger)
    if (this.isStopping) return
    this.built = built
    this.answering = built.agent
    await this.server.start()
    checkMarker(this.joined)
    await built.disk.start()
    if (!this.isStopping) await built.agent.start()
  }

  private async delay(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = systemClock.after(delayMs, resolve)
      this.cancelRetry = () => {
        cancel()
        resolve()
      }
    })
  }

  private async stopOnce(): Promise<void> {
    this.cancelRetry()
    await this.stopAgent()
    await this.stopPart(this.server)
  }

  private async stopAgent(): Promise<void> {
    const { built } = this
    this.built = undefined
    if (built === undefined) return
    await this.stopPart(built.agent)
    await this.stopPart(built.disk)
  }

  private async stopPart(part: { stop(): Promise<void> }): Promise<void> {
    await part.stop().catch((thrown: unknown) => {
      this.options.logger.error('vault.stop-failed', { why: String(thrown) })
    })
  }
}

/** What a vault answers whose agent could not start. */
function failed(joined: JoinedVault, reason: AppError): Controls {
  const { code, message } = reason
  const problem = { path: '.', code, message, since: new Date(systemClock.now()).toISOString() }
  const refuse = () => Promise.reject(reason)
  return {
    status: () =>
      Promise.resolve(
        statusWithoutAgent(joined, { pid: process.pid, state: 'error', problems: [problem] }),
      ),
    sync: refuse,
    pause: refuse,
    resume: refuse,
  }
}
