// Which files have to move, be written or go, and in this order: names, content, deletes.
import type { BlobHash, FileId } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { needsAttributes, setAllAttributes } from './attributes.ts'
import { mustRest } from './contested.ts'
import type { MirrorContext } from './context.ts'
import { type Write, prepareWrite, trashAll, writeAll } from './materialise.ts'
import { type Move, moveAll } from './relocate.ts'
import { isUnheld } from './not-done.ts'
import { isLeftOut, placeHere } from './place-here.ts'
import { type Task, isBehindMissing } from './plan-turn.ts'

/** A file to write, and where. */
type Due = { readonly id: FileId; readonly to: VaultPath }

/** What is in memory at once of all that a turn writes. */
type Portion = {
  readonly writes: readonly Write[]
  /** Files of which only rights or times change. */
  readonly attributes: readonly FileId[]
  /** What is read once these are written. */
  readonly left: readonly Due[]
}

export type Follow = Portion & {
  readonly moves: readonly Move[]
  readonly trash: readonly FileId[]
}

type Plan = {
  readonly moves: Move[]
  readonly due: Due[]
  readonly attributes: FileId[]
  readonly trash: FileId[]
}

/** A portion is full when it has so many bytes. */
const portionBytes = 16 * 1024 * 1024

/**
 * Reads the first of what to write. Records what is intended with each file, to be made durable before `follow`.
 * A peer decides where a file is, but not what kind of file appears here; a file that is ignored here is left alone.
 */
export async function prepareFollow(
  context: MirrorContext,
  tasks: readonly Task[],
): Promise<Follow> {
  const plan: Plan = { moves: [], due: [], attributes: [], trash: [] }
  for (const { id, verdict } of tasks) {
    const { act } = verdict
    if (act !== 'trash' && act !== 'write' && act !== 'nothing') continue
    if (isLeftOut(context, id, context.ledger.facts(id).base?.path)) continue
    if (isUnread(context, id)) continue
    if (act === 'trash') {
      context.ledger.change(id, { leaving: { type: 'trash' } })
      plan.trash.push(id)
    } else planOne(context, id, act, plan)
  }
  const { moves, due, attributes, trash } = plan
  const portion = await preparePortion(context, due.sort(byPath))
  return { ...portion, attributes: [...attributes, ...portion.attributes], moves, trash }
}

function planOne(
  context: MirrorContext,
  id: FileId,
  act: 'write' | 'nothing',
  { moves, due, attributes }: Plan,
): void {
  const to = placeHere(context, id)
  if (to === undefined) return
  const { base } = context.ledger.facts(id)
  if (base !== undefined && base.path !== to) {
    if (isBehindMissing(context, id)) {
      context.pending.add(id)
      return
    }
    context.ledger.change(id, { leaving: { type: 'move', to } })
    moves.push({ id, base, to })
  } else if (act === 'write') {
    if (!mustRest(context, id, to)) due.push({ id, to })
  } else if (needsAttributes(context, id)) attributes.push(id)
}

async function preparePortion(context: MirrorContext, due: readonly Due[]): Promise<Portion> {
  const writes: Write[] = []
  const attributes: FileId[] = []
  let bytes = 0
  let taken = 0
  for (const { id, to } of due) {
    if (bytes >= portionBytes) break
    taken += 1
    const write = await prepareWrite(context, id, to)
    if (write !== undefined) writes.push(write)
    else if (needsAttributes(context, id)) attributes.push(id)
    if (write?.source instanceof Uint8Array) bytes += write.size
  }
  return { writes: onePerPart(writes), attributes, left: due.slice(taken) }
}

/** What cannot be read stays as it is, whatever became of the file elsewhere; what is listed of it may be another. */
function isUnread({ unread, ledger, hints, clock }: MirrorContext, id: FileId): boolean {
  const { base } = ledger.facts(id)
  if (base === undefined || !unread.has(id)) return false
  hints.add(base.path, clock.now())
  return true
}

/** What was put together gets one name: other files of the same bytes wait until then. */
function onePerPart(writes: readonly Write[]): Write[] {
  const parts = new Set<BlobHash>()
  return writes.filter(({ source }) => {
    if (!('part' in source)) return true
    const isFirst = !parts.has(source.part)
    parts.add(source.part)
    return isFirst
  })
}

/** Folder by folder, so that what is written together shares the folder's fsync. */
function byPath(a: Due, b: Due): number {
  return a.to < b.to ? -1 : 1
}

export async function follow(
  context: MirrorContext,
  tasks: readonly Pick<Task, 'id'>[],
  { moves, trash, ...first }: Follow,
): Promise<void> {
  await moveAll(context, moves)
  await writePortions(context, first)
  await trashAll(context, trash)
  for (const { id } of tasks) {
    const isWaiting =
      context.failed.has(id) || context.blocked.has(id) || context.contested.isResting(id)
    if (!isWaiting && !isUnheld(context, id)) context.problems.clearOf(id)
  }
}

async function writePortions(context: MirrorContext, first: Portion): Promise<void> {
  for (let portion = first; ;) {
    await writeAll(context, portion.writes)
    await setAllAttributes(context, portion.attributes)
    if (portion.left.length === 0) return
    portion = await preparePortion(context, portion.left)
    await context.ledger.flush()
  }
}
