// Binary files: their bytes go to the relay before the index names them, and come from it before the disk does.
import type { LocalFile } from '../blob/local-chunks.ts'
import { type FileId, parseBlobHash } from '../../shared/ids.ts'
import type { BlobEntry, IndexEdit } from '../../shared/doc/vault-index.ts'
import { type Base, mtimeUs } from '../core/facts.ts'
import type { DiskBlob, MirrorContext } from './context.ts'

/** What the index is to say once the relay has the bytes; nothing while they are on their way. */
export function publishBlob(context: MirrorContext, id: FileId, disk: DiskBlob): IndexEdit[] {
  const { index, ledger, transfers } = context
  const { path, file, stat } = disk
  const known = index.content(id)
  const isTheSame = known?.hash === file.hash
  if (!isTheSame && !transfers.send(path, { file, stat })) return []
  const base: Base = {
    path,
    hash: file.hash,
    stat,
    at: ledger.head(id),
    merged: true,
    kind: 'binary',
  }
  const isFirstContact = ledger.facts(id).base === undefined && known !== undefined
  if (!isTheSame && isFirstContact) {
    // The other bytes were named first: these stay in the trash here, and with the relay.
    ledger.setBase(id, { ...base, isOriginal: true })
    context.pending.add(id)
    return []
  }
  ledger.setBase(id, base)
  const edits: IndexEdit[] = []
  if (index.tombstone(id) !== undefined) edits.push({ type: 'revive', id })
  if (index.tree.live.get(id) !== path) edits.push({ type: 'place', id, path })
  const blob: BlobEntry = { hash: file.hash, size: stat.size, mtime: mtimeUs(stat) }
  return isTheSame ? edits : [...edits, { type: 'blob', id, blob }]
}

/** Where this disk has the bytes of a base; undefined where they are no bytes by hash, but a note or a link. */
export function localBlob({ kind, path, hash, stat }: Base): LocalFile | undefined {
  const parsed = kind === 'binary' ? parseBlobHash(hash) : undefined
  return parsed === undefined ? undefined : { path, hash: parsed, stat }
}
