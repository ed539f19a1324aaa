// Which of the files that were found on disk are known ones from another path, edited or not, and
// whether or not another note was there.
import type { FileId } from '../../shared/ids.ts'
import { type VaultPath, foldersAbove } from '../../shared/vault-path.ts'
import { type FileStat, inodeKey, sameInode } from '../core/facts.ts'
import { type Vanished, isSimilar, pairRenames, pairSimilar } from '../core/renames.ts'
import type { DiskFile, MirrorContext } from './context.ts'
import type { DirtyPath } from './hints.ts'

export const rereadMs = 20
const postponeAtMostMs = 2_000

export type Observed = {
  /** Notes that differ from their base. */
  readonly changed: readonly Found[]
  /** Notes found at another path than their base's, changed or not. */
  readonly moved: readonly Found[]
  /** Notes at paths where no base is. */
  readonly appeared: readonly DiskFile[]
}

export type Found = { readonly id: FileId; readonly disk: DiskFile }

/** Sorts what was found at the paths that were `due` and could be read; a path that cannot be told yet is due again soon. */
export async function findMoved(
  context: MirrorContext,
  due: readonly DirtyPath[],
  changed: readonly Found[],
  appeared: readonly DiskFile[],
): Promise<Observed> {
  const known = splitReplaced(context, changed, appeared)
  const { edited, strangers } = await splitStrangers(context, known.changed)
  const moved = await pairAll(context, known.appeared, strangers)
  const found = new Set(moved.map(({ disk }) => disk))
  const left = strangers.filter(({ disk }) => !found.has(disk))
  const born = known.appeared.filter((disk) => !found.has(disk))
  const isUnsure = isAnyMissing(context)
  const waiting = isUnsure ? born : replacingVanished(context, born)
  if (waiting.length === 0 && !isUnsure) context.postponed.clear()
  const postponed = new Set(waiting.filter(({ path }) => postpone(context, path)))
  return {
    changed: [...edited, ...rewritten(context, due, left, isUnsure)],
    moved,
    appeared: born.filter((disk) => !postponed.has(disk)),
  }
}

export function noteVanished({ vanished, staged, clock, scan }: MirrorContext, id: FileId): void {
  if (!staged.has(id)) vanished.add(id, clock.now(), scan.generation)
}

/**
 * Where a known file's inode turned up at another path, what stands at its old path is no edit of it but
 * another file: that one appeared too.
 */
function splitReplaced(
  context: MirrorContext,
  changed: readonly Found[],
  appeared: readonly DiskFile[],
): Pick<Observed, 'changed' | 'appeared'> {
  const inodes = new Set(appeared.map(({ stat }) => inodeKey(stat)))
  const isReplaced = ({ id, disk }: Found): boolean => {
    const { base } = context.ledger.facts(id)
    return base !== undefined && !sameInode(base.stat, disk.stat) && inodes.has(inodeKey(base.stat))
  }
  const replaced = changed.filter(isReplaced)
  for (const { id } of replaced) noteVanished(context, id)
  return {
    changed: changed.filter((found) => !isReplaced(found)),
    appeared: [...appeared, ...replaced.map(({ disk }) => disk)],
  }
}

/** A stranger is another inode with another text: a rewritten note, or another file that took its place. */
async function splitStrangers(
  { ledger, notes, transfers }: MirrorContext,
  changed: readonly Found[],
): Promise<{ readonly edited: readonly Found[]; readonly strangers: readonly Found[] }> {
  const edited: Found[] = []
  const strangers: Found[] = []
  for (const found of changed) {
    const { id, disk } = found
    const { base } = ledger.facts(id)
    const isSame = base === undefined || sameInode(base.stat, disk.stat)
    const before = base?.kind === 'text' ? await notes.baseText(id) : undefined
    const isLike = before !== undefined && disk.kind === 'text' && isSimilar(before, disk.text)
    // What was told to be an edit is one until it is in the vault, however long its bytes are on their way.
    const isTold = disk.kind === 'binary' && transfers.isGiven(disk.path, disk.file.hash)
    const isEdit = isSame || isLike || isTold
    ;(isEdit ? edited : strangers).push(found)
  }
  return { edited, strangers }
}

/** A note whose place a stranger took is missing too from then on, and may be what appeared elsewhere. */
async function pairAll(
  context: MirrorContext,
  appeared: readonly DiskFile[],
  strangers: readonly Found[],
): Promise<Found[]> {
  const moved: Found[] = []
  const pair = async (disks: readonly DiskFile[]): Promise<void> => {
    const found = new Set(moved.map(({ disk }) => disk))
    const left = disks.filter((disk) => !found.has(disk))
    moved.push(...(await pairMoved(context, left, new Set(moved.map(({ id }) => id)))))
  }
  let known = -1
  while (known < moved.length) {
    known = moved.length
    await pair(appeared)
    await pair(strangers.map(({ disk }) => disk))
    const found = new Set(moved.map(({ disk }) => disk))
    for (const { id, disk } of strangers) if (found.has(disk)) noteVanished(context, id)
  }
  return moved
}

/**
 * Strangers are rewritten notes once a sweep has looked for what moved, and neither is a known file missing nor is
 * theirs at another path, where it is still to be read.
 */
function rewritten(
  context: MirrorContext,
  due: readonly DirtyPath[],
  strangers: readonly Found[],
  isUnsure: boolean,
): readonly Found[] {
  const { ledger, replaced, scan, hints, clock } = context
  const before = new Map(due.map(({ path }) => [path, replaced.get(path)]))
  for (const { path } of due) replaced.delete(path)
  const waiting = new Set(unreadFiles(context).map(inodeKey))
  return strangers.filter(({ id, disk: { path } }) => {
    const since = before.get(path)
    const isSwept = since !== undefined && since < scan.generation
    const { base } = ledger.facts(id)
    const isElsewhere = base !== undefined && waiting.has(inodeKey(base.stat))
    const mayBeAnother = isUnsure || isElsewhere
    if (isSwept && (!mayBeAnother || !postpone(context, path))) return true
    if (since === undefined) hints.addTree(undefined)
    replaced.set(path, since ?? scan.generation)
    hints.add(path, clock.now(), clock.now() + rereadMs)
    return false
  })
}

/** What was seen on disk and is still to be read: each may be a known file that moved. */
export function unreadFiles({ hints, fingerprints }: MirrorContext): FileStat[] {
  return [...hints.seenFiles(), ...fingerprints.filesInReading()]
}

/**
 * Whether a known file is missing that may come back, or seems to be where a look is due, over another one: what
 * appeared may be either of them, moved.
 */
function isAnyMissing(context: MirrorContext): boolean {
  const { hints, ledger, vanished } = context
  if ([...hints.absent()].some((path) => ledger.at(path) !== undefined)) return true
  if (vanished.size === 0) return false
  return unreadFiles(context).some((stat) => {
    const file = ledger.withInode(stat)
    return file !== undefined && vanished.has(file.id)
  })
}

/** Of these the ones at the path of a folder that vanished files were in, or below that of a vanished file. */
function replacingVanished(
  { ledger, vanished }: MirrorContext,
  born: readonly DiskFile[],
): readonly DiskFile[] {
  if (born.length === 0) return born
  const files = new Set<VaultPath>()
  const folders = new Set<VaultPath>()
  for (const id of vanished.ids()) {
    const path = ledger.pathOf(id)
    if (path === undefined) continue
    files.add(path)
    for (const above of foldersAbove(path)) folders.add(above)
  }
  return born.filter(
    ({ path }) => folders.has(path) || foldersAbove(path).some((above) => files.has(above)),
  )
}

/** False when `path` has waited long enough. */
function postpone({ hints, clock, postponed }: MirrorContext, path: VaultPath): boolean {
  const now = clock.now()
  const since = postponed.get(path) ?? now
  if (now - since > postponeAtMostMs) return false
  postponed.set(path, since)
  hints.add(path, now, now + rereadMs)
  return true
}

/** Beyond so many files the likeness of each with each would take too long. */
const maxCompared = 64

/** Takes vanished files that appeared elsewhere for moved, but for those that were `taken` for it before. */
async function pairMoved(
  context: MirrorContext,
  appeared: readonly DiskFile[],
  taken: ReadonlySet<FileId>,
): Promise<Found[]> {
  const { ledger, vanished, notes } = context
  if (vanished.size === 0 || appeared.length === 0) return []
  const unread = new Set(unreadFiles(context).map(inodeKey))
  const gone: Vanished[] = []
  for (const id of vanished.ids()) {
    const { base } = ledger.facts(id)
    if (base === undefined || taken.has(id)) continue
    const { stat, hash } = base
    gone.push({ id, stat, hash: unread.has(inodeKey(stat)) ? undefined : hash })
  }
  const renames = pairRenames(gone, appeared)
  const paired = new Set(renames.values())
  const goneLeft = gone.filter(({ id, hash }) => !paired.has(id) && hash !== undefined)
  const newLeft = appeared.filter(({ path }) => !renames.has(path))
  const similar = new Map<DiskFile, FileId>()
  if (Math.max(goneLeft.length, newLeft.length) <= maxCompared) {
    const texts = []
    for (const { id } of goneLeft) {
      if (ledger.facts(id).base?.kind !== 'text') continue
      texts.push({ key: id, text: await notes.baseText(id) })
    }
    const candidates = newLeft.flatMap((disk) =>
      disk.kind === 'text' ? [{ key: disk, text: disk.text }] : [],
    )
    for (const [disk, id] of pairSimilar(texts, candidates)) similar.set(disk, id)
  }
  return appeared.flatMap((disk) => {
    const id = renames.get(disk.path) ?? similar.get(disk)
    return id === undefined ? [] : [{ id, disk }]
  })
}
