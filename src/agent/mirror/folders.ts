// Folders of their own: those that are empty, or were. Looks at the ones that are due, publishes what was made
// and removed here, and makes and removes what was elsewhere.
import { type VaultPath, foldersAbove, parentOf, pathKey } from '../../shared/vault-path.ts'
import type { IndexEdit } from '../../shared/doc/vault-index.ts'
import type { DiskEntry, Problem } from '../core/facts.ts'
import { type FolderSides, type FolderVerdict, reconcileFolder } from '../core/folders.ts'
import type { IsKept, Listing } from '../disk/disk.ts'
import type { MirrorContext } from './context.ts'
import type { DueFolder } from './due-folders.ts'
import { linkProblem } from './links.ts'

const foldersPerTurn = 512
const retryMs = 2_000
/** What leaves a problem with the folder listed for now. */
const isToFollow: ReadonlySet<FolderVerdict['act']> = new Set(['list', 'make', 'remove'])
const unseen: Problem = { code: 'refused', message: 'the folder cannot be looked at here' }

export type FolderPlan = {
  readonly edits: readonly IndexEdit[]
  readonly make: readonly VaultPath[]
  readonly remove: readonly VaultPath[]
}

export const noFolders: FolderPlan = { edits: [], make: [], remove: [] }

/** Marks those that the index and what was agreed do not say the same of. */
function noteUneven({ index, ledger, folders, clock }: MirrorContext): void {
  const now = clock.now()
  folders.treeChanged(now)
  for (const path of index.folders.values()) if (!ledger.folders.has(path)) folders.add(path, now)
  for (const path of ledger.folders) if (!index.namesFolder(path)) folders.add(path, now)
}

/** Marks what a listing of `folder` (undefined: of the vault) has news of. */
export function noteListed(
  context: MirrorContext,
  folder: VaultPath | undefined,
  { entries }: Listing,
): void {
  const { disk, ledger, folders, clock } = context
  const now = clock.now()
  if (folder === undefined) noteUneven(context)
  else folders.add(folder, now)
  for (const [path, entry] of entries) {
    if (entry.kind === 'folder' && entry.isEmpty && !ledger.folders.has(path))
      folders.add(path, now)
  }
  for (const path of ledger.folders) {
    const isListed = folder === undefined || path.startsWith(`${folder}/`)
    const isThere = entries.get(path)?.kind === 'folder' && disk.rules().keepsFolder(path)
    if (isListed && !isThere) folders.add(path, now)
  }
}

/** Something went from `path`: a folder of its own, or what its folder had last. */
export function noteGone({ ledger, folders, clock }: MirrorContext, path: VaultPath): void {
  const folder = parentOf(path)
  if (ledger.folders.has(path)) folders.add(path, clock.now())
  if (folder !== undefined) folders.add(folder, clock.now())
}

/** What was agreed is remembered together with the edits: neither can be seen without the other. */
export async function planFolders(context: MirrorContext): Promise<FolderPlan> {
  const { folders, clock, index, log, problems } = context
  if (folders.isNewTree(index.folders)) noteUneven(context)
  const plan: Planned = { edits: [], gone: [], make: [], remove: [] }
  for (const due of folders.takeDue(clock.now(), foldersPerTurn)) {
    const { path } = due
    const { act, why } = await verdictOn(context, path)
    if (act !== 'nothing') log.debug('plan.folder', { path, act, why })
    if (!isToFollow.has(act)) problems.clearOf(path)
    planOne(context, due, act, plan)
  }
  const { edits, gone, make, remove } = plan
  for (const name of index.folderNames(gone)) edits.push({ type: 'no-folder', name })
  return { edits, make, remove }
}

type Planned = {
  readonly edits: IndexEdit[]
  readonly gone: VaultPath[]
  readonly make: VaultPath[]
  readonly remove: VaultPath[]
}

function planOne(
  context: MirrorContext,
  due: DueFolder,
  act: FolderVerdict['act'],
  { edits, gone, make, remove }: Planned,
): void {
  const { folders, clock, ledger } = context
  const { path } = due
  const hasSettled = (): boolean => folders.hasSettled(due, act, clock.now())
  switch (act) {
    case 'nothing':
      return
    case 'wait':
      return folders.await(path)
    case 'list':
      return retry(context, path, unseen)
    case 'agree':
      return ledger.agreeFolder(path)
    case 'forget':
      return ledger.forgetFolder(path)
    case 'publish':
      if (!hasSettled()) return
      ledger.agreeFolder(path)
      edits.push({ type: 'folder', path })
      return
    case 'publish-removal':
      if (!hasSettled()) return
      ledger.forgetFolder(path)
      noteGone(context, path)
      gone.push(path)
      return
    case 'make':
      make.push(path)
      return
    case 'remove':
      // Who has just made it may be about to fill it.
      if (ledger.folders.has(path) || hasSettled()) remove.push(path)
  }
}

async function verdictOn(context: MirrorContext, path: VaultPath): Promise<FolderVerdict> {
  const { disk, index, ledger } = context
  if (!disk.rules().keepsFolder(path)) {
    return { act: ledger.folders.has(path) ? 'forget' : 'nothing', why: 'left out' }
  }
  const entry = await disk.stat(path)
  return reconcileFolder({
    named: namedSide(context, path),
    agreed: ledger.folders.has(path),
    disk: diskSide(path, entry),
    hasFiles: entry === undefined && index.hasFiles(path),
  })
}

function namedSide({ index, ledger }: MirrorContext, path: VaultPath): FolderSides['named'] {
  const name = index.folders.get(pathKey(path))
  if (name !== undefined) return name === path ? 'yes' : 'otherwise'
  const files = [...foldersAbove(path), path].filter((one) => index.tree.byKey.has(pathKey(one)))
  if (files.length === 0) return 'no'
  return files.some((file) => ledger.at(file) !== undefined) ? 'missed' : 'taken'
}

/** A folder whose place a link out of the vault took may have gone there. */
function diskSide(path: VaultPath, entry: DiskEntry | undefined): FolderSides['disk'] {
  switch (entry?.kind) {
    case 'folder':
      return entry.isEmpty ? 'empty' : 'filled'
    case 'unreadable':
      return 'unknown'
    case 'link':
      return linkProblem(path, entry.target) === undefined ? 'absent' : 'unknown'
    case 'file':
    case 'special':
    case undefined:
      return 'absent'
  }
}

/** After the files: where one of them was, a folder may be now. What was done shows at the next look. */
export async function followFolders(
  context: MirrorContext,
  { make, remove }: FolderPlan,
): Promise<void> {
  const { disk, index, ledger, folders, clock } = context
  const isKept: IsKept = (folder) => index.namesFolder(folder)
  for (const path of remove) {
    done(context, path, await disk.removeFolder(path, isKept))
    // On a disk that ignores case it was that folder too.
    const otherwise = index.folders.get(pathKey(path))
    if (otherwise === undefined) continue
    ledger.forgetFolder(otherwise)
    folders.add(otherwise, clock.now())
  }
  for (const path of make) done(context, path, await disk.makeFolder(path))
}

function done(context: MirrorContext, path: VaultPath, problem: Problem | undefined): void {
  if (problem === undefined) context.folders.add(path, context.clock.now())
  else retry(context, path, problem)
}

function retry(
  { folders, problems, clock }: MirrorContext,
  path: VaultPath,
  problem: Problem,
): void {
  problems.setOf(path, path, problem, clock.now())
  folders.add(path, clock.now() + retryMs)
}

/** A file left the folder that it was in: we remove that if it was the last, unless the index names it. */
export async function removeEmptied(
  { disk, index }: MirrorContext,
  file: VaultPath,
): Promise<void> {
  const folder = parentOf(file)
  if (folder === undefined) return
  await disk.removeFolder(folder, (path) => index.namesFolder(path))
}
