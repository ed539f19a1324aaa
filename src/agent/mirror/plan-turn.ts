// Between observing and acting: gathers the three sides of every file in question and asks the table.
import type { FileId } from '../../shared/ids.ts'
import type { Tombstone } from '../../shared/doc/vault-index.ts'
import { type VaultPath, mayStandAt } from '../../shared/vault-path.ts'
import { inodeKey } from '../core/facts.ts'
import { type Sides, type Verdict, reconcile } from '../core/reconcile.ts'
import { docSide, isAsAgreed } from './agreed.ts'
import { awaitLatest } from './blobs.ts'
import type { DiskFile, MirrorContext } from './context.ts'
import { identify } from './identify.ts'
import { waitNoMore } from './in-the-way.ts'
import { type Observed, unreadFiles } from './moved.ts'

export type Task = {
  readonly id: FileId
  readonly verdict: Verdict
  readonly state: Sides['disk']
  /** A note with content is left without any. */
  readonly empties: boolean
  /** The note's content on disk, where it was read in this turn. */
  readonly disk: DiskFile | undefined
}

/** Plans what was observed and what is pending; of the latter, and of deletes, nothing but `only`, if that is given. */
export async function planTurn(
  context: MirrorContext,
  observed: Observed,
  only?: ReadonlySet<FileId>,
): Promise<Task[]> {
  const { pending, vanished, failed, contested, ledger, hints, outbox } = context
  const tasks: Task[] = []
  const planned = new Set<FileId>()
  const plan = async (id: FileId, state: Sides['disk'], disk?: DiskFile): Promise<void> => {
    planned.add(id)
    pending.delete(id)
    failed.delete(id)
    contested.restNoMore(id)
    waitNoMore(context, id)
    awaitLatest(context, id)
    const verdict = here(context, id, reconcile(await sidesOf(context, id, state, disk?.path)))
    const empties = await isEmptied(context, id, verdict, disk)
    tasks.push({ id, verdict, state, empties, disk })
    const path = disk?.path ?? ledger.facts(id).base?.path ?? context.index.tree.live.get(id)
    if (verdict.act !== 'nothing') context.log.debug('plan', { path, ...verdict })
  }
  const lookLater = ({ path }: DiskFile): void => {
    const now = context.clock.now()
    hints.add(path, now, now + retryMs)
  }
  for (const { id, disk } of [...observed.moved, ...observed.changed]) {
    if (outbox.isAsking(id)) {
      // The answer is about what stood there before.
      planned.add(id)
      lookLater(disk)
    } else await plan(id, isAsAgreed(context, id, disk) ? 'same' : 'changed', disk)
  }
  for (const { disk, id } of await identify(context, observed.appeared)) {
    const isTaken = id !== undefined && (planned.has(id) || isUnplaced(context, id))
    if (id === undefined || outbox.isAsking(id) || isTaken) lookLater(disk)
    else await plan(id, 'changed', disk)
  }
  const isMeant = (id: FileId): boolean => only?.has(id) ?? true
  for (const id of deletable(context, only !== undefined).filter(isMeant)) {
    if (!planned.has(id)) await plan(id, 'absent')
  }
  let newcomers = 0
  for (const id of [...pending].filter(isMeant)) {
    const { base } = ledger.facts(id)
    const isDue = base !== undefined && hints.has(base.path)
    const isUncertain = vanished.has(id) || isDue || outbox.isAsking(id)
    if (planned.has(id) || isUncertain || context.staged.has(id)) continue
    if (isBehindMissing(context, id)) continue
    if (base === undefined && ++newcomers > newcomersPerTurn) continue
    await plan(id, base === undefined ? 'absent' : 'same')
  }
  return tasks
}

/** A file that was moved elsewhere to where it is left out here is not deleted by removing it here. */
function here({ index, disk }: MirrorContext, id: FileId, verdict: Verdict): Verdict {
  if (verdict.act !== 'publish-delete') return verdict
  const place = index.tree.live.get(id)
  if (place === undefined || !disk.rules().ignores(place, false)) return verdict
  return { act: 'forget', why: 'left out here where it is now' }
}

/** The relay has just taken it, from another file here: the index says where from this turn's end on. */
function isUnplaced({ index, ledger }: MirrorContext, id: FileId): boolean {
  return ledger.facts(id).base !== undefined && !index.knows(id)
}

const retryMs = 30
/** Others have their turn in between. What is not on this disk yet the brake does not count. */
const newcomersPerTurn = 256

async function isEmptied(
  { ledger, notes, index }: MirrorContext,
  id: FileId,
  { act }: Verdict,
  disk: DiskFile | undefined,
): Promise<boolean> {
  const { base } = ledger.facts(id)
  if (base === undefined || base.stat.size === 0) return false
  if (act === 'ingest') return disk?.stat.size === 0
  if (act !== 'write') return false
  const content = index.content(id)
  if (content === undefined) return (await notes.text(id)) === ''
  return content.kind === 'binary' && content.size === 0
}

/** `found`: where its file was found in this turn. */
async function sidesOf(
  context: MirrorContext,
  id: FileId,
  disk: Sides['disk'],
  found: VaultPath | undefined,
): Promise<Sides> {
  const { index, ledger } = context
  const { base } = ledger.facts(id)
  const tombstone = index.tombstone(id)
  return {
    live: tombstone === undefined,
    beyond: tombstone !== undefined && (await isBeyond(context, id, tombstone, found)),
    base: base === undefined ? 'none' : 'agreed',
    disk,
    doc: docSide(context, id),
  }
}

async function isBeyond(
  { index, ledger, notes }: MirrorContext,
  id: FileId,
  { seen, hash, place }: Tombstone,
  found: VaultPath | undefined,
): Promise<boolean> {
  const content = index.content(id)
  if (content !== undefined && content.hash !== hash) return true
  const path = found ?? index.entry(id)
  if (place !== undefined && path !== undefined && !mayStandAt(path, place)) return true
  return ledger.head(id) > 0 && (await notes.isBeyond(id, seen))
}

/** The name that the file gives way for is that of a note which may be deleted: it may be its own soon. */
export function isBehindMissing({ index, vanished }: MirrorContext, id: FileId): boolean {
  const ahead = index.aheadOf(id)
  return ahead !== undefined && vanished.has(ahead)
}

/**
 * None while a file stands in the place of another that may be one of them. One that is still being written at
 * another path is not gone. With `despiteLooks` also while other paths are due to be looked at.
 */
function deletable(context: MirrorContext, despiteLooks: boolean): readonly FileId[] {
  const { vanished, clock, scan, hints, ledger, replaced } = context
  if (vanished.size === 0) return []
  const areMoreGoing = [...hints.absent()].some((path) => ledger.at(path) !== undefined)
  const deletable = vanished.deletable(clock.now(), scan.generation, areMoreGoing)
  if (deletable.type === 'sweep-first') hints.addTree(undefined)
  const isPathDue = !despiteLooks && (hints.nextDue() ?? Infinity) <= clock.now()
  const isLookDue = hints.hasTrees || isPathDue
  if (isLookDue || replaced.size > 0) return []
  if (deletable.type !== 'deleted') return []
  const moving = new Set(unreadFiles(context).map(inodeKey))
  return deletable.ids.filter((id) => {
    const { base } = ledger.facts(id)
    return base === undefined || !moving.has(inodeKey(base.stat))
  })
}
