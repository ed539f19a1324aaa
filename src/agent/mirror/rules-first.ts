// The vault's own rules come before all else: nothing is published or written under rules to which another
// device has added, and no other file of this device is public before the rules that came with it.
import type { FileId } from '../../shared/ids.ts'
import { ignoreFileName } from '../../shared/vault-path.ts'
import type { MirrorContext } from './context.ts'
import { isBehind } from './queue.ts'

/**
 * The files that are, or are to be, the vault's rules, while what the vault has of them is not on this disk, or
 * what this disk has not in the vault. Undefined once they are the same: then all others may follow.
 */
export function rulesDue(context: MirrorContext): ReadonlySet<FileId> | undefined {
  const { index, ledger } = context
  const there = index.tree.byKey.get(ignoreFileName)
  const here = ledger.at(ignoreFileName)?.id
  const isDue =
    there === undefined ? here === undefined && isNewHere(context) : isNewThere(context, there)
  return isDue ? new Set([there, here].filter((id) => id !== undefined)) : undefined
}

/** The hash of the vault's rules as they are on this disk. */
export function rulesHere({ ledger }: MirrorContext): string | undefined {
  return ledger.at(ignoreFileName)?.base?.hash
}

function isNewThere(context: MirrorContext, id: FileId): boolean {
  const { index, ledger } = context
  if (index.tree.live.get(id) !== ignoreFileName) return false
  const content = index.content(id)
  // A link is never the rules of a vault, and is not written here.
  const hasContent = content === undefined ? ledger.head(id) > 0 : content.kind !== 'link'
  return hasContent && isBehind(context, id)
}

function isNewHere({ hints, index, outbox }: MirrorContext): boolean {
  const id = index.deletedAt(ignoreFileName) ?? index.bornAt(ignoreFileName)
  return hints.has(ignoreFileName) || outbox.isAsking(id)
}
