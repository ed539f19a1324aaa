// What `status` shows as problems: by path, since when.
import type { Problem, ProblemCode } from '../core/facts.ts'

export type KnownProblem = Problem & { readonly path: string; readonly since: number }

/** What a listing tells anew each time. */
const unreadCodes: ReadonlySet<ProblemCode> = new Set(['unreadable', 'io'])

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

  /** A listing of everything below `folder` (undefined: of the vault) could not read these, and no others. */
  listed(folder: string | undefined, found: ReadonlyMap<string, Problem>, now: number): void {
    for (const { path, code } of this.#byPath.values()) {
      const wasListed = folder === undefined || path === folder || path.startsWith(`${folder}/`)
      if (wasListed && unreadCodes.has(code) && !found.has(path)) this.clear(path)
    }
    for (const [path, problem] of found) this.set(path, problem, now)
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
