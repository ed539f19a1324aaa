// Step 3: looks at the paths that are due. Says which notes changed, appeared and vanished on disk, and
// leaves what has not settled for later.
import pLimit from 'p-limit'
import type { FileId } from '../../shared/ids.ts'
import { type VaultPath, foldersAbove } from '../../shared/vault-path.ts'
import {
  type DiskEntry,
  type FileStat,
  type Problem,
  inodeKey,
  sameInode,
  sameStat,
} from '../core/facts.ts'
import { isTextPath } from '../core/ignore.ts'
import { type Vanished, isSimilar, pairRenames, pairSimilar } from '../core/renames.ts'
import { absentSettleMs, settle } from '../core/settle.ts'
import { decodeText } from '../core/text.ts'
import { sha256Hex } from '../hash.ts'
import type { DiskText, MirrorContext } from './context.ts'
import type { DirtyPath } from './hints.ts'

const readsAtOnce = 16
const pathsPerTurn = 512
const rereadMs = 20
const postponeAtMostMs = 2_000

export type Observed = {
  /** Notes that differ from their base. */
  readonly changed: readonly Found[]
  /** Notes found at another path than their base's, changed or not. */
  readonly moved: readonly Found[]
  /** Notes at paths where no base is. */
  readonly appeared: readonly DiskText[]
}

export type Found = { readonly id: FileId; readonly disk: DiskText }

export async function observe(context: MirrorContext): Promise<Observed> {
  noteDisplaced(context)
  const room = context.outbox.isFull ? 0 : pathsPerTurn
  const due = context.hints.takeDue(context.clock.now(), room)
  const changed: Found[] = []
  const appeared: DiskText[] = []
  const limit = pLimit(readsAtOnce)
  await Promise.all(due.map((dirty) => limit(() => look(context, dirty, changed, appeared))))
  const edited = await withoutMaybeReplaced(context, withoutReplaced(context, changed, appeared))
  const moved = await pairMoved(context, appeared)
  const found = new Set(moved.map(({ disk }) => disk))
  const born = appeared.filter((disk) => !found.has(disk))
  return { changed: edited, moved, appeared: withoutMaybeMoved(context, born) }
}

/**
 * Another inode with another text: a program saved a rewritten note, or another file took the place of
 * one that moved. A sweep finds that one, so the path waits for it.
 */
async function withoutMaybeReplaced(
  context: MirrorContext,
  changed: readonly Found[],
): Promise<readonly Found[]> {
  const { ledger, notes, hints, replaced, scan, clock } = context
  const sure: Found[] = []
  for (const found of changed) {
    const { id, disk } = found
    const { base } = ledger.facts(id)
    const isSame = base === undefined || sameInode(base.stat, disk.stat)
    if (isSame || isSimilar(await notes.baseText(id), disk.text)) {
      sure.push(found)
      continue
    }
    const since = replaced.get(disk.path)
    if (since !== undefined && since < scan.generation) {
      replaced.delete(disk.path)
      sure.push(found)
      continue
    }
    if (since === undefined) replaced.set(disk.path, scan.generation)
    hints.addTree(undefined)
    hints.add(disk.path, clock.now(), clock.now() + rereadMs)
  }
  return sure
}

/**
 * While a known file is missing but may come back, a new one may be that file, moved: it waits. So does a file
 * where a folder was, and a folder where a file was, until what was there is deleted.
 */
function withoutMaybeMoved(context: MirrorContext, born: readonly DiskText[]): readonly DiskText[] {
  const { hints, ledger, clock, postponed } = context
  if (born.length === 0) return born
  const isOpen = [...hints.absent()].some((path) => ledger.at(path) !== undefined)
  const isReplacing = replacesVanished(context)
  const waiting = new Set(born.filter(({ path }) => isOpen || isReplacing(path)))
  if (waiting.size === 0) {
    postponed.clear()
    return born
  }
  const now = clock.now()
  return born.filter((disk) => {
    const { path } = disk
    const since = postponed.get(path) ?? now
    if (!waiting.has(disk) || now - since > postponeAtMostMs) return true
    postponed.set(path, since)
    hints.add(path, now, now + rereadMs)
    return false
  })
}

/** Whether a path is that of a folder that vanished files were in, or below that of a vanished file. */
function replacesVanished({ ledger, vanished }: MirrorContext): (path: VaultPath) => boolean {
  const files = new Set<VaultPath>()
  const folders = new Set<VaultPath>()
  for (const id of vanished.ids()) {
    const path = ledger.pathOf(id)
    if (path === undefined) continue
    files.add(path)
    for (const above of foldersAbove(path)) folders.add(above)
  }
  return (path) => folders.has(path) || foldersAbove(path).some((above) => files.has(above))
}

function noteDisplaced(context: MirrorContext): void {
  for (const id of context.ledger.takeDisplaced()) noteVanished(context, id)
}

function noteVanished({ vanished, staged, clock, scan }: MirrorContext, id: FileId): void {
  if (!staged.has(id)) vanished.add(id, clock.now(), scan.generation)
}

async function look(
  context: MirrorContext,
  dirty: DirtyPath,
  changed: Found[],
  appeared: DiskText[],
): Promise<void> {
  const { disk, ledger, hints, vanished, clock, unread, refused } = context
  const { path } = dirty
  const known = ledger.at(path)
  if (known !== undefined) unread.delete(known.id)
  // A note that is ignored since it was synced: neither read nor missed (HC-45).
  if (disk.rules().ignores(path, false)) return
  const entry = await disk.stat(path)
  const base = known?.base
  const now = clock.now()
  const inode = entry?.kind === 'file' ? ledger.withInode(entry.stat) : undefined
  const settled = settle(dirty.watch, now, entry, (base ?? inode?.base)?.stat)
  const isUntouched =
    !dirty.force && entry?.kind === 'file' && base !== undefined && sameStat(entry.stat, base.stat)
  if (!isUntouched && settled.type === 'wait') {
    hints.putBack({ ...dirty, watch: settled.watch }, now + settled.ms)
    return
  }
  if (entry === undefined) {
    context.problems.clear(path)
    if (known !== undefined) noteVanished(context, known.id)
    else refused.forget(path, ledger)
    return
  }
  if (entry.kind === 'folder') {
    context.problems.clear(path)
    if (known !== undefined) noteVanished(context, known.id)
    hints.addTree(path)
    return
  }
  if (known !== undefined) vanished.delete(known.id)
  const refusal = refuse(path, entry, known !== undefined)
  if (refusal !== undefined) return leave(context, path, refusal)
  if (isUntouched || entry.kind !== 'file') {
    context.problems.clear(path)
    return
  }
  const arrival = await arrivalOf(context, path, entry.stat)
  if (arrival === 'unsure') {
    hints.putBack(dirty, now + absentSettleMs + rereadMs)
    return
  }
  const content = await readText(context, dirty)
  if (content === undefined) return
  if (known === undefined || base === undefined) appeared.push(content)
  else if (arrival === 'moved') {
    noteVanished(context, known.id)
    appeared.push(content)
  } else if (base.hash === content.hash) {
    ledger.change(known.id, { base: { ...base, stat: content.stat } })
    context.pending.add(known.id)
  } else changed.push({ id: known.id, disk: content })
}

/** Lists a file that is left alone; a known note that is now such a file is not in step. */
function leave({ ledger, unread, problems, clock }: MirrorContext, path: VaultPath, why: Problem) {
  const known = ledger.at(path)
  if (known === undefined) return problems.set(path, why, clock.now())
  unread.add(known.id)
  const message = `${why.message}; it was a note, and other devices keep its last text`
  problems.set(path, { code: 'unreadable', message }, clock.now())
}

function refuse(path: VaultPath, entry: DiskEntry, isKnown: boolean): Problem | undefined {
  switch (entry.kind) {
    case 'unreadable':
      return { code: 'unreadable', message: `cannot be read (${entry.why}); left alone` }
    case 'link':
      return { code: 'unsupported', message: 'a link; not synced yet, left alone' }
    case 'special':
      return { code: 'unsupported', message: 'not a regular file; left alone' }
    case 'file':
      return isKnown || isTextPath(path)
        ? undefined
        : { code: 'unsupported', message: 'not a text note; not synced yet, left alone' }
    case 'folder':
      return undefined
  }
}

/** Reads the note whole; undefined when it must be looked at again, or is no text. */
async function readText(context: MirrorContext, dirty: DirtyPath): Promise<DiskText | undefined> {
  const { disk, hints, problems, clock } = context
  const { path } = dirty
  const content = await disk.read(path)
  if (content === undefined) {
    hints.putBack(dirty, clock.now() + rereadMs)
    return undefined
  }
  const decoded = decodeText(content.bytes)
  if (!decoded.ok) {
    const message = `${decoded.why}; not synced yet, left alone`
    leave(context, path, { code: 'unsupported', message })
    return undefined
  }
  problems.clear(path)
  return { path, text: decoded.text, hash: sha256Hex(content.bytes), stat: content.stat }
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
  if (left?.kind === 'file' && sameInode(left.stat, stat)) return 'here'
  hints.add(source.base.path, clock.now())
  if (left === undefined) return 'unsure'
  noteVanished(context, source.id)
  return 'moved'
}

/**
 * Where a known file's inode turned up at another path, what stands at its old path is no edit of it but
 * another file: that one appeared too.
 */
function withoutReplaced(
  context: MirrorContext,
  changed: readonly Found[],
  appeared: DiskText[],
): Found[] {
  const inodes = new Set(appeared.map(({ stat }) => inodeKey(stat)))
  return changed.filter(({ id, disk }) => {
    const { base } = context.ledger.facts(id)
    if (base === undefined || sameInode(base.stat, disk.stat)) return true
    if (!inodes.has(inodeKey(base.stat))) return true
    noteVanished(context, id)
    appeared.push(disk)
    return false
  })
}

/** Beyond so many files the likeness of each with each would take too long. */
const maxCompared = 64

/** Takes vanished files that appeared elsewhere for moved. */
async function pairMoved(context: MirrorContext, appeared: readonly DiskText[]): Promise<Found[]> {
  const { ledger, vanished, notes } = context
  if (vanished.size === 0 || appeared.length === 0) return []
  const gone: Vanished[] = []
  for (const id of vanished.ids()) {
    const { base } = ledger.facts(id)
    if (base !== undefined) gone.push({ id, stat: base.stat, hash: base.hash })
  }
  const renames = pairRenames(gone, appeared)
  const paired = new Set(renames.values())
  const goneLeft = gone.filter(({ id }) => !paired.has(id))
  const newLeft = appeared.filter(({ path }) => !renames.has(path))
  const similar = new Map<DiskText, FileId>()
  if (Math.max(goneLeft.length, newLeft.length) <= maxCompared) {
    const texts = []
    for (const { id } of goneLeft) texts.push({ key: id, text: await notes.baseText(id) })
    const candidates = newLeft.map((disk) => ({ key: disk, text: disk.text }))
    for (const [disk, id] of pairSimilar(texts, candidates)) similar.set(disk, id)
  }
  return appeared.flatMap((disk) => {
    const id = renames.get(disk.path) ?? similar.get(disk)
    return id === undefined ? [] : [{ id, disk }]
  })
}
