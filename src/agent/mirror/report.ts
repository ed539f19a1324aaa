// What the mirror tells of itself: how far it is, what should be on disk.
import type { FileId } from '../../shared/ids.ts'
import type { FileCounts, RelayStatus, Status } from '../core/status.ts'
import { encodeText } from '../core/text.ts'
import { sha256Hex } from '../hash.ts'
import type { Held } from './brake.ts'
import type { MirrorContext, Scan } from './context.ts'
import type { KnownProblem } from './problems.ts'
import { queueOf } from './queue.ts'
import { transferProblems } from './transfer-problems.ts'

/** How far a mirror is: its part of `status`, with times in ms. */
export type MirrorReport = Pick<Status, 'queue' | 'transfers' | 'files' | 'digest'> & {
  readonly relay: Omit<RelayStatus, 'url'>
  readonly scan: Readonly<Scan>
  readonly problems: readonly KnownProblem[]
  readonly held: Held | null
}

/** What the context does not tell. `missing`: documents still to come from the relay. */
type Standing = {
  readonly isConnected: boolean
  readonly missing: number
  readonly held: Held | null
}

export async function reportOf(
  context: MirrorContext,
  { isConnected, missing, held }: Standing,
): Promise<MirrorReport> {
  const { ledger, scan, problems, refused } = context
  return {
    relay: { connected: isConnected, epoch: ledger.epoch, head: ledger.cursor },
    scan: { ...scan },
    queue: queueOf(context, missing),
    transfers: { up: context.transfers.up, down: context.transfers.down },
    files: countFiles(context),
    digest: await digestOf(context),
    problems: [...problems.list(), ...refused.list(ledger), ...transferProblems(context)].sort(
      (a, b) => (a.path < b.path ? -1 : 1),
    ),
    held,
  }
}

function countFiles({ ledger, index, disk }: MirrorContext): FileCounts {
  const counts = { text: 0, binary: 0, link: 0, bytes: 0 }
  for (const { base } of ledger.files()) {
    if (base === undefined || disk.rules().ignores(base.path, false)) continue
    counts[base.kind]++
    counts.bytes += base.stat.size
  }
  const { link: links, ...others } = counts
  const folders = [...ledger.folders].filter(
    (path) => index.namesFolder(path) && disk.rules().keepsFolder(path),
  )
  return { ...others, links, folders: folders.length }
}

/**
 * SHA-256 over the sorted lines `kind path sha256` of what should be on disk, and `folder path -` of what should
 * be there though nothing be in it: nothing that is left out here.
 */
async function digestOf(context: MirrorContext): Promise<string> {
  const rules = context.disk.rules()
  const folders = [...context.index.folders.values()].filter((path) => rules.keepsFolder(path))
  const lines = folders.map((path) => `folder ${path} -`)
  for (const [id, path] of context.index.tree.live) {
    if (rules.ignores(path, false)) continue
    const content = context.index.content(id)
    if (content !== undefined) {
      lines.push(`${content.kind} ${path} ${content.hash}`)
      continue
    }
    const hash = await hashOf(context, id)
    if (hash !== undefined) lines.push(`text ${path} ${hash}`)
  }
  return sha256Hex(encodeText(lines.sort().join('\n')))
}

async function hashOf({ ledger, notes }: MirrorContext, id: FileId): Promise<string | undefined> {
  const { base, head } = ledger.facts(id)
  if (head === 0) return undefined
  if (base?.at === head && base.merged) return base.hash
  return sha256Hex(encodeText(await notes.text(id)))
}
