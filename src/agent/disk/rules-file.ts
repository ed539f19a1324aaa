// The vault's `.undriftignore`. An editor that truncates it and then writes, or removes it and then
// renames, must not make private files public meanwhile: rules that shrink have to stay so for a while.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock, Logger } from '../../shared/ports.ts'
import { type IgnoreRules, createIgnoreRules, ignoreFileName } from '../core/ignore.ts'
import { lstatOf } from './file-stat.ts'
import { hasCode, readProblem } from './problems.ts'

/** How long a file with less in it than the rules in force must stay as it is to replace them. */
const settleMs = 2000

type Version = { readonly key: string; readonly size: number }
const absent: Version = { key: '', size: 0 }

export type RulesFileOptions = {
  readonly root: string
  readonly clock: Clock
  readonly logger: Logger
}

export class RulesFile {
  private readonly file: string
  private readonly clock: Clock
  private readonly logger: Logger
  private readonly listeners = new Set<() => void>()
  private rules = createIgnoreRules()
  /** What the rules in force were read from. */
  private inForce = absent
  private doubted: { readonly key: string; readonly since: number } | undefined
  private cancelTimer = () => {}

  constructor({ root, clock, logger }: RulesFileOptions) {
    this.file = join(root, ignoreFileName)
    this.clock = clock
    this.logger = logger
  }

  get current(): IgnoreRules {
    return this.rules
  }

  /** Tells when `reload` should be called again. The returned function ends it. */
  onDue(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  stop(): void {
    this.cancelTimer()
  }

  /** Unreadable rules stay as they were: nothing must be sent because a rule could not be read. */
  reload(): void {
    this.cancelTimer()
    try {
      const version = this.look()
      if (version.key === this.inForce.key) this.doubted = undefined
      else if (!this.isDoubtful(version)) this.use(version)
    } catch (thrown) {
      if (hasCode(thrown, 'ENOENT')) return this.lookAgainIn(settleMs)
      this.logger.warn('disk.ignore-rules-unread', { why: readProblem(thrown).message })
    }
  }

  private look(): Version {
    const stats = lstatOf(this.file)
    if (!stats?.isFile()) return absent
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
    const text = version === absent ? '' : readFileSync(this.file, 'utf8')
    // Changed while it was read: what was read may be a part.
    if (this.look().key !== version.key) return this.lookAgainIn(settleMs)
    this.rules = createIgnoreRules(text)
    this.inForce = version
    this.doubted = undefined
  }

  private lookAgainIn(ms: number): void {
    this.cancelTimer = this.clock.after(ms, () => {
      for (const listener of this.listeners) listener()
    })
  }
}
