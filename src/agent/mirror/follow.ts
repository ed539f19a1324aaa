// Which files have to move, be written or go, and in this order: names, content, deletes.
import type { BlobHash, FileId } from '../../shared/ids.ts'
import { needsAttributes, setAllAttributes } from './attributes.ts'
import { mustRest } from './contested.ts'
import type { MirrorContext } from './context.ts'
import { type Write, prepareWrite, trashAll, writeAll } from './materialise.ts'
import { type Move, moveAll } from './relocate.ts'
import { isUnheld } from './not-done.ts'
import { isLeftOut, placeHere } from './place-here.ts'
import { type Task, isBehindMissing } from './plan-turn.ts'

export type Follow = {
  readonly moves: readonly Move[]
  readonly writes: readonly Write[]
  /** Files of which only rights or times change. */
  readonly attributes: readonly FileId[]
  readonly trash: readonly FileId[]
}

type Plan = { readonly [Step in keyof Follow]: Follow[Step][number][] }

/**
 * Reads what to write. Records what is intended with each file, to be made durable before `follow`. A peer decides
 * where a file is, but not what kind of file appears here; a file that is ignored here is left alone.
 */
export async function prepareFollow(
  context: MirrorContext,
  tasks: readonly Task[],
): Promise<Follow> {
  const plan: Plan = { moves: [], writes: [], attributes: [], trash: [] }
  for (const { id, verdict } of tasks) {
    const { act } = verdict
    if (act !== 'trash' && act !== 'write' && act !== 'nothing') continue
    if (isLeftOut(context, id, context.ledger.facts(id).base?.path)) continue
    if (isUnread(context, id)) continue
    if (act === 'trash') {
      context.ledger.change(id, { leaving: { type: 'trash' } })
      plan.trash.push(id)
    } else await prepareOne(context, id, act, plan)
  }
  return { ...plan, writes: onePerPart(plan.writes).sort(byPath) }
}

async function prepareOne(
  context: MirrorContext,
  id: FileId,
  act: 'write' | 'nothing',
  { moves, writes, attributes }: Plan,
): Promise<void> {
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
    return
  }
  if (act === 'write' && mustRest(context, id, to)) return
  const write = act === 'write' ? await prepareWrite(context, id, to) : undefined
  if (write !== undefined) writes.push(write)
  else if (needsAttributes(context, id)) attributes.push(id)
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
function byPath(a: Write, b: Write): number {
  return a.path < b.path ? -1 : 1
}

export async function follow(
  context: MirrorContext,
  tasks: readonly Pick<Task, 'id'>[],
  { moves, writes, attributes, trash }: Follow,
): Promise<void> {
  await moveAll(context, moves)
  await writeAll(context, writes)
  await setAllAttributes(context, attributes)
  await trashAll(context, trash)
  for (const { id } of tasks) {
    const isWaiting =
      context.failed.has(id) || context.blocked.has(id) || context.contested.isResting(id)
    if (!isWaiting && !isUnheld(context, id)) context.problems.clearOf(id)
  }
}
