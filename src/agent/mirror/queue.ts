// What this device has still to do, for `status` and for the word that all is in step.
import type { FileId } from '../../shared/ids.ts'
import { isTextPath } from '../core/ignore.ts'
import type { QueueStatus } from '../core/status.ts'
import type { MirrorContext } from './context.ts'

/** How much of what is to do. `missing`: documents still to come from the relay. */
export function queueOf(context: MirrorContext, missing: number): QueueStatus {
  const { hints, vanished, outbox, ledger, pending, failed, staged, refused, unread, disk } =
    context
  const { transfers, fingerprints, folders, contested } = context
  const behind = [...pending].filter((id) => isBehind(context, id))
  return {
    dirty:
      hints.size + vanished.size + folders.size + fingerprints.reading + (hints.hasTrees ? 1 : 0),
    settling: hints.settling + (disk.areRulesSettled() ? 0 : 1),
    outgoing: outbox.waiting + refused.size + unread.size,
    unacked: ledger.unackedDocs().size,
    incoming: missing + behind.length + failed.size + staged.size + contested.resting,
    blobsUp: transfers.up.files,
    blobsDown: transfers.down.files,
  }
}

/** Whether nothing is. A pending file counts though its disk be in step, and so does a question about bytes. */
export function isNothingQueued(context: MirrorContext): boolean {
  const { pending, transfers } = context
  if (pending.size > 0 || !transfers.isIdle) return false
  return Object.values(queueOf(context, 0)).every((count) => count === 0)
}

/** Whether this disk has still to follow. A session begins with every file pending, in step or not. */
export function isBehind({ ledger, index, disk }: MirrorContext, id: FileId): boolean {
  const { base, head } = ledger.facts(id)
  const place = index.tree.live.get(id)
  if (place === undefined) return base !== undefined
  if (disk.rules().ignores(place, false)) return false
  const content = index.content(id)
  if (content !== undefined) return base?.path !== place || base.hash !== content.hash
  if (base === undefined && !isTextPath(place)) return false
  return base?.path !== place || base.at !== head || !base.merged
}
