// A device: a folder of notes, a home of its own and the agent that keeps it in step.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { controlSocket, readHome, readJoined } from '../../../src/agent/config.ts'
import { ControlClient } from '../../../src/agent/control/client.ts'
import type { Status } from '../../../src/agent/core/status.ts'
import { type LaunchOptions, type Result, Running, tempFolder, undrift } from './program.ts'
import { until } from './until.ts'

type JoinOptions = {
  readonly link: string
  readonly name: string
  /** What the folder holds before it is joined. */
  readonly fill?: (folder: string) => void
  /** More for `undrift join`. */
  readonly flags?: readonly string[]
  /** Other places than fresh ones. */
  readonly folder?: string
  readonly home?: string
}

export class Device implements AsyncDisposable {
  readonly name: string
  readonly home: string
  readonly folder: string
  readonly #room: string
  #process: Running | undefined

  private constructor({ name, home, folder }: JoinOptions) {
    this.name = name
    this.#room = tempFolder()
    this.home = home ?? join(this.#room, 'home')
    this.folder = folder ?? join(this.#room, 'vault')
    mkdirSync(this.folder)
  }

  /** Joins a fresh folder. The agent is not started. */
  static async join(options: JoinOptions): Promise<Device> {
    const { link, name, fill, flags = [] } = options
    const device = new Device(options)
    fill?.(device.folder)
    const joined = await device.undrift(
      ...['join', link, device.folder, '--name', name, '--yes'],
      ...flags,
    )
    if (joined.code !== 0) throw new Error(joined.err)
    return device
  }

  /** Joins a fresh folder and starts the agent. */
  static async running(options: JoinOptions): Promise<Device> {
    const device = await Device.join(options)
    await device.start()
    return device
  }

  get pid(): number {
    return this.#running().pid
  }

  get isRunning(): boolean {
    return this.#process?.isRunning === true
  }

  /** What the agent logged since it was last started. */
  get log(): string {
    return this.#process?.log ?? ''
  }

  get vault(): string {
    return this.joined().vault.id
  }

  /** How this device is known to the relay. */
  joined() {
    const [joined] = readJoined(readHome({ UNDRIFT_HOME: this.home }))
    if (joined === undefined) throw new Error(`${this.name} has not joined`)
    return joined
  }

  undrift(...args: string[]): Promise<Result> {
    return undrift(this.home, ...args)
  }

  async invite(...flags: string[]): Promise<string> {
    const { out } = await this.undrift('invite', this.folder, '--json', ...flags)
    return (JSON.parse(out) as { link: string }).link
  }

  /** Starts the agent; resolves when its first sweep is done. */
  async start(options: LaunchOptions = {}): Promise<void> {
    this.begin(options)
    await this.#running().ready()
  }

  /** Starts the agent and does not wait for anything. */
  begin(options: LaunchOptions = {}): void {
    this.#process = new Running(this.home, ['run', '--json'], options)
  }

  async stop(): Promise<number | null> {
    return (await this.#process?.end('SIGTERM')) ?? null
  }

  async kill9(): Promise<void> {
    await this.#process?.end('SIGKILL')
  }

  signal(name: NodeJS.Signals): void {
    this.#running().signal(name)
  }

  /** What the agent's own control socket says: the same as `undrift status --json`. */
  status(): Promise<Status> {
    return this.#control().status()
  }

  /** `undrift sync`, without the process. */
  async sync(ms = 30_000): Promise<void> {
    if ((await this.#control().sync(ms)) === 'synced') return
    const { state, queue, held, problems } = await this.status()
    const why = JSON.stringify({ state, queue, held, problems })
    throw new Error(`${this.name} was not synced within ${ms} ms: ${why}\n${this.log}`)
  }

  pause(): Promise<void> {
    return this.#control().pause()
  }

  resume(confirm = false): Promise<void> {
    return this.#control().resume(confirm)
  }

  async reaches(state: Status['state'], ms?: number): Promise<Status> {
    let last: Status | undefined
    await until(
      async () => {
        last = await this.status()
        return last.state === state
      },
      () => `${this.name} is ${state}: ${JSON.stringify(last)}\n${this.log}`,
      ms,
    )
    return last ?? this.status()
  }

  file(path: string): string {
    return join(this.folder, path)
  }

  read(path: string): string {
    return readFileSync(this.file(path), 'utf8')
  }

  /** The text; undefined where there is no file. */
  peek(path: string): string | undefined {
    const isFile = statSync(this.file(path), { throwIfNoEntry: false })?.isFile() === true
    return isFile ? this.read(path) : undefined
  }

  has(path: string): boolean {
    return existsSync(this.file(path))
  }

  /** Writes in place. */
  write(path: string, text: string | Uint8Array): void {
    mkdirSync(dirname(this.file(path)), { recursive: true })
    writeFileSync(this.file(path), text)
  }

  /** Writes beside it and renames, as careful editors do. */
  replace(path: string, text: string | Uint8Array): void {
    const beside = `${path}.new.tmp`
    this.write(beside, text)
    this.rename(beside, path)
  }

  /** Changes what is there. */
  edit(path: string, change: (text: string) => string): void {
    this.replace(path, change(this.read(path)))
  }

  append(path: string, text: string): void {
    appendFileSync(this.file(path), text)
  }

  remove(path: string): void {
    rmSync(this.file(path), { recursive: true })
  }

  rename(from: string, to: string): void {
    mkdirSync(dirname(this.file(to)), { recursive: true })
    renameSync(this.file(from), this.file(to))
  }

  async shows(path: string, wanted: string | ((text: string) => boolean)): Promise<void> {
    const isWanted = typeof wanted === 'string' ? (text: string) => text === wanted : wanted
    await until(
      () => isWanted(this.peek(path) ?? '\0'),
      () => `${this.name} shows ${path}, has ${JSON.stringify(this.peek(path)?.slice(0, 500))}`,
    )
  }

  async lacks(path: string): Promise<void> {
    await until(() => !this.has(path), `${this.name} lacks ${path}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill9()
    rmSync(this.#room, { recursive: true, force: true })
  }

  #running(): Running {
    if (this.#process === undefined) throw new Error(`${this.name} was not started`)
    return this.#process
  }

  #control(): ControlClient {
    const home = readHome({ UNDRIFT_HOME: this.home })
    return new ControlClient(controlSocket(home, this.joined().vault.id))
  }
}
