// A relay as a process of its own, on a port that it keeps when it is started again.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Running, tempFolder } from './program.ts'

type Ready = { readonly url: string; readonly setup?: string }

export class Relay implements AsyncDisposable {
  readonly home = tempFolder()
  /** Where everything is kept. */
  readonly data: string
  #process: Running | undefined
  #port = 0
  #setup = ''

  private constructor(data?: string) {
    this.data = data ?? join(this.home, 'data')
  }

  static async start(data?: string): Promise<Relay> {
    const relay = new Relay(data)
    await relay.start()
    return relay
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** The link of the first owner. */
  get setup(): string {
    return this.#setup
  }

  get log(): string {
    return this.#process?.log ?? ''
  }

  get pid(): number {
    return this.#running().pid
  }

  async start(): Promise<void> {
    this.#process = new Running(this.home, [
      ...['relay', '--data', this.data, '--port', String(this.#port), '--json'],
    ])
    const { url, setup } = (await this.#process.ready()) as Ready
    this.#port = Number(new URL(url).port)
    this.#setup = setup ?? this.#setup
  }

  async stop(): Promise<void> {
    await this.#process?.end('SIGTERM')
  }

  async kill9(): Promise<void> {
    await this.#process?.end('SIGKILL')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill9()
    rmSync(this.home, { recursive: true, force: true })
  }

  #running(): Running {
    if (this.#process === undefined) throw new Error('the relay was not started')
    return this.#process
  }
}
