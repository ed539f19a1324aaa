// Paths that may have changed, each with the time when it should be looked at (again).
import type { VaultPath } from '../../shared/vault-path.ts'
import { type FileStat, statOf } from '../core/facts.ts'
import type { Watch } from '../core/settle.ts'

export type DirtyPath = {
  readonly path: VaultPath
  readonly watch: Watch
  /** Read the content even if `stat` shows nothing new. */
  readonly force: boolean
}

type Entry = { due: number; watch: Watch; force: boolean }

export class HintSet {
  readonly #paths = new Map<VaultPath, Entry>()
  readonly #absent = new Set<VaultPath>()
  readonly #trees = new Set<VaultPath | undefined>()

  /** Paths that wait to be looked at. */
  get size(): number {
    return this.#paths.size
  }

  /** Of these, how many were seen and are given time to stand still. */
  get settling(): number {
    let count = 0
    for (const { watch } of this.#paths.values()) if (watch.seen !== undefined) count++
    return count
  }

  get hasTrees(): boolean {
    return this.#trees.size > 0
  }

  has(path: VaultPath): boolean {
    return this.#paths.has(path)
  }

  /** Marks `path`; one that waits already is looked at no later than `due`. */
  add(path: VaultPath, now: number, due = now, force = false): void {
    const known = this.#paths.get(path)
    if (known === undefined) {
      this.#paths.set(path, { due, watch: { since: now, seen: undefined }, force })
    } else {
      known.due = Math.min(known.due, due)
      known.force ||= force
    }
  }

  addTree(folder: VaultPath | undefined): void {
    this.#trees.add(folder)
  }

  takeTrees(): (VaultPath | undefined)[] {
    const trees = this.#trees.has(undefined) ? [undefined] : [...this.#trees]
    this.#trees.clear()
    return trees
  }

  /** Takes out up to `max` paths whose time has come; no other than `only`, if that is given. */
  takeDue(now: number, max: number, only?: VaultPath): DirtyPath[] {
    const due: DirtyPath[] = []
    for (const [path, entry] of this.#paths) {
      if (due.length === max) break
      if (entry.due > now || path !== (only ?? path)) continue
      this.#paths.delete(path)
      this.#absent.delete(path)
      due.push({ path, watch: entry.watch, force: entry.force })
    }
    return due
  }

  putBack({ path, watch, force }: DirtyPath, due: number): void {
    const known = this.#paths.get(path)
    this.#paths.set(path, { due, watch, force: force || (known?.force ?? false) })
    if (watch.seen !== undefined && watch.seen.entry === undefined) this.#absent.add(path)
    else this.#absent.delete(path)
  }

  /** Waiting paths at which nothing was seen last time. */
  absent(): ReadonlySet<VaultPath> {
    return this.#absent
  }

  /** The files that stood at waiting paths last time. */
  seenFiles(): FileStat[] {
    return [...this.#paths.values()].flatMap(({ watch }) => statOf(watch.seen?.entry) ?? [])
  }

  /** When the next path is due, or `only`; undefined when none waits. */
  nextDue(only?: VaultPath): number | undefined {
    if (only !== undefined) return this.#paths.get(only)?.due
    let next: number | undefined
    for (const { due } of this.#paths.values()) next = Math.min(next ?? due, due)
    return next
  }
}
