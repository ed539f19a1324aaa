// Looks at the paths that are due. Says which files changed, appeared and vanished on disk, and
// leaves what has not settled for later.
import { maxNoteBytes } from '../../shared/limits.ts'
import { type VaultPath, parentOf } from '../../shared/vault-path.ts'
import {
  type DiskEntry,
  type FileFacts,
  type FileStat,
  type Problem,
  type Unreadable,
  sameInode,
  sameStat,
  statOf,
} from '../core/facts.ts'
import { isTextPath } from '../core/ignore.ts'
import { absentSettleMs, settle } from '../core/settle.ts'
import { decodeText, encodeText } from '../core/text.ts'
import { sha256Hex } from '../hash.ts'
import { isAsAgreed } from './agreed.ts'
import type { DiskFile, DiskLink, MirrorContext } from './context.ts'
import { eachFile } from './each-file.ts'
import { isRead } from './fingerprints.ts'
import { noteGone } from './folders.ts'
import type { DirtyPath } from './hints.ts'
import { listLeftAlone, noteFolder, noteFree } from './in-the-way.ts'
import { linkProblem } from './links.ts'
import { type Found, type Observed, findMoved, noteVanished, rereadMs } from './moved.ts'

const pathsPerTurn = 512

/** Looks at what is due, or at nothing but `only`. */
export async function observe(context: MirrorContext, only?: VaultPath): Promise<Observed> {
  noteDisplaced(context)
  const room = context.outbox.isFull ? 0 : pathsPerTurn
  const due = context.hints.takeDue(context.clock.now(), room, only)
  const news: News = { changed: [], appeared: [] }
  await eachFile(due, (dirty) => look(context, dirty, news))
  const seen = due.filter(({ path }) => !context.fingerprints.isReading(path))
  return await findMoved(context, seen, news.changed, news.appeared)
}

function noteDisplaced(context: MirrorContext): void {
  for (const id of context.ledger.takeDisplaced()) noteVanished(context, id)
}

/** What was read in one turn and is not as agreed: of known files, and of what stands where none is known. */
type News = { readonly changed: Found[]; readonly appeared: DiskFile[] }

async function look(context: MirrorContext, dirty: DirtyPath, news: News): Promise<void> {
  const { disk, ledger, hints, vanished, clock, unread } = context
  const { path } = dirty
  const known = ledger.at(path)
  const wasUnread = known !== undefined && unread.delete(known.id)
  // A note that is ignored since it was synced: neither read nor missed (HC-45).
  if (disk.rules().ignores(path, false)) return endTransfer(context, path)
  const entry = await disk.stat(path)
  const base = known?.base
  const now = clock.now()
  const stat = statOf(entry)
  const inode = stat === undefined ? undefined : ledger.withInode(stat)
  const isText = isTextPath(path)
  const settled = settle(dirty.watch, now, entry, (base ?? inode?.base)?.stat, isText)
  const isUntouched =
    !dirty.force && stat !== undefined && base !== undefined && sameStat(stat, base.stat)
  if (!isUntouched && settled.type === 'wait') {
    hints.putBack({ ...dirty, watch: settled.watch }, now + settled.ms)
    return
  }
  if (entry === undefined) return noteAbsent(context, path)
  if (entry.kind === 'folder') {
    noteFolder(context, path)
    if (known !== undefined) noteVanished(context, known.id)
    hints.addTree(path)
    return
  }
  const refusal = refuse(path, entry)
  if (refusal !== undefined) return leave(context, path, entry, refusal)
  if (known !== undefined) vanished.delete(known.id)
  if (isUntouched || stat === undefined) {
    if (wasUnread) context.pending.add(known.id)
    context.problems.clear(path)
    return
  }
  const arrival = await arrivalOf(context, path, stat)
  if (arrival === 'unsure') {
    const watch = { since: dirty.watch.since, seen: { entry, at: now } }
    hints.putBack({ ...dirty, watch }, now + absentSettleMs + rereadMs)
    return
  }
  const content =
    entry.kind === 'link' ? readLink(context, path, entry) : await readFile(context, dirty, stat)
  if (content === undefined) return
  if (content.kind === 'unreadable') return leave(context, path, content, whyLeft(content))
  if (arrival === 'moved' && known !== undefined) noteVanished(context, known.id)
  if (arrival === 'moved' || known === undefined) news.appeared.push(content)
  else noteKnown(context, known, content, news)
}

function noteKnown(
  context: MirrorContext,
  { id, base }: FileFacts,
  content: DiskFile,
  { changed, appeared }: News,
): void {
  if (base === undefined) appeared.push(content)
  else if (isAsAgreed(context, id, content)) {
    context.ledger.change(id, { base: { ...base, stat: content.stat } })
    context.fingerprints.forget(content.path)
    context.pending.add(id)
  } else changed.push({ id, disk: content })
}

function endTransfer({ transfers, fingerprints }: MirrorContext, path: VaultPath): void {
  transfers.forget(path)
  fingerprints.forget(path)
}

function noteAbsent(context: MirrorContext, path: VaultPath): void {
  const { problems, ledger, refused } = context
  problems.clear(path)
  endTransfer(context, path)
  noteGone(context, path)
  noteFree(context, path)
  const known = ledger.at(path)
  if (known !== undefined) noteVanished(context, known.id)
  else refused.forget(path, ledger)
}

/** Lists what is left alone; a known file that cannot be read is not in step. */
function leave(context: MirrorContext, path: VaultPath, entry: DiskEntry, why: Problem): void {
  const { ledger, index, vanished, unread, problems, clock } = context
  const known = ledger.at(path)
  if (known === undefined) return listLeftAlone(context, path, why)
  const isDeleted = index.tombstone(known.id) !== undefined
  if (isDeleted && entry.kind !== 'unreadable') {
    // None of the file's words are here any more: it is gone on both sides.
    noteVanished(context, known.id)
    return listLeftAlone(context, path, why)
  }
  vanished.delete(known.id)
  if (entry.kind === 'unreadable' && entry.isBelow) return listFolder(context, path)
  unread.add(known.id)
  const elsewhere = isDeleted ? keptThoughDeleted : 'other devices keep what was here'
  const message = `${why.message}; ${elsewhere}`
  problems.set(path, { code: 'unreadable', message }, clock.now())
}

/** Not `path` itself but its folder cannot be read: that is what is listed. */
function listFolder({ problems, hints }: MirrorContext, path: VaultPath): void {
  if (!problems.covers(path)) hints.addTree(parentOf(path))
}

const keptThoughDeleted =
  'it was deleted elsewhere and is kept here, since it may have been edited: make it readable, or remove it'

function refuse(path: VaultPath, entry: DiskEntry): Problem | undefined {
  switch (entry.kind) {
    case 'unreadable':
      return whyLeft(entry)
    case 'link':
      return linkProblem(path, entry.target)
    case 'special':
      return { code: 'unsupported', message: 'not a regular file; left alone' }
    case 'file':
    case 'folder':
      return undefined
  }
}

function whyLeft({ why }: Unreadable): Problem {
  return { code: 'unreadable', message: `cannot be read (${why}); left alone` }
}

function readLink(
  { problems }: MirrorContext,
  path: VaultPath,
  { stat, target }: Extract<DiskEntry, { kind: 'link' }>,
): DiskLink {
  problems.clear(path)
  return { path, kind: 'link', hash: sha256Hex(encodeText(target)), stat, target }
}

/** Reads the file that has `settled`; undefined when it must be looked at again. */
async function readFile(
  context: MirrorContext,
  dirty: DirtyPath,
  settled: FileStat,
): Promise<DiskFile | Unreadable | undefined> {
  const { path } = dirty
  if (!isTextPath(path) || settled.size > maxNoteBytes) return readBlob(context, dirty, settled)
  const { disk, hints, problems, clock } = context
  const content = await disk.read(path)
  if (content !== undefined && 'why' in content) return content
  if (content === undefined || !sameStat(content.stat, settled)) {
    hints.putBack(dirty, clock.now() + rereadMs)
    return undefined
  }
  const decoded = decodeText(content.bytes)
  if (!decoded.ok) return readBlob(context, dirty, settled)
  problems.clear(path)
  return {
    path,
    kind: 'text',
    text: decoded.text,
    hash: sha256Hex(content.bytes),
    stat: content.stat,
  }
}

/** A long file is looked at again once it was read. */
async function readBlob(
  { fingerprints, hints, problems, clock }: MirrorContext,
  dirty: DirtyPath,
  settled: FileStat,
): Promise<DiskFile | Unreadable | undefined> {
  const { path } = dirty
  const found = await fingerprints.of(path, settled)
  if (found === 'later') return undefined
  if (found === 'changed') {
    hints.putBack(dirty, clock.now() + rereadMs)
    return undefined
  }
  if (!isRead(found)) return found
  problems.clear(path)
  const { file, stat } = found
  return { path, kind: 'binary', hash: file.hash, stat, file }
}

/**
 * Whether the file at `path` is one that we know from another path: `moved` when that one is surely no
 * longer there, `unsure` while its path may only be empty for a moment.
 */
async function arrivalOf(
  context: MirrorContext,
  path: VaultPath,
  stat: FileStat,
): Promise<'here' | 'moved' | 'unsure'> {
  const { ledger, hints, vanished, disk, clock } = context
  const source = ledger.withInode(stat)
  if (source?.base === undefined || source.base.path === path) return 'here'
  if (vanished.has(source.id)) return 'moved'
  const left = await disk.stat(source.base.path)
  const leftStat = statOf(left)
  if (leftStat !== undefined && sameInode(leftStat, stat)) return 'here'
  hints.add(source.base.path, clock.now())
  if (left === undefined) return 'unsure'
  noteVanished(context, source.id)
  return 'moved'
}
