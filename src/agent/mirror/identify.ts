// Which file a note is that appeared at a path where no base is: one that waits for it, one deleted there, a
// new one. Of names that differ only in case or form several files may be meant (HC-79): what is on disk
// decides then, not what was read first.
import type { FileId } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { sameContent } from '../core/facts.ts'
import type { DiskFile, MirrorContext } from './context.ts'

export type Identified = {
  readonly disk: DiskFile
  /** Undefined while the note that is spelled as the index has it is still to be looked at. */
  readonly id: FileId | undefined
}

/** How surely a file that waits is the note on disk, surest first. */
const likeness = { sameText: 0, sameName: 1, otherSpelling: 2 } as const
type Likeness = (typeof likeness)[keyof typeof likeness]
type Candidate = { readonly id: FileId; readonly likeness: Likeness }

/** The surest first, for a file is only one note. */
export async function identify(
  context: MirrorContext,
  appeared: readonly DiskFile[],
): Promise<readonly Identified[]> {
  const found: { disk: DiskFile; waiting: Candidate | undefined }[] = []
  for (const disk of appeared) found.push({ disk, waiting: await likeliest(context, disk) })
  const rank = ({ waiting }: (typeof found)[number]): number =>
    waiting?.likeness ?? likeness.otherSpelling
  return found
    .toSorted((a, b) => rank(a) - rank(b) || (a.disk.path < b.disk.path ? -1 : 1))
    .map(({ disk, waiting }) => ({ disk, id: choose(context, disk.path, waiting) }))
}

function choose(
  { index, ledger, hints }: MirrorContext,
  path: VaultPath,
  waiting: Candidate | undefined,
): FileId | undefined {
  if (waiting === undefined) {
    const deleted = index.namedAs(path).length === 0 ? index.deletedAt(path) : undefined
    // One that is still on this disk, under a name that it had before, goes from there by itself.
    const isHere = deleted !== undefined && ledger.facts(deleted).base !== undefined
    return deleted === undefined || isHere ? index.bornAt(path) : deleted
  }
  const entry = index.entry(waiting.id)
  const isUnsure = waiting.likeness === likeness.otherSpelling
  return isUnsure && entry !== undefined && hints.has(entry) ? undefined : waiting.id
}

async function likeliest(context: MirrorContext, disk: DiskFile): Promise<Candidate | undefined> {
  const { index, ledger } = context
  const waiting = index.namedAs(disk.path).filter((id) => ledger.facts(id).base === undefined)
  let best: Candidate | undefined
  for (const id of waiting) {
    const isAmbiguous = waiting.length > 1
    const candidate = { id, likeness: await likenessOf(context, id, disk, isAmbiguous) }
    if (best === undefined || candidate.likeness < best.likeness) best = candidate
  }
  return best
}

async function likenessOf(
  { index, notes }: MirrorContext,
  id: FileId,
  disk: DiskFile,
  isAmbiguous: boolean,
): Promise<Likeness> {
  const content = index.content(id)
  const isSame =
    content === undefined
      ? disk.kind === 'text' && (await notes.text(id)) === disk.text
      : sameContent(content, disk)
  if (isAmbiguous && isSame) return likeness.sameText
  const hasName = index.entry(id) === disk.path || index.tree.live.get(id) === disk.path
  return hasName ? likeness.sameName : likeness.otherSpelling
}
