// Files whose content the index itself names, by its SHA-256: binary files and links.
import type { FileId } from '../../shared/ids.ts'
import type { IndexEdit } from '../../shared/doc/vault-index.ts'
import { type Base, sameContent } from '../core/facts.ts'
import { hasGivenWay } from './agreed.ts'
import type { DiskBlob, DiskLink, MirrorContext } from './context.ts'

/**
 * What the index is to say of a file that was read; `content` is the edit that names its content. Its base is to be
 * made durable with the index, and never before: a base that the index does not follow would be taken for what
 * other devices had replaced. So nothing is awaited between this and the edit of the index.
 */
export function publishNamed(
  { index, ledger, pending }: MirrorContext,
  id: FileId,
  disk: DiskBlob | DiskLink,
  content: IndexEdit,
): IndexEdit[] {
  const { path, hash, stat, kind } = disk
  const { base: before, intent, head } = ledger.facts(id)
  // Of a note that it is not now, nobody here has seen more than before.
  const base: Base = { path, hash, stat, at: before?.at ?? head, merged: true, kind }
  if (intent?.path === path && sameContent(intent, disk)) {
    // Our own write, which the agent did not live to remember.
    ledger.setBase(id, { ...base, at: intent.at })
    pending.add(id)
    return []
  }
  const known = index.content(id)
  const isTheSame = sameContent(known, disk)
  const isDeleted = index.tombstone(id) !== undefined
  const isTaken = known !== undefined || head > 0
  const isUnmet = before === undefined || hasGivenWay(before)
  if (!isTheSame && isUnmet && isTaken && !isDeleted) {
    // The other content was there first: this one stays in the trash here.
    ledger.setBase(id, { ...base, isOriginal: true })
    pending.add(id)
    return []
  }
  ledger.setBase(id, base)
  // Its place, rights and time may be others in the vault by now.
  pending.add(id)
  const edits: IndexEdit[] = []
  if (isDeleted) edits.push({ type: 'revive', id })
  // A known file that was moved elsewhere meanwhile follows there.
  if (before === undefined || isDeleted) edits.push({ type: 'place', id, path })
  return isTheSame ? edits : [...edits, content]
}
