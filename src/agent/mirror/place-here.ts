// Where a file is to be on this disk. A peer decides where it is, but not what may be where on this one.
import type { FileId } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { isTextPath } from '../core/ignore.ts'
import type { MirrorContext } from './context.ts'
import { misplacedLink } from './links.ts'
import { fail } from './not-done.ts'

/** Undefined where it is to be nowhere; why that is so is listed, or remembered. */
export function placeHere(context: MirrorContext, id: FileId): VaultPath | undefined {
  const { index, ledger } = context
  const place = index.tree.live.get(id)
  if (place === undefined) return undefined
  // A note of ours that gets another kind of name is binary from then on.
  const isNew = ledger.facts(id).base === undefined
  if (isNew && index.content(id) === undefined && !isTextPath(place)) return undefined
  if (isLeftOut(context, id, place)) return undefined
  const misplaced = misplacedLink(context, id, place)
  if (misplaced === undefined) return place
  fail(context, id, place, misplaced)
  return undefined
}

/** What is left out at `path` is remembered: other rules may let it in. */
export function isLeftOut(
  { disk, ignored }: MirrorContext,
  id: FileId,
  path: VaultPath | undefined,
): boolean {
  if (path === undefined || !disk.rules().ignores(path, false)) return false
  ignored.add(id)
  return true
}
