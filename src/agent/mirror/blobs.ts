// Binary files: their bytes go to the relay before the index names them, and come from it before the disk does.
import type { LocalFile } from '../blob/local-chunks.ts'
import { type BlobHash, type FileId, parseBlobHash } from '../../shared/ids.ts'
import type { BlobEntry, IndexEdit } from '../../shared/doc/vault-index.ts'
import { type Base, mtimeUs, sameContent } from '../core/facts.ts'
import { type DiskBlob, type MirrorContext, recheck } from './context.ts'
import type { Ledger } from './ledger.ts'
import { publishNamed } from './named-content.ts'

/** What the index is to say once the relay has the bytes; nothing while they are on their way. */
export function publishBlob(context: MirrorContext, id: FileId, disk: DiskBlob): IndexEdit[] {
  const { index, transfers } = context
  const { path, file, stat } = disk
  const isThere = sameContent(index.content(id), disk)
  if (!isThere && !transfers.send(path, { file, stat })) return []
  if (context.fingerprints.isRacy(path)) recheck(context, path)
  context.fingerprints.forget(path)
  const blob: BlobEntry = { hash: file.hash, size: stat.size, mtime: mtimeUs(stat) }
  return publishNamed(context, id, disk, { type: 'blob', id, blob })
}

/** The files that cannot be written before these bytes are here. */
export function waitingFor(
  { awaited, index }: Pick<MirrorContext, 'awaited' | 'index'>,
  hash: BlobHash,
): FileId[] {
  return [...awaited.waitingFor(hash)].filter(
    (id) => index.tree.live.has(id) && index.content(id)?.hash === hash,
  )
}

/** Bytes that the file waited for and that are not its own any more are nothing to it. */
export function awaitLatest({ awaited, index }: MirrorContext, id: FileId): void {
  const content = index.tree.live.has(id) ? index.content(id) : undefined
  awaited.keepOnly(id, content?.hash)
}

/** All bytes that this disk has still to get. */
export function wantedBlobs({ ledger, index, disk }: MirrorContext): Set<BlobHash> {
  const wanted = new Set<BlobHash>()
  for (const [id, path] of index.tree.live) {
    const content = index.content(id)
    if (content?.kind !== 'binary' || disk.rules().ignores(path, false)) continue
    if (ledger.facts(id).base?.hash !== content.hash) wanted.add(content.hash)
  }
  return wanted
}

/** What is at one here with the index: nobody else may have the bytes any more. */
export function heldBlobs({ ledger, index }: MirrorContext): LocalFile[] {
  return [...ledger.files()].flatMap(({ id, base }) => {
    const blob = base === undefined ? undefined : localBlob(base)
    return blob === undefined || index.content(id)?.hash !== blob.hash ? [] : [blob]
  })
}

/** Files on this disk that had these bytes when they were last looked at. */
export function holdersOf(ledger: Ledger, hash: BlobHash): LocalFile[] {
  return ledger.withHash(hash).flatMap((base) => localBlob(base) ?? [])
}

/** Where this disk has the bytes of a base; undefined where they are no bytes by hash, but a note or a link. */
export function localBlob({ kind, path, hash, stat }: Base): LocalFile | undefined {
  const parsed = kind === 'binary' ? parseBlobHash(hash) : undefined
  return parsed === undefined ? undefined : { path, hash: parsed, stat }
}
