// The disk's own word: compares a listing with what is remembered and marks every difference;
// events of the watcher only tell where to look first.
import type { VaultPath } from '../../shared/vault-path.ts'
import { sameStat, statOf } from '../core/facts.ts'
import type { MirrorContext } from './context.ts'
import { noteListed } from './folders.ts'
import { retryBlocked } from './in-the-way.ts'

/** Marks what differs at or below `folder` (undefined: in the whole vault). */
export async function sweep(context: MirrorContext, folder: VaultPath | undefined): Promise<void> {
  const { disk, ledger, hints, problems, refused, unread, vanished, clock } = context
  const rules = disk.rules()
  const listing = await disk.list(folder)
  const { entries } = listing
  if (disk.rules() !== rules) {
    followAgain(context)
    context.transfers.endUnwanted()
  }
  const now = clock.now()
  problems.listed(folder, listing, now)
  noteListed(context, folder, listing)
  retryBlocked(context, folder)
  for (const double of listing.doubles ?? [])
    context.doubles.set(`${double.path}/${double.name}`, double)
  for (const [path, entry] of entries) {
    if (entry.kind === 'folder') continue
    const known = ledger.at(path)
    const base = known?.base
    if (base === undefined && entry.kind === 'unreadable' && problems.covers(path)) continue
    const stat = statOf(entry)
    const isChanged = base === undefined || stat === undefined || !sameStat(stat, base.stat)
    // What its folder took away and brought back is as it was, and no longer missing.
    const isBack = known !== undefined && vanished.has(known.id)
    if (isChanged || isBack || problems.isUnread(path)) hints.add(path, now)
  }
  if (folder === undefined) {
    for (const path of refused.paths()) if (!entries.has(path)) hints.add(path, now)
  }
  for (const path of [...ledger.paths(folder)]) {
    if (!disk.rules().selects(path)) {
      forget(context, path)
      continue
    }
    if (entries.has(path) || problems.covers(path)) continue
    if (!rules.ignores(path, false)) hints.add(path, now)
    else if (await isGone(context, path)) forget(context, path)
  }
  // It may be readable again with the same times: where its folder was not.
  for (const id of unread) {
    const { base } = ledger.facts(id)
    if (base === undefined) unread.delete(id)
    else hints.add(base.path, now)
  }
}

/** Of a file that was left out until now. */
async function isGone({ disk }: MirrorContext, path: VaultPath): Promise<boolean> {
  return !disk.rules().ignores(path, false) || (await disk.stat(path)) === undefined
}

/**
 * What somebody removed while it was left out was not deleted: it may come back when it is let in again. Nor is
 * anything known of what this device no longer mirrors; that is a first contact when it does.
 */
function forget(context: MirrorContext, path: VaultPath): void {
  const { ledger, vanished, ignored, pending, disk } = context
  const known = ledger.at(path)
  if (known === undefined) return
  ledger.dropBase(known.id)
  vanished.delete(known.id)
  if (disk.rules().ignores(path, false)) ignored.add(known.id)
  else pending.add(known.id)
}

/** What other rules left out may be wanted on disk now. */
function followAgain({ ignored, pending }: MirrorContext): void {
  for (const id of ignored) pending.add(id)
  ignored.clear()
}
