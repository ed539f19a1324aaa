// Whether a file's content on disk, and in the vault, is still what its base says.
import type { FileId } from '../../shared/ids.ts'
import { type Base, sameContent } from '../core/facts.ts'
import type { Sides } from '../core/reconcile.ts'
import type { DiskFile, MirrorContext } from './context.ts'

/** What became of the document since the base. */
export function docSide({ index, ledger }: MirrorContext, id: FileId): Sides['doc'] {
  const content = index.content(id)
  const { base, head } = ledger.facts(id)
  if (content !== undefined) {
    return base?.kind === content.kind && base.hash === content.hash ? 'same' : 'changed'
  }
  if (head === 0) return 'none'
  const isSame = base?.kind === 'text' && base.at === head && base.merged
  return isSame ? 'same' : 'changed'
}

/**
 * Under another name the same bytes may be a note no more, or one now: then they are none that were agreed on. But
 * a name alone wins over nothing that was written elsewhere meanwhile.
 */
export function isAsAgreed(context: MirrorContext, id: FileId, disk: DiskFile): boolean {
  const { base } = context.ledger.facts(id)
  if (base === undefined || !sameContent(base, disk)) return false
  return base.isOriginal === true || !isTurned(base, disk) || docSide(context, id) === 'changed'
}

/** Only who gave a file the name makes it a note: two who do stand twice in it. */
function isTurned(base: Base, disk: DiskFile): boolean {
  if (base.kind === 'text') return disk.kind !== 'text'
  return disk.kind === 'text' && disk.path !== base.path
}

/** Whether what stands here met other content in the vault, and gave way to it: nobody here has seen that yet. */
export function hasGivenWay(base: Base | undefined): boolean {
  return base?.isOriginal === true && base.kind !== 'text'
}
