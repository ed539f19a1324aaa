// Rights and times of files, in both directions: what was changed here is published, what was changed elsewhere
// goes to disk.
import type { IndexEdit } from '../../shared/doc/vault-index.ts'
import type { FileId } from '../../shared/ids.ts'
import { type Agreed, type Attributes, ownerMode, settleAttribute } from '../core/attributes.ts'
import { type Base, type FileStat, mtimeUs } from '../core/facts.ts'
import type { WriteAttributes } from '../disk/disk.ts'
import { docSide } from './agreed.ts'
import { type MirrorContext, recheckIfRacy } from './context.ts'
import { eachFile } from './each-file.ts'
import { notDone } from './not-done.ts'

const kinds = ['mode', 'mtime'] as const
type Kind = (typeof kinds)[number]

/** What the vault says of the file. A peer may have said anything of a time. */
function wantedAttributes({ index, ledger }: MirrorContext, id: FileId): Attributes {
  const content = index.content(id)
  const mtime = content?.kind === 'binary' ? content.mtime : ledger.mtime(id)
  return { mode: index.mode(id), mtime: Number.isSafeInteger(mtime) ? Math.max(0, mtime) : 0 }
}

/** The same for a write. Where the vault itself says that nobody writes the file, what comes from it is written. */
export function attributesToWrite(context: MirrorContext, id: FileId): WriteAttributes {
  const agreed = context.ledger.facts(id).base?.mode
  return { ...wantedAttributes(context, id), overProtected: agreed?.disk === agreed?.vault }
}

/** What the disk made of `wanted`. */
export function agreedOn(stat: FileStat, wanted: Attributes): Record<Kind, Agreed> {
  const onDisk = attributesOf(stat)
  return {
    mode: { disk: onDisk.mode, vault: wanted.mode },
    mtime: { disk: onDisk.mtime, vault: wanted.mtime },
  }
}

function attributesOf(stat: FileStat): Record<Kind, number> {
  return { mode: ownerMode(stat.mode), mtime: mtimeUs(stat) }
}

/** What the index is to say of the file that this disk has; the base follows. */
export function publishAttributes(context: MirrorContext, id: FileId): IndexEdit[] {
  const { index } = context
  // The vault has it from us, now.
  const isOurs = !index.knows(id) || index.tombstone(id) !== undefined
  return due(context, id).flatMap(({ kind, base, now }) => {
    switch (settle(kind, base, now, isOurs)) {
      case 'same':
        if (now.disk === now.vault || base[kind] === undefined) agree(context, id, kind, now)
        return []
      case 'publish':
        agree(context, id, kind, { disk: now.disk, vault: now.disk })
        return publishOne(context, id, kind, now.disk)
      case 'apply':
        return []
    }
  })
}

type Due = { readonly kind: Kind; readonly base: Base; readonly now: Agreed }

/** When a file was written is told with its content, unless that is the same on both sides. */
function due(context: MirrorContext, id: FileId): Due[] {
  const { base } = context.ledger.facts(id)
  if (base === undefined || base.kind === 'link') return []
  const [onDisk, wanted] = [attributesOf(base.stat), wantedAttributes(context, id)]
  const isInStep = docSide(context, id) === 'same'
  return kinds
    .filter((kind) => kind !== 'mtime' || isInStep)
    .map((kind) => ({ kind, base, now: { disk: onDisk[kind], vault: wanted[kind] } }))
}

function agree({ ledger }: MirrorContext, id: FileId, kind: Kind, now: Agreed): void {
  const { base } = ledger.facts(id)
  const known = base?.[kind]
  if (base === undefined || (known?.disk === now.disk && known.vault === now.vault)) return
  ledger.change(id, { base: { ...base, [kind]: now } })
}

function publishOne(context: MirrorContext, id: FileId, kind: Kind, value: number): IndexEdit[] {
  if (kind === 'mode') return [{ type: 'mode', id, mode: value }]
  const content = context.index.content(id)
  if (content?.kind !== 'binary') {
    touch(context, id, value)
    return []
  }
  return [{ type: 'time', id, time: { hash: content.hash, mtime: value } }]
}

/** A note's time is in no document: it goes with an edit that changes nothing. */
function touch({ ledger, notes, outbox }: MirrorContext, id: FileId, mtime: number): void {
  const update = notes.touch(id)
  const { base, head } = ledger.facts(id)
  ledger.change(id, { mtime, base: base && { ...base, at: head } })
  outbox.update(id, update, [head])
}

/** Whether nothing but the file's attributes is to change on disk. */
export function needsAttributes(context: MirrorContext, id: FileId): boolean {
  if (docSide(context, id) !== 'same') return false
  return applied(context, id).length > 0
}

/** Those that the vault changed. */
function applied(context: MirrorContext, id: FileId): Due[] {
  return due(context, id).filter(
    ({ kind, base, now }) => settle(kind, base, now, false) === 'apply',
  )
}

/** A file that was here already keeps its time: nothing is written where the bytes are the same. */
function settle(kind: Kind, base: Base, now: Agreed, isOurs: boolean) {
  const isMetNow = kind === 'mtime' && base.mtime === undefined && !isOurs
  return isMetNow ? 'same' : settleAttribute(base[kind], now, isOurs)
}

export async function setAllAttributes(
  context: MirrorContext,
  ids: readonly FileId[],
): Promise<void> {
  await eachFile(ids, (id) => setAttributes(context, id))
}

async function setAttributes(context: MirrorContext, id: FileId): Promise<void> {
  const { disk, ledger } = context
  const { base } = ledger.facts(id)
  if (base === undefined) return
  const { path } = base
  const wanted = wantedAttributes(context, id)
  const changed = attributesOf(base.stat)
  for (const { kind } of applied(context, id)) changed[kind] = wanted[kind]
  const outcome = await disk.setAttributes(path, changed, base.stat)
  switch (outcome.type) {
    case 'written':
      ledger.change(id, {
        base: { ...base, stat: outcome.stat, ...agreedOn(outcome.stat, wanted) },
      })
      recheckIfRacy(context, path, outcome.stat)
      return
    case 'stale':
    case 'failed':
      notDone(context, id, path, outcome)
  }
}
