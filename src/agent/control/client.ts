// The commands' end of a running agent's control socket.
import { type Socket, connect } from 'node:net'
import * as v from 'valibot'
import { AppError } from '../../shared/errors.ts'
import type { Status } from '../core/status.ts'
import { readLines, writeLine } from './lines.ts'
import {
  type ControlRequest,
  type SyncResult,
  answerSchema,
  statusSchema,
  syncResultSchema,
} from './messages.ts'

/** How much longer than it was given an agent may take to answer. */
const defaultGraceMs = 10_000
/** A large folder is looked through by then. */
const selectTimeoutMs = 120_000

/** Each call throws `AppError`: `unreachable` when no agent is running, `timeout` when it does not answer. */
export class ControlClient {
  private readonly path: string
  private readonly graceMs: number

  constructor(path: string, graceMs = defaultGraceMs) {
    this.path = path
    this.graceMs = graceMs
  }

  async status(): Promise<Status> {
    return check(statusSchema, await this.ask({ op: 'status' }))
  }

  async sync(timeoutMs: number): Promise<SyncResult> {
    return check(syncResultSchema, await this.ask({ op: 'sync', timeoutMs }, timeoutMs))
  }

  async pause(): Promise<void> {
    await this.ask({ op: 'pause' })
  }

  async resume(confirm: boolean): Promise<void> {
    await this.ask({ op: 'resume', confirm })
  }

  /** Has the agent take up what the settings now say is mirrored, and look at all of it. */
  async select(): Promise<void> {
    await this.ask({ op: 'select' }, selectTimeoutMs)
  }

  /** Resolves when the agent has let go of the vault. */
  async stop(): Promise<void> {
    const socket = await this.connect()
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.resume()
    writeLine(socket, { op: 'stop' })
    await closed
  }

  private async ask(request: ControlRequest, timeoutMs = 0): Promise<unknown> {
    const socket = await this.connect()
    try {
      const line = await new Promise<string>((resolve, reject) => {
        readLines(socket, resolve)
        socket.setTimeout(timeoutMs + this.graceMs, () => reject(silent()))
        socket.on('error', (error) => reject(gone('went away', error)))
        socket.once('close', () => reject(gone('went away')))
        writeLine(socket, request)
      })
      const answer = check(answerSchema, JSON.parse(line))
      if (!answer.ok) throw new AppError(answer.code, answer.message)
      return answer.value
    } finally {
      socket.destroy()
    }
  }

  private async connect(): Promise<Socket> {
    return await new Promise((resolve, reject) => {
      const socket = connect(this.path)
      socket.once('connect', () => resolve(socket))
      socket.once('error', (error) => reject(notRunning(error)))
    })
  }
}

function silent(): AppError {
  return new AppError('timeout', 'the agent is running but does not answer')
}

function notRunning(cause: unknown): AppError {
  const text = 'the agent is not running. Nothing was changed. To start it: "undrift run".'
  return new AppError('unreachable', text, cause)
}

function gone(what: string, cause?: unknown): AppError {
  return new AppError('unreachable', `the agent ${what}`, cause)
}

function check<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  throw new AppError('unsupported-version', 'the agent speaks another version than this command')
}
