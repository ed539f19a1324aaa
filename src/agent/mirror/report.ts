// What the mirror tells of itself: how far it is, what should be on disk, what the first sync would do.
import type { FileId } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { isTextPath } from '../core/ignore.ts'
import { decodeText, encodeText } from '../core/text.ts'
import { sha256Hex } from '../hash.ts'
import type { MirrorContext } from './context.ts'
import type { Mirror } from './mirror.ts'
import type { FileCounts, QueueStatus } from '../core/status.ts'

export function queueOf({ context, receiver }: Mirror): QueueStatus {
  const { hints, vanished, outbox, ledger, pending, failed, staged, refused } = context
  return {
    dirty: hints.size + vanished.size + (hints.hasTrees ? 1 : 0),
    settling: hints.settling,
    outgoing: outbox.waiting + refused.size,
    unacked: ledger.unackedDocs().size,
    incoming: receiver.missing + pending.size + failed.size + staged.size,
    blobsUp: 0,
    blobsDown: 0,
  }
}

export function countFiles({ ledger }: MirrorContext): FileCounts {
  let text = 0
  let bytes = 0
  for (const { base } of ledger.files()) {
    if (base === undefined) continue
    text++
    bytes += base.stat.size
  }
  return { text, binary: 0, links: 0, folders: 0, bytes }
}

/** SHA-256 over the sorted lines `kind path sha256` of what should be on disk. */
export async function digestOf(context: MirrorContext): Promise<string> {
  const lines: string[] = []
  for (const [id, path] of context.index.tree.live) {
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

/** What the first sync would do, in files. */
export type Preview = {
  readonly identical: number
  readonly merged: number
  readonly newHere: number
  readonly newThere: number
  readonly unsupported: number
}

/** Compares the folder with what the relay has. Changes nothing. */
export async function previewOf({ disk, index, notes }: MirrorContext): Promise<Preview> {
  const { entries, problems } = await disk.list()
  const there = new Map<VaultPath, FileId>([...index.tree.live].map(([id, path]) => [path, id]))
  const counts = { identical: 0, merged: 0, newHere: 0, newThere: 0, unsupported: problems.size }
  for (const [path, entry] of entries) {
    if (entry.kind === 'folder') continue
    const text = entry.kind === 'file' && isTextPath(path) ? await readText(disk, path) : undefined
    const id = there.get(path)
    there.delete(path)
    if (text === undefined) counts.unsupported++
    else if (id === undefined) counts.newHere++
    else if ((await notes.text(id)) === text) counts.identical++
    else counts.merged++
  }
  return { ...counts, newThere: there.size }
}

async function readText(disk: MirrorContext['disk'], path: VaultPath): Promise<string | undefined> {
  const content = await disk.read(path)
  const decoded = content === undefined ? undefined : decodeText(content.bytes)
  return decoded?.ok === true ? decoded.text : undefined
}
