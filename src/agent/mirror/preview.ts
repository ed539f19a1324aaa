// What the first sync would do: the folder compared with what the relay has, by content. Changes nothing.
import { maxNoteBytes } from '../../shared/limits.ts'
import type { FileId } from '../../shared/ids.ts'
import { unionText } from '../../shared/text/union.ts'
import { type VaultPath, ignoreFileName, pathKey } from '../../shared/vault-path.ts'
import type { DiskEntry, FileStat } from '../core/facts.ts'
import { type IgnoreRules, createIgnoreRules, isTextPath, rulesFault } from '../core/ignore.ts'
import { decodeText, encodeText } from '../core/text.ts'
import type { MirrorContext } from './context.ts'
import { linkProblem } from './links.ts'

/** In files, but for the bytes. */
export type Preview = {
  readonly identical: number
  /** Notes on both sides and different: each side's lines are kept. */
  readonly merged: number
  /** On both sides and different, and no notes: the vault's comes here, that from here goes to the trash. */
  readonly replaced: number
  /** Only in the folder. */
  readonly newHere: number
  /** Only in the vault. */
  readonly newThere: number
  readonly unsupported: number
  /** At most; what the relay has already is not sent again. */
  readonly bytesToSend: number
  readonly bytesToReceive: number
}

/** Compares what neither the rules of the folder nor those of the vault leave out. */
export async function previewOf(context: MirrorContext): Promise<Preview> {
  const { disk, index } = context
  const { entries, problems } = await disk.list()
  const rules = await rulesOfBoth(context)
  const there = new Map(index.tree.byKey)
  const counts = { ...nothing, unsupported: problems.size }
  for (const [path, entry] of entries) {
    if (entry.kind === 'folder' || rules.ignores(path, false)) continue
    const key = pathKey(path)
    const id = there.get(key)
    there.delete(key)
    if (entry.kind === 'file') await compare(context, counts, { path, stat: entry.stat, id })
    else if (entry.kind === 'link' && linkProblem(path, entry.target) === undefined)
      await compareLink(context, counts, entry, id)
    else if (!problems.has(path)) counts.unsupported++
  }
  for (const id of there.values()) {
    const place = index.tree.live.get(id)
    if (place === undefined || rules.ignores(place, false) || disk.rules().ignores(place, false))
      continue
    counts.newThere++
    counts.bytesToReceive += await sizeThere(context, id)
  }
  return counts
}

const nothing = {
  identical: 0,
  merged: 0,
  replaced: 0,
  newHere: 0,
  newThere: 0,
  unsupported: 0,
  bytesToSend: 0,
  bytesToReceive: 0,
}

type Found = {
  readonly path: VaultPath
  readonly stat: FileStat
  readonly id: FileId | undefined
}

async function compare(
  context: MirrorContext,
  counts: typeof nothing,
  { path, stat, id }: Found,
): Promise<void> {
  const text = isTextPath(path) ? await readText(context, path, stat) : undefined
  if (id === undefined) {
    counts.newHere++
    counts.bytesToSend += stat.size
  } else if (await isSame(context, path, text, id)) counts.identical++
  else if (text !== undefined && context.index.content(id) === undefined) counts.merged++
  else {
    counts.replaced++
    counts.bytesToSend += stat.size
    counts.bytesToReceive += await sizeThere(context, id)
  }
}

async function compareLink(
  context: MirrorContext,
  counts: typeof nothing,
  { target }: Extract<DiskEntry, { kind: 'link' }>,
  id: FileId | undefined,
): Promise<void> {
  const content = id === undefined ? undefined : context.index.content(id)
  if (id === undefined) counts.newHere++
  else if (content?.kind === 'link' && content.target === target) counts.identical++
  else {
    counts.replaced++
    counts.bytesToReceive += await sizeThere(context, id)
  }
}

async function isSame(
  { index, notes, fingerprints }: MirrorContext,
  path: VaultPath,
  text: string | undefined,
  id: FileId,
): Promise<boolean> {
  const content = index.content(id)
  if (content === undefined) return text !== undefined && (await notes.text(id)) === text
  if (content.kind === 'link') return false
  return (await fingerprints.whole(path))?.file.hash === content.hash
}

async function sizeThere({ index, notes }: MirrorContext, id: FileId): Promise<number> {
  const content = index.content(id)
  if (content === undefined) return encodeText(await notes.text(id)).length
  return content.kind === 'binary' ? content.size : 0
}

/** Undefined where the file is no note. */
async function readText(
  { disk }: MirrorContext,
  path: VaultPath,
  { size }: FileStat,
): Promise<string | undefined> {
  const content = size > maxNoteBytes ? undefined : await disk.read(path)
  const isRead = content !== undefined && 'bytes' in content
  const decoded = isRead ? decodeText(content.bytes) : undefined
  return decoded?.ok === true ? decoded.text : undefined
}

/** The rules as they will be once those of the folder and those of the vault are joined. */
async function rulesOfBoth(context: MirrorContext): Promise<IgnoreRules> {
  const { disk, index, notes } = context
  const entry = await disk.stat(ignoreFileName)
  const here = entry?.kind === 'file' ? await readText(context, ignoreFileName, entry.stat) : ''
  const id = index.tree.byKey.get(ignoreFileName)
  const there = id === undefined ? '' : await notes.text(id)
  const isRefused = rulesFault(there) !== undefined
  return createIgnoreRules(isRefused ? (here ?? '') : unionText(here ?? '', there))
}
