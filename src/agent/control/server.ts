// The local socket through which commands talk to a running agent. Only its owner may connect.
import { chmodSync } from 'node:fs'
import { type Server, type Socket, connect, createServer } from 'node:net'
import * as v from 'valibot'
import { unreachable } from '../../shared/assert.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { Status } from '../core/status.ts'
import { hasCode } from '../disk/problems.ts'
import { removeIfThere } from '../disk/temp.ts'
import { readLines, writeLine } from './lines.ts'
import {
  type ControlAnswer,
  type ControlRequest,
  type SyncResult,
  requestSchema,
} from './messages.ts'

/** What a running agent lets itself be told. */
export interface Controls {
  status(): Promise<Status>
  sync(timeoutMs: number): Promise<SyncResult>
  pause(): Promise<void>
  resume(confirm: boolean): Promise<void>
}

/** What whoever hosts the agent lets itself be told. */
export interface HostControls extends Controls {
  /** Takes up what the settings now say is mirrored. */
  select(): Promise<void>
}

export type ControlServerOptions = {
  readonly path: string
  readonly controls: HostControls
  /** Asked to end; answered before that happens. */
  readonly onStop: () => void
}

/** More commands at once than any person starts. */
const maxClients = 64

export class ControlServer {
  private readonly options: ControlServerOptions
  private readonly clients = new Set<Socket>()
  private server: Server | undefined

  constructor(options: ControlServerOptions) {
    this.options = options
  }

  /** Does nothing where it listens already. Throws `AppError('locked')` when a living agent listens there. */
  async start(): Promise<void> {
    const { path } = this.options
    if (this.server !== undefined) return
    try {
      this.server = await this.listen(path)
    } catch (thrown) {
      if (!hasCode(thrown, 'EADDRINUSE')) throw thrown
      if (await isAnswered(path)) {
        throw new AppError('locked', 'another agent has this vault', thrown)
      }
      removeIfThere(path)
      this.server = await this.listen(path)
    }
  }

  async stop(): Promise<void> {
    const { server } = this
    this.server = undefined
    if (server === undefined) return
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const client of this.clients) client.end(() => client.destroy())
    })
  }

  private async listen(path: string): Promise<Server> {
    const server = createServer((client) => this.serve(client))
    server.maxConnections = maxClients
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
    if (process.platform !== 'win32') chmodSync(path, 0o600)
    return server
  }

  private serve(client: Socket): void {
    this.clients.add(client)
    client.on('close', () => this.clients.delete(client))
    client.on('error', () => client.destroy())
    readLines(client, (line) => {
      this.answer(line).then(
        (answer) => writeLine(client, answer),
        () => client.destroy(),
      )
    })
  }

  private async answer(line: string): Promise<ControlAnswer> {
    try {
      const parsed = v.safeParse(requestSchema, JSON.parse(line))
      if (!parsed.success) throw new AppError('malformed', 'no request that this agent knows')
      return { ok: true, value: await this.perform(parsed.output) }
    } catch (thrown) {
      const { code, message } = toAppError(thrown)
      return { ok: false, code, message }
    }
  }

  private async perform(request: ControlRequest): Promise<unknown> {
    const { controls, onStop } = this.options
    switch (request.op) {
      case 'status':
        return await controls.status()
      case 'sync':
        return await controls.sync(request.timeoutMs)
      case 'pause':
        return await controls.pause()
      case 'resume':
        return await controls.resume(request.confirm)
      case 'select':
        return await controls.select()
      case 'stop':
        setImmediate(onStop)
        return undefined
      default:
        return unreachable(request)
    }
  }
}

/** Whether somebody listens; a socket that an agent left behind when it was killed answers nothing. */
async function isAnswered(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const client = connect(path)
    const end = (answered: boolean) => {
      client.destroy()
      resolve(answered)
    }
    client.once('connect', () => end(true))
    client.once('error', () => end(false))
  })
}
