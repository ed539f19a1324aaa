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

/** The file is not tried again before what is at `path`, or above, is another. */
export function waitFor({ blocked, failed }: MirrorContext, id: FileId, path: VaultPath): void {
  failed.delete(id)
  blocked.set(id, path)
}

/** The file may belong elsewhere by now: what is in its way is listed for itself then. */
export function waitNoMore({ blocked, hints, clock }: MirrorContext, id: FileId): void {
  const path = blocked.get(id)
  if (path === undefined) return
  blocked.delete(id)
  hints.add(path, clock.now())
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
