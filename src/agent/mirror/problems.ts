// What `status` shows as problems: by path, since when.
import type { FileId } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { DiskEntry, Problem, ProblemCode } from '../core/facts.ts'
import type { Listing } from '../disk/disk.ts'

export type KnownProblem = Problem & { readonly path: string; readonly since: number }

/** What a listing tells anew each time. */
const unreadCodes: ReadonlySet<ProblemCode> = new Set(['unreadable', 'io'])

/** Whether something else than a folder stands at `path`. */
function isFile(entries: ReadonlyMap<string, DiskEntry>, path: string): boolean {
  return (entries.get(path)?.kind ?? 'folder') !== 'folder'
}

export class Problems {
  readonly #byPath = new Map<string, KnownProblem>()
  readonly #byOwner = new Map<FileId | VaultPath, KnownProblem>()

  set(path: string, problem: Problem, now: number): void {
    const known = this.#byPath.get(path)
    if (known?.code === problem.code && known.message === problem.message) return
    this.#byPath.set(path, { ...problem, path, since: known?.since ?? now })
  }

  clear(path: string): void {
    this.#byPath.delete(path)
  }

  /** The disk cannot follow `id`, a file or a folder, at `path`; where it could not before no longer matters. */
  setOf(id: FileId | VaultPath, path: string, problem: Problem, now: number): void {
    if (this.#byOwner.get(id)?.path !== path) this.clearOf(id)
    this.set(path, problem, now)
    const known = this.#byPath.get(path)
    if (known !== undefined) this.#byOwner.set(id, known)
  }

  /** Whether `path` itself is listed as what cannot be read. */
  isUnread(path: string): boolean {
    const known = this.#byPath.get(path)
    return known !== undefined && unreadCodes.has(known.code)
  }

  /** What keeps the disk from following `id`. */
  of(id: FileId): KnownProblem | undefined {
    return this.#byOwner.get(id)
  }

  /** Nothing more is to be done on disk for `id`: what kept it from that is over, wherever that was. */
  clearOf(id: FileId | VaultPath): void {
    const known = this.#byOwner.get(id)
    if (known === undefined) return
    this.#byOwner.delete(id)
    if (this.#byPath.get(known.path) === known) this.clear(known.path)
  }

  /** Takes over what a listing of everything below `folder` (undefined: of the vault) says. */
  listed(folder: string | undefined, { entries, problems }: Listing, now: number): void {
    for (const { path, code } of this.#byPath.values()) {
      const wasListed = folder === undefined || path === folder || path.startsWith(`${folder}/`)
      if (!wasListed || problems.has(path) || isFile(entries, path)) continue
      if (unreadCodes.has(code) || code === 'unsupported') this.clear(path)
    }
    for (const [path, problem] of problems) this.set(path, problem, now)
  }

  /** Whether `path` itself, or a folder above it, has a problem. */
  covers(path: string): boolean {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (this.#byPath.has(path.slice(0, end))) return true
    }
    return false
  }

  has(code: ProblemCode): boolean {
    return [...this.#byPath.values()].some((problem) => problem.code === code)
  }

  list(): KnownProblem[] {
    return [...this.#byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  }
}
