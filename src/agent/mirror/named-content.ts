// Files whose content the index itself names, by its SHA-256: binary files and links.
import type { FileId } from '../../shared/ids.ts'
import type { IndexEdit } from '../../shared/doc/vault-index.ts'
import { type Base, sameContent } from '../core/facts.ts'
import type { Verdict } from '../core/reconcile.ts'
import type { DiskBlob, DiskLink, MirrorContext } from './context.ts'
import { confirmIntent } from './ingest.ts'

/** What the index is to say of a file that was read; `content` is the edit that names its content. */
export async function publishNamed(
  context: MirrorContext,
  id: FileId,
  disk: DiskBlob | DiskLink,
  { act }: Verdict,
  content: IndexEdit,
): Promise<IndexEdit[]> {
  const { index, ledger, pending } = context
  if ((act === 'ingest' || act === 'join') && (await confirmIntent(context, id, disk))) {
    pending.add(id)
    return []
  }
  const { path, hash, stat, kind } = disk
  const base: Base = { path, hash, stat, at: ledger.head(id), merged: true, kind }
  const isTheSame = sameContent(index.content(id), disk)
  if (act === 'join' && !isTheSame) {
    // Something else was named first: this one stays in the trash here.
    ledger.setBase(id, { ...base, isOriginal: true })
    pending.add(id)
    return []
  }
  ledger.setBase(id, base)
  // Rights and times may be others than the vault's.
  if (isTheSame) pending.add(id)
  const edits: IndexEdit[] = []
  if (index.tombstone(id) !== undefined) edits.push({ type: 'revive', id })
  if (index.tree.live.get(id) !== path) edits.push({ type: 'place', id, path })
  return isTheSame ? edits : [...edits, content]
}
