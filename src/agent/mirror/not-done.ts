// What the disk did not do for a file: looked at, or tried, again.
import type { FileId } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { Problem } from '../core/facts.ts'
import type { MirrorContext } from './context.ts'
import { retryBlocked, waitFor } from './in-the-way.ts'

/** Something else than expected stands at `path`: what that is decides how it goes on. */
export function lookFirst(
  { hints, clock, failed, ledger }: MirrorContext,
  id: FileId,
  path: VaultPath,
): void {
  ledger.stays(id)
  hints.add(path, clock.now())
  failed.add(id)
}

/**
 * What could not be done now is listed and tried again. What this disk cannot hold waits for another name, what
 * something else here keeps out for that to go, what is in a folder that we may not look into for that folder; none
 * of them keeps anything else waiting.
 */
export function fail(context: MirrorContext, id: FileId, path: VaultPath, problem: Problem): void {
  const isClosed = problem.code === 'unreadable'
  const listed = isClosed ? inClosedFolder(problem) : problem
  context.ledger.stays(id)
  context.problems.setOf(id, path, listed, context.clock.now())
  if (isClosed || problem.code === 'refused') waitFor(context, id, path)
  else if (problem.code !== 'unmaterialisable') context.failed.add(id)
}

function inClosedFolder({ message }: Problem): Problem {
  const why = `its folder here cannot be read (${message})`
  const then = 'the file stays as it is until you make the folder readable'
  return { code: 'unmaterialisable', message: `${why}: ${then}` }
}

/** What an operation of the disk that did nothing leads to. */
export function notDone(
  context: MirrorContext,
  id: FileId,
  path: VaultPath,
  outcome: { readonly type: 'stale' } | { readonly type: 'failed'; readonly problem: Problem },
): void {
  if (outcome.type === 'stale') lookFirst(context, id, path)
  else fail(context, id, path, outcome.problem)
}

/** What waits for the disk may have it now: some time has passed. */
export function retryFailed({ failed, pending }: MirrorContext): void {
  for (const id of failed) pending.add(id)
  failed.clear()
}

/** What waits for a name may have it now: a file or a folder went from its place. */
export function retryAll(context: MirrorContext): void {
  retryFailed(context)
  retryBlocked(context, undefined)
}

/** Whether the file still belongs where this disk cannot hold it. */
export function isUnheld({ problems, index }: MirrorContext, id: FileId): boolean {
  const problem = problems.of(id)
  return problem?.code === 'unmaterialisable' && problem.path === index.tree.live.get(id)
}
