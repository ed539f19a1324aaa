// Earlier bases of a file: texts that editors may still hold in a buffer.
import type { FileId } from '../../shared/ids.ts'
import { type EarlierBase, inodeKey } from '../core/facts.ts'
import {
  dropExpired,
  dropUnwritten,
  type EarlierText,
  nothing,
  rememberEarlier,
} from '../core/stale-base.ts'
import type { MirrorContext } from './context.ts'

/** Call before the base is replaced by bytes that hold more than an editor with its text knows of. */
export async function rememberReplaced(
  { ledger, notes, clock }: MirrorContext,
  id: FileId,
): Promise<void> {
  const { base, earlier } = ledger.facts(id)
  // What had another kind of content has nothing that is merged.
  if (base !== undefined && base.kind !== 'text') return
  const text = base?.merged === false ? await notes.baseText(id) : undefined
  const inode = base === undefined ? undefined : inodeKey(base.stat)
  const replaced = { at: base?.at ?? nothing, text, inode, replacedAt: clock.now() }
  ledger.change(id, { earlier: rememberEarlier(earlier, replaced) })
}

/** Whoever saved the file goes on from that: what they change from now on may be their own. */
export function rememberSave({ ledger }: MirrorContext, id: FileId): void {
  const { earlier } = ledger.facts(id)
  ledger.change(id, { earlier: earlier.map((one) => ({ ...one, isAnswered: true })) })
}

/** We gave the file a name: a program may save there what it had under that name before. */
export function rememberArrival({ ledger, clock }: MirrorContext, id: FileId): void {
  const arrived = { at: nothing, replacedAt: clock.now() }
  ledger.change(id, { earlier: rememberEarlier(ledger.facts(id).earlier, arrived) })
}

/** A program wrote `text` into a file that we had replaced, and may write on. */
export function rememberLate(
  { ledger, clock }: MirrorContext,
  id: FileId,
  text: string,
  { inode }: EarlierBase,
): void {
  const late: EarlierBase = {
    at: ledger.head(id),
    text,
    inode,
    replacedAt: clock.now(),
    isAnswered: true,
  }
  ledger.change(id, { earlier: rememberEarlier(ledger.facts(id).earlier, late) })
}

export async function earlierText(
  { notes }: MirrorContext,
  id: FileId,
  { at, text }: EarlierBase,
): Promise<string> {
  return text ?? notes.textAt(id, at)
}

/** The earlier bases that a save at `savedAt` is compared with. */
export function earlierTexts(
  context: MirrorContext,
  id: FileId,
  savedAt: number,
): Promise<EarlierText[]> {
  const { earlier, base } = context.ledger.facts(id)
  return Promise.all(
    dropUnwritten(dropExpired(earlier, savedAt), base).map(async (one) => ({
      earlier: one,
      text: await earlierText(context, id, one),
    })),
  )
}
