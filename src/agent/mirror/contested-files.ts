// Our last writes of files that a program here may write over, and which of these files rest.
import type { FileId } from '../../shared/ids.ts'
import { longestRestMs, restMs } from '../core/contested.ts'

export type OurWrite = {
  /** In ms. */
  readonly at: number
  /** The hash of what it replaced. */
  readonly replaced: string
  /** Nothing was saved since. */
  readonly isLast: boolean
  /** How many in a row a program contradicted: it took them back at once, or a part of them. */
  readonly contradicted: number
}

export class ContestedFiles {
  /** The oldest first. */
  readonly #writes = new Map<FileId, OurWrite>()
  readonly #resting = new Map<FileId, number>()

  /** How many files rest. */
  get resting(): number {
    return this.#resting.size
  }

  isResting(id: FileId): boolean {
    return this.#resting.has(id)
  }

  /** `replaced`: the hash of what stood there. */
  wrote(id: FileId, replaced: string, now: number): void {
    const before = this.#writes.get(id)
    const contradicted = before?.isLast === false ? before.contradicted : 0
    this.#writes.delete(id)
    this.#writes.set(id, { at: now, replaced, isLast: true, contradicted })
    for (const [other, { at }] of this.#writes) {
      if (now - at <= 2 * longestRestMs) return
      this.#writes.delete(other)
    }
  }

  /** What we wrote, where nothing was saved since. */
  lastWrite(id: FileId): OurWrite | undefined {
    const write = this.#writes.get(id)
    return write?.isLast === true ? write : undefined
  }

  saved(id: FileId, write: OurWrite, isContradiction: boolean): void {
    if (!isContradiction) this.#writes.delete(id)
    else this.#writes.set(id, { ...write, isLast: false, contradicted: write.contradicted + 1 })
  }

  /** Whether the file may not be written now; it rests then until it may. */
  rests(id: FileId, now: number): boolean {
    const write = this.#writes.get(id)
    const until = write === undefined ? now : write.at + restMs(write.contradicted)
    if (until <= now) return false
    this.#resting.set(id, until)
    return true
  }

  /** The file is looked at anew. */
  restNoMore(id: FileId): void {
    this.#resting.delete(id)
  }

  /** When the first one may be written; undefined when none rests. */
  nextDue(): number | undefined {
    return this.#resting.size === 0 ? undefined : Math.min(...this.#resting.values())
  }

  due(now: number): FileId[] {
    return [...this.#resting].flatMap(([id, until]) => (until <= now ? [id] : []))
  }
}
