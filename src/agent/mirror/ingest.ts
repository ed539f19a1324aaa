// What was written on disk goes into the note's document, against the base it was written from.
import type { IndexEdit } from '../../shared/doc/vault-index.ts'
import { seedNote } from '../../shared/doc/note-doc.ts'
import type { FileId } from '../../shared/ids.ts'
import { diffText } from '../../shared/text/diff.ts'
import { rebase } from '../../shared/text/rebase.ts'
import { type Splice, applySplices } from '../../shared/text/splice.ts'
import { unionText } from '../../shared/text/union.ts'
import { type Base, type FileStat, mtimeUs, sameContent } from '../core/facts.ts'
import { dropSeen, insists, nothing, savedAtMs, staleOrigin } from '../core/stale-base.ts'
import { encodeText } from '../core/text.ts'
import { sha256Hex } from '../hash.ts'
import { type DiskFile, type DiskText, type MirrorContext, recheckIfRacy } from './context.ts'
import {
  earlierText,
  earlierTexts,
  rememberLate,
  rememberReplaced,
  rememberSave,
} from './earlier.ts'

/** Whether the disk holds what we were writing when the agent last stopped; then it is the base. */
export async function confirmIntent(
  context: MirrorContext,
  id: FileId,
  disk: DiskFile,
): Promise<boolean> {
  const { intent } = context.ledger.facts(id)
  if (intent === undefined || !sameContent(intent, disk) || intent.path !== disk.path) return false
  const { path, hash, stat } = disk
  await rememberReplaced(context, id)
  context.ledger.setBase(id, { path, hash, stat, at: intent.at, merged: true, kind: disk.kind })
  return true
}

/** An edit of a known note. The disk is rewritten later if the document has more than it. */
export async function ingestEdit(
  context: MirrorContext,
  id: FileId,
  disk: DiskText,
): Promise<void> {
  const live = await context.notes.text(id)
  const merged = disk.text === live ? live : await ingestSave(context, id, disk, live)
  rememberSave(context, id)
  agree(context, id, disk, merged)
}

/**
 * An edit of a note which has become bytes elsewhere by its name alone: they are what the note had. It is a note once
 * more, with the edit in it, and bytes again for whoever finds it under that name.
 */
export async function ingestRenamed(
  context: MirrorContext,
  id: FileId,
  disk: DiskText,
): Promise<IndexEdit[]> {
  const { index, notes } = context
  const before = await notes.text(id)
  await ingestEdit(context, id, disk)
  const isEdited = (await notes.text(id)) !== before
  const hash = sha256Hex(encodeText(before))
  const isNameAlone = sameContent(index.content(id), { kind: 'binary', hash })
  return isEdited && isNameAlone ? [{ type: 'note', id }] : []
}

async function ingestSave(
  context: MirrorContext,
  id: FileId,
  disk: DiskText,
  live: string,
): Promise<string> {
  const origin = await originOf(context, id, disk)
  const merged = await write(context, id, live, rebase(origin, disk.text, live), disk)
  if (merged !== disk.text) await rememberReplaced(context, id)
  return merged
}

/**
 * A file born again where a deleted one was: its text replaces what the deleter had seen, and is joined to any
 * writing beyond that. False while the relay has to be asked.
 */
export async function ingestRevived(
  context: MirrorContext,
  id: FileId,
  disk: DiskText,
): Promise<boolean> {
  const { index, notes } = context
  const seen = index.tombstone(id)?.seen
  if (seen === undefined || (await notes.isBeyond(id, seen))) return ingestFirst(context, id, disk)
  const live = await notes.text(id)
  agree(context, id, disk, await write(context, id, live, diffText(live, disk.text), disk))
  return true
}

/**
 * A file that was binary and is a note now: its text replaces what the note had while it was binary, but not what
 * others wrote into it since. Where the vault has had a note all the while, nobody here has seen that yet.
 */
export async function ingestTurned(
  context: MirrorContext,
  id: FileId,
  disk: DiskText,
): Promise<IndexEdit[]> {
  const { notes, ledger, index } = context
  const { base, head } = ledger.facts(id)
  if (head === 0) {
    offerSeed(context, id, disk)
    return []
  }
  if (base?.isOriginal === true && index.content(id) === undefined) {
    await ingestFirst(context, id, disk)
    return []
  }
  const live = await notes.text(id)
  const origin = await notes.textAt(id, base?.at ?? nothing)
  agree(context, id, disk, await write(context, id, live, rebase(origin, disk.text, live), disk))
  return [{ type: 'note', id }]
}

/**
 * First contact of two contents with no common base. One that the note had before is the base itself, as
 * the relay's history knows; any other is joined line by line. False while the relay has to be asked.
 */
export async function ingestFirst(
  context: MirrorContext,
  id: FileId,
  disk: DiskText,
): Promise<boolean> {
  const { notes, ledger, outbox, versions } = context
  const live = await notes.text(id)
  if (disk.text === live) {
    agree(context, id, disk, live)
    return true
  }
  const version = versions.get(id)
  versions.delete(id)
  if (version?.hash !== disk.hash) {
    outbox.find(id, disk.path, disk.hash)
    return false
  }
  if (version.isKnown) {
    const { path, hash, stat, text } = disk
    const base: Base = {
      path,
      hash,
      stat,
      at: ledger.head(id),
      merged: false,
      kind: 'text',
      isOriginal: true,
    }
    ledger.setBase(id, base, text)
    return true
  }
  const union = diffText(live, unionText(disk.text, live))
  agree(context, id, disk, await write(context, id, live, union, disk), true)
  return true
}

/**
 * What a program wrote into a file that we had replaced under it, against what that file held. Its next
 * write goes on from there.
 */
export async function ingestLate(
  context: MirrorContext,
  text: string,
  replaced: FileStat,
): Promise<void> {
  const { notes, ledger, pending } = context
  const known = ledger.withEarlier(replaced)
  if (known === undefined) return
  const { id, earlier } = known
  const origin = await earlierText(context, id, earlier)
  const live = await notes.text(id)
  await write(context, id, live, rebase(origin, text, live))
  rememberLate(context, id, text, earlier)
  pending.add(id)
}

/**
 * Asks the relay to take the first content of a new note. No document is kept until it has answered. An
 * offer may outlive its answer, so another text is offered as another author: two texts under one clientID
 * would never become one.
 */
export function offerSeed(context: MirrorContext, id: FileId, disk: DiskText): void {
  const { path, hash, stat, text } = disk
  const clientId = parseInt(sha256Hex(encodeText(`${context.clientId} ${hash}`)).slice(0, 8), 16)
  context.ledger.change(id, { offer: { path, hash, stat, clientId }, mtime: mtimeUs(stat) })
  context.outbox.seed(id, path, seedNote(text, clientId))
}

/** What the relay has of the file is what we offered: the file is at one with it, wherever it is by now. */
export async function confirmOffer({ ledger, notes }: MirrorContext, id: FileId): Promise<void> {
  const { offer, base, head: at } = ledger.facts(id)
  if (offer === undefined || base !== undefined) return
  const { path, hash, stat, clientId } = offer
  if (!(await notes.holdsWritingOf(id, clientId))) return
  if (sha256Hex(encodeText(await notes.text(id))) !== hash) return
  ledger.setBase(id, { path, hash, stat, at, merged: true, kind: 'text' })
}

/**
 * Writes into the document and returns its text afterwards. It was written when the file on disk was; but what
 * nobody has saved so is from now, or editors would take it for what they know.
 */
async function write(
  { notes, outbox, ledger, clock }: MirrorContext,
  id: FileId,
  live: string,
  splices: readonly Splice[],
  disk?: DiskText,
): Promise<string> {
  if (splices.length === 0) return live
  const update = await notes.edit(id, splices)
  const text = applySplices(live, splices)
  const mtime = text === disk?.text ? mtimeUs(disk.stat) : clock.now() * 1000
  ledger.change(id, { mtime })
  outbox.update(id, update, [ledger.head(id)])
  return text
}

/** The bytes on disk are in the document now: they are the base. */
function agree(
  context: MirrorContext,
  id: FileId,
  { path, hash, stat, text }: DiskText,
  live: string,
  isOriginal = false,
): void {
  const { ledger } = context
  const merged = live === text
  const base: Base = { path, hash, stat, at: ledger.head(id), merged, kind: 'text' }
  ledger.setBase(id, isOriginal && !merged ? { ...base, isOriginal } : base, text)
  recheckIfRacy(context, path, stat)
}

/** The text that the save was made from: the base's, unless it looks made from an earlier one. */
async function originOf(
  context: MirrorContext,
  id: FileId,
  { text, hash, stat }: DiskText,
): Promise<string> {
  const { ledger, notes, clock } = context
  const facts = ledger.facts(id)
  const base = await notes.baseText(id)
  // It may have waited for the relay: what counts is how old the buffer was when it was saved.
  const savedAt = Math.min(clock.now(), savedAtMs(stat, facts.base?.stat))
  const stale = insists(facts, hash, savedAt)
    ? undefined
    : staleOrigin(await earlierTexts(context, id, savedAt), base, text, savedAt)
  if (stale === undefined) {
    ledger.change(id, { overruled: undefined, earlier: dropSeen(facts.earlier, savedAt) })
    return base
  }
  const times = facts.overruled?.hash === hash ? facts.overruled.times : 0
  ledger.change(id, { overruled: { hash, times: times + 1 } })
  return stale
}
