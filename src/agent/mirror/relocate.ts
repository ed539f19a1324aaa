// Files that the index has under other names are renamed, only to names that are free.
import type { FileId } from '../../shared/ids.ts'
import { type VaultPath, withSuffix } from '../../shared/vault-path.ts'
import type { Base, FileStat } from '../core/facts.ts'
import type { MirrorContext } from './context.ts'
import { eachFile } from './each-file.ts'
import { rememberArrival } from './earlier.ts'
import { removeEmptied } from './folders.ts'
import { isTaken, lookInside } from './materialise.ts'
import { fail, lookFirst, retryAll } from './not-done.ts'
import { placeHere } from './place-here.ts'

export type Move = { readonly id: FileId; readonly base: Base; readonly to: VaultPath }

/**
 * Renames as often as that frees names for others, begun in the order given. Where files wait for each other
 * in a ring, one of them steps aside into the staging place.
 */
export async function moveAll(context: MirrorContext, moves: readonly Move[]): Promise<void> {
  let waiting = moves
  while (waiting.length > 0) {
    const isDone = await eachFile(waiting, (move) => moveOne(context, move))
    const blocked = waiting.filter((_, at) => isDone[at] === false)
    if (blocked.length < waiting.length) {
      waiting = blocked
      continue
    }
    const aside = firstInRing(blocked)
    waiting = blocked.filter((move) => move !== aside)
    if (aside !== undefined && (await stage(context, aside))) continue
    for (const { id, to } of waiting) lookFirst(context, id, to)
    return
  }
}

/** A move whose target waits for another name, and so on, until one waits for the name that this one has. */
function firstInRing(blocked: readonly Move[]): Move | undefined {
  const bySource = new Map(blocked.map((move) => [move.base.path, move]))
  return blocked.find((move) => {
    let next = bySource.get(move.to)
    for (let n = 0; n < blocked.length && next !== undefined && next !== move; n++) {
      next = bySource.get(next.to)
    }
    return next === move
  })
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
      await removeEmptied(context, base.path)
      rememberArrival(context, id)
      ledger.change(id, { base: { ...base, path: to, stat: outcome.stat }, leaving: undefined })
      context.problems.clear(base.path)
      context.pending.add(id)
      lookInside(context, id)
      retryAll(context)
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
      await removeEmptied(context, base.path)
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

/**
 * Brings staged files back into the folder, also those that a crash left behind: to their names, or near where
 * they were while something else is there, or they must not be.
 */
export async function unstage(context: MirrorContext): Promise<void> {
  for (const [id, stat] of context.staged) {
    const { base } = context.ledger.facts(id)
    for (const to of namesFor(placeHere(context, id), base?.path)) {
      if (isTaken(context, id, to)) continue
      if (await unstageOne(context, id, stat, to)) break
    }
  }
}

const namesTried = 9

function* namesFor(
  place: VaultPath | undefined,
  former: VaultPath | undefined,
): Generator<VaultPath> {
  if (place !== undefined) yield place
  const near = former ?? place
  if (near === undefined) return
  yield near
  for (let n = 2; n <= namesTried; n++) yield withSuffix(near, n)
}

/** False when another name may do. */
async function unstageOne(
  context: MirrorContext,
  id: FileId,
  stat: FileStat,
  to: VaultPath,
): Promise<boolean> {
  const { staged, disk, ledger, hints, clock, problems, pending, vanished } = context
  const { base } = ledger.facts(id)
  const outcome = await disk.move({ staged: id }, to, stat)
  switch (outcome.type) {
    case 'occupied':
      return false
    case 'failed':
      problems.setOf(id, to, outcome.problem, clock.now())
      return outcome.problem.code !== 'unmaterialisable'
    case 'stale': {
      const now = (await disk.listStaged()).get(id)
      if (now === undefined) staged.delete(id)
      else staged.set(id, now)
      pending.add(id)
      return true
    }
    case 'moved':
      staged.delete(id)
      problems.clear(to)
      hints.add(to, clock.now())
      if (base === undefined) return true
      rememberArrival(context, id)
      ledger.change(id, {
        base: { ...base, path: to, stat: stillChanged(outcome.stat, base.stat) },
        leaving: undefined,
      })
      vanished.delete(id)
      pending.add(id)
      return true
  }
}

/** What was written into a file while it had another name is not in its base. */
export function stillChanged(stat: FileStat, { mtime, size }: FileStat): FileStat {
  return { ...stat, mtime, size }
}
