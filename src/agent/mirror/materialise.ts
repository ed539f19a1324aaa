// What the document and the index say goes to disk, but only over what was expected there.
import type { BlobEntry } from '../../shared/doc/vault-index.ts'
import type { FileId } from '../../shared/ids.ts'
import { type VaultPath, ignoreFileName } from '../../shared/vault-path.ts'
import { type Base, type FileKind, type FileStat, isOfOneTick, sameContent } from '../core/facts.ts'
import { isTextPath, rulesFault } from '../core/ignore.ts'
import { encodeText } from '../core/text.ts'
import type { WriteSource } from '../disk/disk.ts'
import { sha256Hex } from '../hash.ts'
import { agreedOn, attributesToWrite } from './attributes.ts'
import { localBlob } from './blobs.ts'
import { type MirrorContext, recheckIfRacy } from './context.ts'
import { eachFile } from './each-file.ts'
import { rememberReplaced } from './earlier.ts'
import { removeEmptied } from './folders.ts'
import type { Content } from './index-mirror.ts'
import { fail, lookFirst, notDone, retryAll } from './not-done.ts'

/** A write that leaves less than this share of a file's bytes keeps the old file in the trash. */
const smallShare = 0.5

/** A document's text on its way to disk. */
export type Write = {
  readonly id: FileId
  readonly path: VaultPath
  readonly hash: string
  readonly source: WriteSource
  /** Bytes. */
  readonly size: number
  readonly kind: FileKind
  /** The replaced file goes to the trash: it is the first contact's original, or loses much. */
  readonly keepOld: boolean
  readonly at: number
}

/**
 * The text to write, with an intent that must be durable first: after a crash it tells our own bytes
 * from the user's. Undefined when the disk has exactly this text already.
 */
export async function prepareWrite(
  context: MirrorContext,
  id: FileId,
  path: VaultPath,
): Promise<Write | undefined> {
  const { ledger, notes, index } = context
  const content = index.content(id)
  if (content?.kind === 'binary') return prepareBlob(context, id, path, content)
  if (content?.kind === 'link') return prepareLink(context, id, path, content)
  const text = await notes.text(id)
  const bytes = encodeText(text)
  const hash = sha256Hex(bytes)
  const { base, head: at } = ledger.facts(id)
  if (base !== undefined && sameContent(base, { kind: 'text', hash })) {
    ledger.setBase(id, { ...base, at, merged: true, kind: 'text' })
    lookInside(context, id)
    return undefined
  }
  if (refusesRules(context, id, path, () => rulesFault(text))) return undefined
  ledger.change(id, { intent: { path, hash, at, kind: 'text' } })
  const losesMuch = base !== undefined && bytes.length < base.stat.size * smallShare
  // Bytes that were no text are in nobody's history.
  const isBinary = base !== undefined && base.kind !== 'text'
  const keepOld = base?.isOriginal === true || losesMuch || isBinary
  return { id, path, hash, source: bytes, size: bytes.length, keepOld, at, kind: 'text' }
}

/** This disk would be held with such rules, and could not hear of others. */
function refusesRules(
  context: MirrorContext,
  id: FileId,
  path: VaultPath,
  fault: () => string | undefined,
): boolean {
  const why = path === ignoreFileName ? fault() : undefined
  if (why !== undefined)
    fail(context, id, path, { code: 'delayed', message: `not written: ${why}` })
  return why !== undefined
}

/** Undefined while the bytes are on their way. What they replace is in nobody's history: it is kept. */
function prepareBlob(
  context: MirrorContext,
  id: FileId,
  path: VaultPath,
  { hash, size }: BlobEntry,
): Write | undefined {
  const { ledger, transfers, awaited } = context
  const { base, head } = ledger.facts(id)
  if (base !== undefined && sameContent(base, { kind: 'binary', hash })) {
    ledger.setBase(id, { ...base, merged: true, kind: 'binary' })
    return undefined
  }
  if (refusesRules(context, id, path, () => 'it is no text')) return undefined
  awaited.add(hash, id)
  if (!transfers.fetch(hash, size, base && localBlob(base))) return undefined
  const at = base?.at ?? head
  ledger.change(id, { intent: { path, hash, at, kind: 'binary' } })
  return { id, path, hash, source: { part: hash }, size, kind: 'binary', keepOld: true, at }
}

function prepareLink(
  { ledger }: MirrorContext,
  id: FileId,
  path: VaultPath,
  { target, hash }: Extract<Content, { kind: 'link' }>,
): Write {
  const kind = 'link'
  const { base, head } = ledger.facts(id)
  const at = base?.at ?? head
  ledger.change(id, { intent: { path, hash, at, kind } })
  const size = encodeText(target).length
  return { id, path, hash, source: { link: target }, size, kind, keepOld: true, at }
}

export async function writeAll(context: MirrorContext, writes: readonly Write[]): Promise<void> {
  await eachFile(writes, (write) => writeOne(context, write))
}

async function writeOne(context: MirrorContext, write: Write): Promise<void> {
  const { disk, ledger, problems, contested, clock } = context
  const { id, path, source, keepOld, hash, at, kind } = write
  if (isTaken(context, id, path)) {
    releaseOthers(context, write, context.failed)
    return lookFirst(context, id, path)
  }
  const before = ledger.facts(id)
  const attributes = attributesToWrite(context, id)
  const outcome = await disk.write(path, source, before.base?.stat, keepOld, attributes)
  const isPartTaken = outcome.type === 'written' || outcome.type === 'part-gone'
  if ('part' in source && isPartTaken) context.transfers.taken(source.part)
  releaseOthers(context, write, isPartTaken ? context.pending : context.failed)
  switch (outcome.type) {
    case 'written': {
      await rememberReplaced(context, id)
      const { stat } = outcome
      const base = { path, hash, stat, at, merged: true, kind, ...agreedOn(stat, attributes) }
      ledger.setBase(id, base)
      if (before.base !== undefined) contested.wrote(id, before.base.hash, clock.now())
      problems.clear(path)
      lookInside(context, id)
      if (mayHide(source, before.base, stat)) recheckIfRacy(context, path, stat)
      return
    }
    case 'part-gone':
      context.pending.add(id)
      return
    case 'stale':
    case 'failed':
      notDone(context, id, path, outcome)
  }
}

/** Files that wait for what `source` was put together from: only one at a time is written. */
function releaseOthers({ awaited }: MirrorContext, { id, source }: Write, next: Set<FileId>): void {
  if (!('part' in source)) return
  for (const other of awaited.take(source.part)) if (other !== id) next.add(other)
}

/** Whether the times of what was written may miss a write right after; those of a part are older than its name. */
function mayHide(source: WriteSource, replaced: Base | undefined, stat: FileStat): boolean {
  return isOfOneTick(stat) || (replaced !== undefined && !('part' in source))
}

export async function trashAll(context: MirrorContext, ids: readonly FileId[]): Promise<void> {
  await eachFile(ids, (id) => trashOne(context, id))
}

async function trashOne(context: MirrorContext, id: FileId): Promise<void> {
  const { disk, ledger } = context
  const { base } = ledger.facts(id)
  if (base === undefined) return
  const outcome = await disk.trash(base.path, base.stat)
  switch (outcome.type) {
    case 'trashed':
      await removeEmptied(context, base.path)
      await rememberReplaced(context, id)
      ledger.dropBase(id)
      context.unread.delete(id)
      context.problems.clear(base.path)
      retryAll(context)
      return
    case 'stale':
    case 'failed':
      notDone(context, id, base.path, outcome)
  }
}

/**
 * Whether another file has its base at `path`. Nothing may be on the disk there for a moment, while a program
 * saves: whoever took the name then would be what it writes into.
 */
export function isTaken({ ledger, staged }: MirrorContext, id: FileId, path: VaultPath): boolean {
  const holder = ledger.at(path)
  return holder !== undefined && holder.id !== id && !staged.has(holder.id)
}

/** Under the name of a binary file a note is none. */
export function lookInside({ ledger, hints, clock }: MirrorContext, id: FileId): void {
  const { base } = ledger.facts(id)
  if (base?.kind === 'text' && !isTextPath(base.path)) {
    hints.add(base.path, clock.now(), undefined, true)
  }
}
