// Step 1' of one turn: which files have to move, be written or go, and in this order: names, content, deletes.
import type { BlobHash, FileId } from '../../shared/ids.ts'
import { isTextPath } from '../core/ignore.ts'
import { needsAttributes, setAllAttributes } from './attributes.ts'
import type { MirrorContext } from './context.ts'
import { misplacedLink } from './links.ts'
import { type Move, type Write, moveAll, prepareWrite, trashAll, writeAll } from './materialise.ts'
import { fail, isUnheld } from './not-done.ts'
import { type Task, isBehindMissing } from './plan-turn.ts'

export type Follow = {
  readonly moves: readonly Move[]
  readonly writes: readonly Write[]
  /** Files of which only rights or times change. */
  readonly attributes: readonly FileId[]
  readonly trash: readonly FileId[]
}

/**
 * Reads what to write. Records an intent for each write, to be made durable before `follow`. A peer decides
 * where a file is, but not what kind of file appears here; a file that is ignored here is left alone.
 */
export async function prepareFollow(
  context: MirrorContext,
  tasks: readonly Task[],
): Promise<Follow> {
  const { disk, ledger, index, ignored, pending } = context
  const moves: Move[] = []
  const writes: Write[] = []
  const attributes: FileId[] = []
  const parts = new Set<BlobHash>()
  const trash: FileId[] = []
  for (const { id, verdict } of tasks) {
    const { act } = verdict
    if (act !== 'trash' && act !== 'write' && act !== 'nothing') continue
    const { base } = ledger.facts(id)
    if (base !== undefined && disk.rules().ignores(base.path, false)) {
      ignored.add(id)
      continue
    }
    if (act === 'trash') {
      trash.push(id)
      continue
    }
    const to = index.tree.live.get(id)
    if (to === undefined) continue
    // A note of ours that gets another kind of name is binary from then on.
    const isNew = base === undefined
    if (isNew && index.content(id) === undefined && !isTextPath(to)) continue
    if (disk.rules().ignores(to, false)) {
      ignored.add(id)
      continue
    }
    const misplaced = misplacedLink(context, id, to)
    if (misplaced !== undefined) {
      fail(context, id, to, misplaced)
      continue
    }
    if (base !== undefined && base.path !== to) {
      if (isBehindMissing(context, id)) pending.add(id)
      else moves.push({ id, base, to })
    } else {
      const write = act === 'write' ? await prepareWrite(context, id, to) : undefined
      if (write === undefined) {
        if (needsAttributes(context, id)) attributes.push(id)
        continue
      }
      const part = 'part' in write.source ? write.source.part : undefined
      // What was put together gets one name: other files of the same bytes wait until then.
      if (part !== undefined && parts.has(part)) continue
      writes.push(write)
      if (part !== undefined) parts.add(part)
    }
  }
  return { moves, writes: writes.sort(byPath), attributes, trash }
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
    const isWaiting = context.failed.has(id) || context.blocked.has(id)
    if (!isWaiting && !isUnheld(context, id)) context.problems.clearOf(id)
  }
}
