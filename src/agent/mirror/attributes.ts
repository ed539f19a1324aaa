// Rights of files, in both directions: what was changed here is published, what was changed elsewhere goes to disk.
import pLimit from 'p-limit'
import type { IndexEdit } from '../../shared/doc/vault-index.ts'
import type { FileId } from '../../shared/ids.ts'
import { type Attributes, ownerMode, settleAttribute } from '../core/attributes.ts'
import type { Base, FileStat } from '../core/facts.ts'
import type { Dress } from '../disk/disk.ts'
import { type MirrorContext, recheckIfRacy } from './context.ts'
import { fail, lookFirst } from './not-done.ts'
import { docSide } from './plan-turn.ts'

const filesAtOnce = 16

/** What the vault says of the file. */
function wantedAttributes({ index }: MirrorContext, id: FileId): Attributes {
  return { mode: index.mode(id) }
}

/** The same for a write. Where the vault itself says that nobody writes the file, what comes from it is written. */
export function dressOf(context: MirrorContext, id: FileId): Dress {
  const agreed = context.ledger.facts(id).base?.mode
  return { ...wantedAttributes(context, id), overProtected: agreed?.disk === agreed?.vault }
}

/** What the disk made of `wanted`. */
export function agreedOn(stat: FileStat, { mode }: Attributes): Pick<Base, 'mode'> {
  return { mode: { disk: ownerMode(stat.mode), vault: mode } }
}

/** What the index is to say of the file that this disk has; the base follows. */
export function publishAttributes(context: MirrorContext, id: FileId): IndexEdit[] {
  const { ledger, index, pending } = context
  const { base } = ledger.facts(id)
  if (base === undefined || base.kind === 'link') return []
  const now = { disk: ownerMode(base.stat.mode), vault: index.mode(id) }
  // The vault has it from us, now.
  const isOurs = !index.knows(id) || index.tombstone(id) !== undefined
  switch (settleAttribute(base.mode, now, isOurs)) {
    case 'same':
      if (now.disk === now.vault) agree(context, id, base, now.disk)
      return []
    case 'publish':
      agree(context, id, base, now.disk)
      return [{ type: 'mode', id, mode: now.disk }]
    case 'apply':
      pending.add(id)
      return []
  }
}

function agree({ ledger }: MirrorContext, id: FileId, base: Base, mode: number): void {
  if (base.mode?.disk === mode && base.mode.vault === mode) return
  ledger.change(id, { base: { ...base, mode: { disk: mode, vault: mode } } })
}

/** Whether only the file's attributes are to change on disk. */
export function needsAttributes({ ledger, index }: MirrorContext, id: FileId): boolean {
  const { base, head } = ledger.facts(id)
  if (base === undefined || base.kind === 'link') return false
  if (docSide(index.content(id), base, head) !== 'same') return false
  const now = { disk: ownerMode(base.stat.mode), vault: index.mode(id) }
  return settleAttribute(base.mode, now, false) === 'apply'
}

export async function setAllAttributes(
  context: MirrorContext,
  ids: readonly FileId[],
): Promise<void> {
  const limit = pLimit(filesAtOnce)
  await Promise.all(ids.map((id) => limit(() => setAttributes(context, id))))
}

async function setAttributes(context: MirrorContext, id: FileId): Promise<void> {
  const { disk, ledger } = context
  const { base } = ledger.facts(id)
  if (base === undefined) return
  const { path } = base
  const wanted = wantedAttributes(context, id)
  const outcome = await disk.setAttributes(path, wanted, base.stat)
  switch (outcome.type) {
    case 'written':
      ledger.change(id, {
        base: { ...base, stat: outcome.stat, ...agreedOn(outcome.stat, wanted) },
      })
      recheckIfRacy(context, path, outcome.stat)
      return
    case 'stale':
      lookFirst(context, id, path)
      return
    case 'failed':
      fail(context, id, path, outcome.problem)
  }
}
