// Step 1': what the document and the index say goes to disk, but only over what was expected there.
import pLimit from 'p-limit'
import type { FileId } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { Base, Problem } from '../core/facts.ts'
import { encodeText } from '../core/text.ts'
import { sha256Hex } from '../hash.ts'
import { type MirrorContext, recheckIfRacy } from './context.ts'
import { rememberArrival, rememberReplaced } from './earlier.ts'

/** What happens at the same time shares the fsync of a folder. */
const filesAtOnce = 16
/** A write that leaves less than this share of a file's bytes keeps the old file in the trash. */
const smallShare = 0.5

/** A document's text on its way to disk. */
export type Write = {
  readonly id: FileId
  readonly path: VaultPath
  readonly hash: string
  readonly bytes: Uint8Array
  /** The replaced file goes to the trash: it is the first contact's original, or loses much. */
  readonly keepOld: boolean
  readonly at: number
}

/**
 * The text to write, with an intent that must be durable first: after a crash it tells our own bytes
 * from the user's. Undefined when the disk has exactly this text already.
 */
export async function prepareWrite(
  { ledger, notes }: MirrorContext,
  id: FileId,
  path: VaultPath,
): Promise<Write | undefined> {
  const text = await notes.text(id)
  const bytes = encodeText(text)
  const hash = sha256Hex(bytes)
  const { base, head: at } = ledger.facts(id)
  if (base?.hash === hash) {
    ledger.setBase(id, { ...base, at, merged: true })
    return undefined
  }
  ledger.change(id, { intent: { path, hash, at } })
  const losesMuch = base !== undefined && bytes.length < base.stat.size * smallShare
  return { id, path, hash, bytes, keepOld: base?.isOriginal === true || losesMuch, at }
}

export async function writeAll(context: MirrorContext, writes: readonly Write[]): Promise<void> {
  const limit = pLimit(filesAtOnce)
  await Promise.all(writes.map((write) => limit(() => writeOne(context, write))))
}

async function writeOne(context: MirrorContext, write: Write): Promise<void> {
  const { disk, ledger, problems } = context
  const { id, path, bytes, keepOld, hash, at } = write
  if (isTaken(context, id, path)) return lookFirst(context, id, path)
  const before = ledger.facts(id)
  const outcome = await disk.write(path, bytes, before.base?.stat, keepOld)
  switch (outcome.type) {
    case 'written': {
      await rememberReplaced(context, id)
      ledger.setBase(id, { path, hash, stat: outcome.stat, at, merged: true })
      problems.clear(path)
      if (before.base !== undefined) recheckIfRacy(context, path, outcome.stat)
      return
    }
    case 'stale':
      lookFirst(context, id, path)
      return
    case 'failed':
      fail(context, id, path, outcome.problem)
  }
}

export type Move = { readonly id: FileId; readonly base: Base; readonly to: VaultPath }

/**
 * Renames as often as that frees names for others, begun in the order given. Where files wait for each other
 * in a ring, one of them steps aside into the staging place.
 */
export async function moveAll(context: MirrorContext, moves: readonly Move[]): Promise<void> {
  const limit = pLimit(filesAtOnce)
  let waiting = moves
  while (waiting.length > 0) {
    const isDone = await Promise.all(waiting.map((move) => limit(() => moveOne(context, move))))
    const blocked = waiting.filter((_, at) => isDone[at] === false)
    if (blocked.length < waiting.length) {
      waiting = blocked
      continue
    }
    const sources = new Set(blocked.map(({ base }) => base.path))
    const ring = blocked.filter(({ to }) => sources.has(to))
    for (const { id, to } of blocked) if (!sources.has(to)) lookFirst(context, id, to)
    const [aside, ...others] = ring
    if (aside === undefined) return
    const isStaged = await stage(context, aside)
    waiting = isStaged ? others : []
    if (!isStaged) for (const { id } of others) context.failed.add(id)
  }
}

/** False when the target is taken. */
async function moveOne(context: MirrorContext, { id, base, to }: Move): Promise<boolean> {
  const { disk, ledger } = context
  if (isTaken(context, id, to)) return false
  const outcome = await disk.move(base.path, to, base.stat)
  switch (outcome.type) {
    case 'occupied':
      return false
    case 'moved':
      rememberArrival(context, id)
      ledger.change(id, { base: { ...base, path: to, stat: outcome.stat } })
      context.problems.clear(base.path)
      context.pending.add(id)
      return true
    case 'stale':
      lookFirst(context, id, base.path)
      return true
    case 'failed':
      fail(context, id, to, outcome.problem)
      return true
  }
}

/** Puts a file out of the way; `unstage` brings it to its name as soon as that is free. */
async function stage(context: MirrorContext, { id, base }: Move): Promise<boolean> {
  const outcome = await context.disk.move(base.path, { staged: id }, base.stat)
  switch (outcome.type) {
    case 'moved':
      context.staged.set(id, outcome.stat)
      context.pending.add(id)
      return true
    case 'stale':
    case 'occupied':
      lookFirst(context, id, base.path)
      return false
    case 'failed':
      fail(context, id, base.path, outcome.problem)
      return false
  }
}

/** Brings staged files to their names, also those that a crash left behind. */
export async function unstage(
  context: MirrorContext,
  placeOf: (id: FileId) => VaultPath | undefined,
): Promise<void> {
  const { staged, disk, ledger, hints, clock } = context
  for (const [id, stat] of staged) {
    const { base } = ledger.facts(id)
    const to = placeOf(id) ?? base?.path
    if (to === undefined) continue
    const outcome = await disk.move({ staged: id }, to, stat)
    if (outcome.type !== 'moved') continue
    staged.delete(id)
    hints.add(to, clock.now())
    if (base === undefined) continue
    rememberArrival(context, id)
    ledger.change(id, { base: { ...base, path: to, stat: outcome.stat } })
    context.vanished.delete(id)
    context.pending.add(id)
  }
}

export async function trashAll(context: MirrorContext, ids: readonly FileId[]): Promise<void> {
  const limit = pLimit(filesAtOnce)
  await Promise.all(ids.map((id) => limit(() => trashOne(context, id))))
}

async function trashOne(context: MirrorContext, id: FileId): Promise<void> {
  const { disk, ledger } = context
  const { base } = ledger.facts(id)
  if (base === undefined) return
  const outcome = await disk.trash(base.path, base.stat)
  switch (outcome.type) {
    case 'trashed':
      await rememberReplaced(context, id)
      ledger.dropBase(id)
      context.unread.delete(id)
      context.problems.clear(base.path)
      return
    case 'stale':
      lookFirst(context, id, base.path)
      return
    case 'failed':
      fail(context, id, base.path, outcome.problem)
  }
}

/**
 * Whether another file has its base at `path`. Nothing may be on the disk there for a moment, while a program
 * saves: whoever took the name then would be what it writes into.
 */
function isTaken({ ledger, staged }: MirrorContext, id: FileId, path: VaultPath): boolean {
  const holder = ledger.at(path)
  return holder !== undefined && holder.id !== id && !staged.has(holder.id)
}

/** Something else than expected stands at `path`: what that is decides how it goes on. */
function lookFirst({ hints, clock, failed }: MirrorContext, id: FileId, path: VaultPath): void {
  hints.add(path, clock.now())
  failed.add(id)
}

/** What could not be done now is listed and tried again. */
function fail(context: MirrorContext, id: FileId, path: VaultPath, problem: Problem): void {
  context.problems.set(path, problem, context.clock.now())
  context.failed.add(id)
}
