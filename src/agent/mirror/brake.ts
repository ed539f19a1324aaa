// Lets a turn's tasks through, but holds back those that would delete or empty much of the vault, and
// everything while the vault's marker is missing, until a person confirms.
import { isHeld } from '../core/brake.ts'
import type { MirrorContext } from './context.ts'
import type { Task } from './plan-turn.ts'

export type Held = {
  readonly reason: string
  readonly deletes: number
  readonly overwrites: number
  /** Milliseconds since the epoch. */
  readonly since: number
}

/** Emptied files that are held are looked at again this often. */
const lookAgainMs = 2_000

type Direction = 'here' | 'elsewhere'

export class Brake {
  readonly #context: MirrorContext
  #held: Held | null = null
  #isMarkerMissing = false
  #isConfirmed = false

  constructor(context: MirrorContext) {
    this.#context = context
  }

  get held(): Held | null {
    return this.#held
  }

  get isMarkerMissing(): boolean {
    return this.#isMarkerMissing
  }

  /** Lets through what is held now, and nothing that comes later. */
  confirm(): void {
    if (this.#held !== null) this.#isConfirmed = true
  }

  /** False while the folder does not look like the vault (not mounted, moved away). */
  async checkMarker(): Promise<boolean> {
    this.#isMarkerMissing = !(await this.#context.disk.isMarked())
    if (this.#isMarkerMissing) {
      this.#hold('the vault marker is missing: is the disk mounted?', 0, 0)
    } else if (this.#held?.deletes === 0 && this.#held.overwrites === 0) {
      this.#held = null
    }
    return !this.#isMarkerMissing
  }

  filter(tasks: readonly Task[]): readonly Task[] {
    if (this.#isConfirmed) {
      this.#isConfirmed = false
      this.#held = null
      return tasks
    }
    const total = this.#context.ledger.placed
    const here = tasks.filter((task) => direction(task) === 'here')
    const elsewhere = tasks.filter((task) => direction(task) === 'elsewhere')
    const heldHere = isHeld({ ...count(here), total })
    const heldElsewhere = isHeld({ ...count(elsewhere), total })
    const held = [...(heldHere ? here : []), ...(heldElsewhere ? elsewhere : [])]
    this.#holdBack(held, heldHere ? 'here' : 'elsewhere')
    const heldSet = new Set(held)
    return held.length === 0 ? tasks : tasks.filter((task) => !heldSet.has(task))
  }

  #holdBack(held: readonly Task[], where: Direction): void {
    const { pending, vanished, hints, clock } = this.#context
    for (const { id, disk } of held) {
      if (disk !== undefined) hints.add(disk.path, clock.now(), clock.now() + lookAgainMs)
      else if (!vanished.has(id)) pending.add(id)
    }
    const { deletes, overwrites } = count(held)
    if (held.length > 0)
      this.#hold(`many files were deleted or emptied ${where}`, deletes, overwrites)
    else if (vanished.size === 0) this.#held = null
  }

  #hold(reason: string, deletes: number, overwrites: number): void {
    const since = this.#held?.reason === reason ? this.#held.since : this.#context.clock.now()
    this.#held = { reason, deletes, overwrites, since }
  }
}

function direction({ verdict, empties }: Task): Direction | undefined {
  if (verdict.act === 'publish-delete') return 'here'
  if (verdict.act === 'trash') return 'elsewhere'
  if (!empties) return undefined
  return verdict.act === 'ingest' ? 'here' : 'elsewhere'
}

function count(tasks: readonly Task[]): { deletes: number; overwrites: number } {
  const overwrites = tasks.filter(({ empties }) => empties).length
  return { deletes: tasks.length - overwrites, overwrites }
}
