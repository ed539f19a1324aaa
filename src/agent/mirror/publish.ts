// What changed on this disk, for one turn: it becomes edits of documents and of the index.
import { type FileId, INDEX, parseBlobHash } from '../../shared/ids.ts'
import type { IndexEdit, Tombstone } from '../../shared/doc/vault-index.ts'
import type { Base } from '../core/facts.ts'
import { hasGivenWay, isAsAgreed } from './agreed.ts'
import { publishAttributes } from './attributes.ts'
import { publishBlob } from './blobs.ts'
import { noteSave } from './contested.ts'
import type { DiskText, MirrorContext } from './context.ts'
import { rememberReplaced } from './earlier.ts'
import {
  confirmIntent,
  ingestEdit,
  ingestFirst,
  ingestRenamed,
  ingestRevived,
  ingestTurned,
  offerSeed,
} from './ingest.ts'
import { publishLink } from './links.ts'
import type { Found } from './moved.ts'
import type { Task } from './plan-turn.ts'

export async function publish(
  context: MirrorContext,
  tasks: readonly Task[],
  moved: readonly Found[],
  places: readonly IndexEdit[],
): Promise<void> {
  const edits = [...places]
  for (const task of tasks) edits.push(...(await publishOne(context, task)))
  edits.push(...tasks.flatMap(({ id }) => placeUnplaced(context, id)))
  edits.push(...tasks.flatMap((task) => publishUnmerged(context, task)))
  edits.push(...moved.flatMap((found) => publishMove(context, found)))
  const touched = [...tasks, ...moved, ...places].flatMap((one) => ('id' in one ? one.id : []))
  edits.push(...[...new Set(touched)].flatMap((id) => publishAttributes(context, id)))
  if (edits.length === 0) return
  const { index, outbox, ledger, pending } = context
  const update = await index.edit(edits)
  if (update === undefined) return
  outbox.update(INDEX, update, [ledger.head(INDEX)])
  for (const id of await index.refresh()) pending.add(id)
}

/** Absence from the index never means deleted: a file that is at one with its document gets its place. */
function placeUnplaced({ ledger, index }: MirrorContext, id: FileId): IndexEdit[] {
  const { base } = ledger.facts(id)
  return base === undefined || index.knows(id) ? [] : [{ type: 'place', id, path: base.path }]
}

/** The base moves along in the same commit as the index: neither can be seen without the other. */
function publishMove(context: MirrorContext, { id, disk }: Found): IndexEdit[] {
  const { ledger, vanished } = context
  const { base } = ledger.facts(id)
  if (base === undefined) return []
  const stat = isAsAgreed(context, id, disk) ? disk.stat : base.stat
  ledger.change(id, { base: { ...base, path: disk.path, stat } })
  vanished.delete(id)
  return [{ type: 'place', id, path: disk.path }]
}

/** What is no note has no merge: the index says what it is. */
function publishUnmerged(
  context: MirrorContext,
  { id, disk, verdict, state }: Task,
): readonly IndexEdit[] {
  if (disk === undefined || disk.kind === 'text') return []
  switch (verdict.act) {
    case 'revive':
      if (state !== 'changed') return [{ type: 'revive', id }]
      break
    case 'ingest':
    case 'join':
    case 'seed':
      break
    case 'nothing':
    case 'wait':
    case 'write':
    case 'publish-delete':
    case 'trash':
    case 'forget':
      return []
  }
  return disk.kind === 'link' ? publishLink(context, id, disk) : publishBlob(context, id, disk)
}

async function publishOne(context: MirrorContext, task: Task): Promise<readonly IndexEdit[]> {
  const { index, ledger, notes, clock, device, pending } = context
  const { id, disk, verdict } = task
  const { base } = ledger.facts(id)
  if (disk !== undefined && verdict.act === 'ingest') await noteSave(context, id, disk)
  if (disk !== undefined && disk.kind !== 'text') return []
  switch (verdict.act) {
    case 'ingest':
      pending.add(id)
      if (disk === undefined || (await confirmIntent(context, id, disk))) return []
      if (hasGivenWay(base) && index.content(id) !== undefined) keepOriginal(context, id, disk)
      else if (base?.kind !== 'text') return await ingestTurned(context, id, disk)
      else if (index.content(id) !== undefined) return await ingestRenamed(context, id, disk)
      else await ingestEdit(context, id, disk)
      return []
    case 'join':
      pending.add(id)
      if (disk === undefined) return []
      if (index.content(id) !== undefined) {
        keepOriginal(context, id, disk)
        return []
      }
      if (!(await confirmIntent(context, id, disk)) && !(await ingestFirst(context, id, disk)))
        return []
      return index.tree.live.get(id) === disk.path ? [] : [{ type: 'place', id, path: disk.path }]
    case 'seed':
      if (disk !== undefined) offerSeed(context, id, disk)
      return []
    case 'revive':
      return revive(context, id, disk)
    case 'publish-delete': {
      const seen = await notes.seenAtBase(id)
      const tombstone = { at: clock.now(), by: device, seen, ...hashOf(base) }
      const place = ledger.displacedFrom(id)
      await forgetFile(context, id)
      return [{ type: 'delete', id, tombstone: place ? { ...tombstone, place } : tombstone }]
    }
    case 'forget':
      await forgetFile(context, id)
      return []
    case 'write':
      if (task.state === 'absent') await forgetFile(context, id)
      return []
    case 'nothing':
    case 'wait':
    case 'trash':
      return []
  }
}

/** The file is gone from this disk; a copy of it may be put back after the note has come back (SYNC-11). */
async function forgetFile(context: MirrorContext, id: FileId): Promise<void> {
  const { ledger, vanished } = context
  if (ledger.facts(id).base !== undefined) await rememberReplaced(context, id)
  ledger.dropBase(id)
  vanished.delete(id)
}

/** A note where the vault has a binary file: it goes to the trash when that comes. */
function keepOriginal({ ledger }: MirrorContext, id: FileId, { path, hash, stat }: DiskText): void {
  const at = ledger.head(id)
  ledger.setBase(id, { path, hash, stat, at, merged: true, kind: 'binary', isOriginal: true })
}

/** What the deleter had of a file that is no note. */
function hashOf(base: Base | undefined): Pick<Tombstone, 'hash'> {
  const hash = base === undefined || base.kind === 'text' ? undefined : parseBlobHash(base.hash)
  return hash === undefined ? {} : { hash }
}

/** The bytes that the deleter saw are deleted, and what others wrote into the note beyond them is not. */
async function reviveUnseen(context: MirrorContext, id: FileId): Promise<IndexEdit[]> {
  const seen = context.index.tombstone(id)?.seen
  const isNote = areBytesDeleted(context, id) && seen && (await context.notes.isBeyond(id, seen))
  return isNote
    ? [
        { type: 'revive', id },
        { type: 'note', id },
      ]
    : [{ type: 'revive', id }]
}

function areBytesDeleted({ index }: MirrorContext, id: FileId): boolean {
  const content = index.content(id)
  return content !== undefined && content.hash === index.tombstone(id)?.hash
}

async function revive(
  context: MirrorContext,
  id: FileId,
  disk: DiskText | undefined,
): Promise<readonly IndexEdit[]> {
  const { ledger, pending, index } = context
  const { base, head } = ledger.facts(id)
  pending.add(id)
  if (disk === undefined) return reviveUnseen(context, id)
  if (head === 0) {
    offerSeed(context, id, disk)
    return []
  }
  if (base?.kind === 'text') await ingestEdit(context, id, disk)
  else if (base !== undefined) await ingestTurned(context, id, disk)
  else if (!(await ingestRevived(context, id, disk))) return []
  const isTurned =
    index.content(id) !== undefined && (base?.kind !== 'text' || areBytesDeleted(context, id))
  const turn: IndexEdit[] = isTurned ? [{ type: 'note', id }] : []
  return [{ type: 'revive', id }, ...turn, { type: 'place', id, path: disk.path }]
}
