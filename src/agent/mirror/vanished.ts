// Files that are gone from their base's path. They may have moved; only when the whole folder was looked
// through since, and no other file has vanished for a while, do they count as deleted.
import type { FileId } from '../../shared/ids.ts'

/** Deletes come in groups; a group is over after so long. */
const quietMs = 150
const quietAtMostMs = 5_000

type Noted = { readonly since: number; readonly generation: number }

export type Deletable =
  | { readonly type: 'none' }
  /** Quiet, but a file may have moved to where no event came from. */
  | { readonly type: 'sweep-first' }
  | { readonly type: 'deleted'; readonly ids: readonly FileId[] }

export class VanishedFiles {
  readonly #files = new Map<FileId, Noted>()
  #askedAt = -Infinity

  get size(): number {
    return this.#files.size
  }

  has(id: FileId): boolean {
    return this.#files.has(id)
  }

  ids(): Iterable<FileId> {
    return this.#files.keys()
  }

  /** `generation` counts the sweeps that are finished. */
  add(id: FileId, now: number, generation: number): void {
    if (!this.#files.has(id)) this.#files.set(id, { since: now, generation })
  }

  delete(id: FileId): void {
    this.#files.delete(id)
  }

  /** `areMoreGoing`: other files seem to be gone too, but were not for long enough to be sure. */
  deletable(now: number, generation: number, areMoreGoing = false): Deletable {
    this.#askedAt = now
    const noted = [...this.#files.values()]
    if (noted.length === 0) return { type: 'none' }
    const isQuiet = !areMoreGoing && now - Math.max(...noted.map(({ since }) => since)) >= quietMs
    const isOverdue = now - Math.min(...noted.map(({ since }) => since)) >= quietAtMostMs
    if (!isQuiet && !isOverdue) return { type: 'none' }
    if (noted.some((file) => file.generation >= generation)) return { type: 'sweep-first' }
    return { type: 'deleted', ids: [...this.#files.keys()] }
  }

  /**
   * When the group may be over; undefined when there is none, or when `deletable` was asked since: then it waits
   * for something else.
   */
  due(): number | undefined {
    const times = [...this.#files.values()].map(({ since }) => since)
    const due = Math.max(...times) + quietMs
    return times.length === 0 || due <= this.#askedAt ? undefined : due
  }
}
