// What a crash interrupted: files that we were taking from their places, found where they got to. What is gone
// from its place otherwise was taken by somebody else.
import type { FileId } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { type Base, sameInode, statOf } from '../core/facts.ts'
import type { MirrorContext } from './context.ts'
import { stillChanged } from './relocate.ts'

/** Once the folder is surely the vault's, and before anything in it is taken for changed. */
export async function resumeLeaving(context: MirrorContext): Promise<void> {
  const { ledger, disk } = context
  for (const { id, base, leaving } of [...ledger.files()]) {
    if (base === undefined || leaving === undefined) continue
    if (leaving.type === 'move') await resumeMove(context, id, base, leaving.to)
    else if ((await disk.stat(base.path)) === undefined) ledger.dropBase(id)
    ledger.stays(id)
  }
}

async function resumeMove(
  { disk, ledger, staged }: MirrorContext,
  id: FileId,
  base: Base,
  to: VaultPath,
): Promise<void> {
  const target = statOf(await disk.stat(to))
  if (target !== undefined && sameInode(target, base.stat)) {
    if (staged.delete(id)) await disk.finishMove({ staged: id }, to)
    const stat = await disk.finishMove(base.path, to)
    if (stat === undefined) return
    ledger.change(id, { base: { ...base, path: to, stat: stillChanged(stat, base.stat) } })
  } else if (staged.has(id)) {
    const stat = await disk.finishMove(base.path, { staged: id })
    if (stat !== undefined) staged.set(id, stat)
  }
}
