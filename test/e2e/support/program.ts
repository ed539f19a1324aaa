// The built program as processes of their own, each with its environment, and ended by its pid.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from './until.ts'

const program = join(import.meta.dirname, '../../../dist/main.js')

export type Result = { readonly code: number | null; readonly out: string; readonly err: string }

/** A fresh folder, as `realpath` gives it. */
export function tempFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'undrift-e2e-')))
}

export type LaunchOptions = {
  /** How wrong the process's clock is. */
  readonly clockOffsetMs?: number
}

function launch(
  home: string,
  args: readonly string[],
  { clockOffsetMs = 0 }: LaunchOptions = {},
): ChildProcess {
  const clock = `const now = Date.now; Date.now = () => now() + ${clockOffsetMs}`
  const skew = clockOffsetMs === 0 ? [] : ['--import', `data:text/javascript,${clock}`]
  return spawn(process.execPath, [...skew, program, ...args], {
    env: { PATH: process.env['PATH'], UNDRIFT_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Runs a command to its end. */
export async function undrift(home: string, ...args: string[]): Promise<Result> {
  const child = launch(home, args)
  let [out, err] = ['', '']
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, out, err }
}

/** A command that goes on until it is ended. */
export class Running {
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>
  #out = ''
  #err = ''

  constructor(home: string, args: readonly string[], options: LaunchOptions = {}) {
    this.#child = launch(home, args, options)
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#out += chunk.toString()))
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#err += chunk.toString()))
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve))
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error('it did not start')
    return pid
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** What it wrote to stderr. */
  get log(): string {
    return this.#err
  }

  /** The first line that it prints, read as JSON. */
  async ready(): Promise<unknown> {
    const hasLine = (): boolean => this.#out.includes('\n')
    await until(
      () => hasLine() || !this.isRunning,
      () => `${this.#err} ready`,
      30_000,
    )
    if (!hasLine()) throw new Error(`ended before it was ready: ${this.#err}`)
    const value: unknown = JSON.parse(this.#out.slice(0, this.#out.indexOf('\n')))
    return value
  }

  signal(name: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(name)
  }

  /** Ends it; resolves with its exit code once it is gone. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.signal(signal)
    return this.#ended
  }
}
