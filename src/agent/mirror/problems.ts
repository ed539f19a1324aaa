// What `status` shows as problems: by path, since when.
import type { Problem } from '../core/facts.ts'

export type KnownProblem = Problem & { readonly path: string; readonly since: number }

export class Problems {
  readonly #byPath = new Map<string, KnownProblem>()

  set(path: string, problem: Problem, now: number): void {
    const known = this.#byPath.get(path)
    if (known?.code === problem.code && known.message === problem.message) return
    this.#byPath.set(path, { ...problem, path, since: known?.since ?? now })
  }

  clear(path: string): void {
    this.#byPath.delete(path)
  }

  /** Whether `path` itself, or a folder above it, has a problem. */
  covers(path: string): boolean {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (this.#byPath.has(path.slice(0, end))) return true
    }
    return false
  }

  list(): KnownProblem[] {
    return [...this.#byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  }
}
