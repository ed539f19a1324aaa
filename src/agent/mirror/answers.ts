// What the relay answers to a seed, an edit or a question of this device, which has its number.
import { type AppError, errorFacts } from '../../shared/errors.ts'
import type { IndexEdit } from '../../shared/doc/vault-index.ts'
import type { DocId, FileId } from '../../shared/ids.ts'
import { sameContent } from '../core/facts.ts'
import type { MirrorContext } from './context.ts'
import type { Sent } from './outbox.ts'

type Seed = Extract<Sent, { type: 'seed' }>

/** Returns what the index is to say of a file that is the relay's now. */
export function acknowledged(context: MirrorContext, ref: number): readonly IndexEdit[] {
  const { outbox } = context
  const sent = outbox.answered(ref)
  if (sent?.type === 'update') outbox.acknowledge(sent)
  return sent?.type === 'seed' ? adoptSeed(context, sent) : []
}

function adoptSeed(context: MirrorContext, { id, path, update }: Seed): IndexEdit[] {
  const { notes, ledger } = context
  notes.adopt(id, update)
  const { offer } = ledger.facts(id)
  if (offer === undefined) return []
  const { hash, stat } = offer
  const isNote = !isTaken(context, id)
  ledger.setBase(id, { path, hash, stat, at: ledger.head(id), merged: true, kind: 'text' })
  lookAgain(context, id)
  const places: IndexEdit[] = [
    { type: 'revive', id },
    { type: 'place', id, path },
  ]
  return isNote ? [{ type: 'note', id }, ...places] : places
}

/** Whether the file has got other content, that is no note, while the relay was asked to take this one. */
function isTaken({ index, ledger }: MirrorContext, id: FileId): boolean {
  const content = index.content(id)
  if (content === undefined || index.tombstone(id) !== undefined) return false
  return !sameContent(ledger.facts(id).base, content)
}

/** Something may have happened to the file on disk while the relay was asked. */
function lookAgain({ ledger, hints, clock }: MirrorContext, id: FileId): void {
  const { base } = ledger.facts(id)
  if (base !== undefined) hints.add(base.path, clock.now())
}

export function found(
  { outbox, versions, hints, clock }: MirrorContext,
  ref: number,
  isKnown: boolean,
): void {
  const sent = outbox.answered(ref)
  if (sent?.type !== 'find') return
  versions.set(sent.id, { hash: sent.hash, isKnown })
  hints.add(sent.path, clock.now(), undefined, true)
}

/**
 * A relay that cannot store now is tried again: then this returns why the connection cannot go on. What it will
 * never take is listed.
 */
export function refused(
  context: MirrorContext,
  ref: number,
  reason: AppError,
): AppError | undefined {
  const { outbox, hints, clock } = context
  const sent = outbox.answered(ref)
  if (sent === undefined) return reason
  if (errorFacts(reason.code).retryable) {
    if (sent.type !== 'update') hints.add(sent.path, clock.now())
    return reason
  }
  if (sent.type === 'update') refuseEdit(context, sent.doc, reason)
  else context.refused.add(sent.id, sent.path, reason, clock.now())
  return undefined
}

/** What was edited stays on this disk, and is listed. */
export function refuseEdit(
  { refused, ledger, clock }: MirrorContext,
  doc: DocId,
  reason: AppError,
): void {
  refused.add(doc, ledger.pathOf(doc), reason, clock.now())
}
