// Lets a turn's tasks through, but holds back those that would delete or empty much of the vault, and
// everything while the folder is not the vault's or its ignore rules are unknown, until a person confirms.
import { isHeld } from '../core/brake.ts'
import type { Problem } from '../core/facts.ts'
import type { FolderProblem } from '../disk/disk.ts'
import type { FileId } from '../../shared/ids.ts'
import type { MirrorContext } from './context.ts'
import type { Task } from './plan-turn.ts'

export type Held = {
  readonly reason: string
  readonly deletes: number
  readonly overwrites: number
  /** Milliseconds since the epoch. */
  readonly since: number
  /** What the person can do. */
  readonly advice: string
}

/** Emptied files that are held are looked at again this often. */
const lookAgainMs = 2_000
const confirmIt = 'If that is right: "undrift resume --confirm".'
const readable = 'Make .undriftignore a file that can be read, or remove it.'
/** A large change comes in many turns: what was let through this long ago still counts. */
const windowMs = 60_000

type Direction = 'here' | 'elsewhere'
/** What a held task would do to its file. */
type Danger = { readonly where: Direction; readonly empties: boolean; readonly isVanished: boolean }

export class Brake {
  readonly #context: MirrorContext
  readonly #waiting = new Map<FileId, Danger>()
  readonly #confirmed = new Set<FileId>()
  #passed: { readonly at: number; readonly where: Direction }[] = []
  #held: Held | null = null
  #isFolderHeld = false

  constructor(context: MirrorContext) {
    this.#context = context
  }

  get held(): Held | null {
    return this.#held
  }

  get isFolderHeld(): boolean {
    return this.#isFolderHeld
  }

  /** Lets through what is held now, and nothing that comes later. A folder that is left alone cannot be confirmed. */
  confirm(): void {
    for (const id of this.#waiting.keys()) this.#confirmed.add(id)
    this.#passed = []
    if (!this.#isFolderHeld) this.#held = null
  }

  /**
   * False while the folder must be left alone: no vault (not mounted, moved away, closed to us), or its rules are
   * unknown. Once it is the vault again it is looked through: nothing that happened meanwhile was told.
   */
  async checkFolder(): Promise<boolean> {
    const { disk, hints } = this.#context
    const problem = (await disk.folderProblem()) ?? unknownRules(disk.rulesProblem())
    if (problem === undefined) {
      if (this.#isFolderHeld) hints.addTree(undefined)
      this.#tell()
    } else {
      this.#hold(problem.reason, 0, 0, problem.advice)
    }
    this.#isFolderHeld = problem !== undefined
    return !this.#isFolderHeld
  }

  /** What is held stays so until it is confirmed or undone, however little of it is left. */
  filter(tasks: readonly Task[]): readonly Task[] {
    const holding = new Set(this.#unconfirmed().map(({ where }) => where))
    this.#forgetJudged(tasks)
    const held = new Set(
      (['here', 'elsewhere'] as const).flatMap((where) =>
        this.#holdBack(tasks, where, holding.has(where)),
      ),
    )
    this.#tell()
    return held.size === 0 ? tasks : tasks.filter((task) => !held.has(task))
  }

  /** These tasks say anew what is held, and where a yes has no use any more; a file that came back is none of it. */
  #forgetJudged(tasks: readonly Task[]): void {
    const { vanished } = this.#context
    for (const task of tasks) {
      this.#waiting.delete(task.id)
      if (directionOf(task) === undefined) this.#confirmed.delete(task.id)
    }
    for (const [id, { isVanished }] of this.#waiting) {
      if (!isVanished || vanished.has(id)) continue
      this.#waiting.delete(id)
      this.#confirmed.delete(id)
    }
  }

  /** Returns which of the tasks in this direction have to wait. */
  #holdBack(tasks: readonly Task[], where: Direction, isHolding: boolean): readonly Task[] {
    const { ledger, clock } = this.#context
    const now = clock.now()
    const unasked = tasks.filter(
      (task) => directionOf(task) === where && !this.#confirmed.delete(task.id),
    )
    this.#passed = this.#passed.filter(({ at }) => now - at <= windowMs)
    const passed = this.#passed.filter((one) => one.where === where).length
    const taken = unasked.length + passed
    if (!isHolding && !isHeld({ taken, total: ledger.placed + passed })) {
      this.#passed.push(...unasked.map(() => ({ at: now, where })))
      return []
    }
    for (const task of unasked) this.#wait(task, where)
    return unasked
  }

  #wait({ id, disk, empties }: Task, where: Direction): void {
    const { pending, vanished, hints, clock } = this.#context
    const isVanished = vanished.has(id)
    this.#waiting.set(id, { where, empties, isVanished })
    if (disk !== undefined) hints.add(disk.path, clock.now(), clock.now() + lookAgainMs)
    else if (!isVanished) pending.add(id)
  }

  #unconfirmed(): readonly Danger[] {
    return [...this.#waiting].flatMap(([id, danger]) => (this.#confirmed.has(id) ? [] : [danger]))
  }

  #tell(): void {
    const waiting = this.#unconfirmed()
    const [first] = waiting
    if (first === undefined) {
      this.#held = null
      return
    }
    const overwrites = waiting.filter(({ empties }) => empties).length
    const reason = `many files were deleted or emptied ${first.where}`
    this.#hold(reason, waiting.length - overwrites, overwrites, confirmIt)
  }

  #hold(reason: string, deletes: number, overwrites: number, advice: string): void {
    const since = this.#held?.reason === reason ? this.#held.since : this.#context.clock.now()
    this.#held = { reason, deletes, overwrites, since, advice }
  }
}

function unknownRules(problem: Problem | undefined): FolderProblem | undefined {
  if (problem === undefined) return undefined
  const reason = `the rules in .undriftignore cannot be read (${problem.message})`
  return { reason, advice: readable }
}

/** Where the file was deleted or emptied, if that is what the task is about. */
function directionOf({ verdict, empties }: Task): Direction | undefined {
  if (verdict.act === 'publish-delete') return 'here'
  if (verdict.act === 'trash') return 'elsewhere'
  if (!empties) return undefined
  return verdict.act === 'ingest' ? 'here' : 'elsewhere'
}
