// The vault's `.undriftignore`. An editor that truncates it and then writes, or removes it and then
// renames, must not make private files public meanwhile: rules that shrink have to stay so for a while.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../shared/errors.ts'
import type { Clock, Logger } from '../../shared/ports.ts'
import { ignoreFileName } from '../../shared/vault-path.ts'
import { type IgnoreRules, createIgnoreRules, rulesFault } from '../core/ignore.ts'
import type { Problem } from '../core/facts.ts'
import { lstatOf } from './file-stat.ts'
import { errorCode, readProblem } from './problems.ts'

/** How long a file with less in it than the rules in force must stay as it is to replace them. */
const settleMs = 2000

type Version = { readonly key: string; readonly size: number }
const absent: Version = { key: '', size: 0 }

export type RulesFileOptions = {
  readonly root: string
  /** What this device mirrors (default: all). */
  readonly only?: readonly string[]
  readonly clock: Clock
  readonly logger: Logger
}

export class RulesFile {
  private readonly file: string
  private readonly clock: Clock
  private readonly logger: Logger
  private readonly listeners = new Set<() => void>()
  private readonly changeListeners = new Set<() => void>()
  private readonly only: readonly string[]
  private rules: IgnoreRules
  /** What the rules in force were read from. */
  private inForce = absent
  private doubted: { readonly key: string; readonly since: number } | undefined
  private cancelTimer = () => {}
  private unread: Problem | undefined

  constructor({ root, only = [], clock, logger }: RulesFileOptions) {
    this.only = only
    this.rules = createIgnoreRules('', only)
    this.file = join(root, ignoreFileName)
    this.clock = clock
    this.logger = logger
  }

  get current(): IgnoreRules {
    return this.rules
  }

  /** False while what is there now may be half a save. */
  get isSettled(): boolean {
    return this.doubted === undefined
  }

  /** Why the file that is there could not be read at the last `reload`. */
  get problem(): Problem | undefined {
    return this.unread
  }

  /** Tells when `reload` should be called again. The returned function ends it. */
  onDue(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Tells that other rules are in force. The returned function ends it. */
  onChange(listener: () => void): () => void {
    this.changeListeners.add(listener)
    return () => this.changeListeners.delete(listener)
  }

  stop(): void {
    this.cancelTimer()
  }

  /** Unreadable rules stay as they were, and are a problem: they may leave out what is not known here. */
  reload(): void {
    this.cancelTimer()
    try {
      const version = this.look()
      if (version.key === this.inForce.key) this.doubted = undefined
      else if (!this.isDoubtful(version)) this.use(version)
      this.unread = undefined
    } catch (thrown) {
      this.unread = readProblem(thrown)
      this.logger.warn('disk.ignore-rules-unread', { why: this.unread.message })
      this.waitUntilReadable()
    }
  }

  private look(): Version {
    const stats = lstatOf(this.file)
    // A folder was never the rules of anybody; a listing tells of it.
    if (stats === undefined || stats.isDirectory()) return absent
    if (!stats.isFile()) throw new AppError('storage', 'not a regular file')
    return { key: `${stats.ino} ${stats.mtimeNs} ${stats.size}`, size: Number(stats.size) }
  }

  /** Whether `version` may be half a save: it has less than the rules in force, and is new. */
  private isDoubtful({ key, size }: Version): boolean {
    if (size >= this.inForce.size) return false
    const now = this.clock.now()
    if (this.doubted?.key !== key) this.doubted = { key, since: now }
    const leftMs = this.doubted.since + settleMs - now
    if (leftMs > 0) this.lookAgainIn(leftMs)
    return leftMs > 0
  }

  private use(version: Version): void {
    const text = version === absent ? '' : this.readRules()
    const isWhole = this.look().key === version.key
    if (!isWhole) throw new AppError('storage', 'it changed while it was read')
    this.rules = createIgnoreRules(text, this.only)
    this.inForce = version
    this.doubted = undefined
    for (const listener of this.changeListeners) listener()
  }

  private readRules(): string {
    const text = this.read()
    const fault = rulesFault(text)
    if (fault !== undefined) throw new AppError('storage', fault)
    return text
  }

  protected read(): string {
    return readFileSync(this.file, 'utf8')
  }

  private waitUntilReadable(): void {
    this.cancelTimer = this.clock.after(settleMs, () => {
      if (this.isReadable()) this.tellDue()
      else this.waitUntilReadable()
    })
  }

  private isReadable(): boolean {
    try {
      if (this.look() !== absent) this.readRules()
      return true
    } catch (thrown) {
      if (!(thrown instanceof AppError) && errorCode(thrown) === undefined) throw thrown
      return false
    }
  }

  private lookAgainIn(ms: number): void {
    this.cancelTimer = this.clock.after(ms, () => this.tellDue())
  }

  private tellDue(): void {
    for (const listener of this.listeners) listener()
  }
}
