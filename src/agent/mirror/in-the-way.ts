// What is left alone on this disk may stand where a file of the vault belongs. That file waits until the place is
// free, and keeps nothing else waiting.
import type { FileId } from '../../shared/ids.ts'
import { type VaultPath, pathKey } from '../../shared/vault-path.ts'
import type { Problem } from '../core/facts.ts'
import type { MirrorContext } from './context.ts'

/** Lists what is left alone at `path`, where no file of ours is. Of what is below a link the link is in the way. */
export function listLeftAlone(context: MirrorContext, path: VaultPath, why: Problem): void {
  const { problems, clock } = context
  const waiting = whoBelongsAt(context, path)
  if (waiting === undefined) return problems.set(path, why, clock.now())
  if (problems.of(waiting)?.code === 'refused') return
  const message = `${why.message}; the vault has another file of this name: rename or remove this one`
  problems.setOf(waiting, path, { code: 'unmaterialisable', message }, clock.now())
  waitFor(context, waiting, path)
}

/**
 * A folder at `path`. Where a file that belongs there could not be written, what is left out keeps the folder there:
 * one that is empty goes, and one with files of the vault has that file elsewhere.
 */
export function noteFolder(context: MirrorContext, path: VaultPath): void {
  const { problems, failed, clock } = context
  const waiting = whoBelongsAt(context, path)
  problems.clear(path)
  noteFree(context, path)
  if (waiting === undefined || !failed.has(waiting)) return
  const message = 'a folder is here; the vault has a file of this name: rename or remove this one'
  problems.setOf(waiting, path, { code: 'unmaterialisable', message }, clock.now())
  waitFor(context, waiting, path)
}

/** The file is not tried again before what is at `path`, or above, is another. */
export function waitFor({ blocked, failed }: MirrorContext, id: FileId, path: VaultPath): void {
  failed.delete(id)
  blocked.set(id, path)
}

/** The file is tried once more. Where it belongs elsewhere by now, what was in its way is listed for itself. */
export function waitNoMore({ blocked, index, hints, clock }: MirrorContext, id: FileId): void {
  const path = blocked.get(id)
  if (path === undefined) return
  blocked.delete(id)
  if (index.tree.live.get(id) !== path) hints.add(path, clock.now())
}

/** What was in the way at `path` is gone, or is another. */
export function noteFree({ blocked, pending }: MirrorContext, path: VaultPath): void {
  for (const [id, at] of blocked) {
    if (at === path || at.startsWith(`${path}/`)) pending.add(id)
  }
}

/** All that wait are tried once more: below `folder` (undefined: in the vault) events may have been missed. */
export function retryBlocked(
  { blocked, pending }: MirrorContext,
  folder: VaultPath | undefined,
): void {
  for (const [id, at] of blocked) {
    if (folder === undefined || at.startsWith(`${folder}/`)) pending.add(id)
  }
}

/** On a disk that tells case apart, another spelling of the name is another place. */
function whoBelongsAt({ index }: MirrorContext, path: VaultPath): FileId | undefined {
  const { byKey, live } = index.tree
  const id = byKey.get(pathKey(path))
  return id !== undefined && live.get(id) === path ? id : undefined
}
