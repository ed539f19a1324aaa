// The list of a blob's chunks as the relay keeps it: the SHA-256 of blob and list, then the list. Nobody on the relay
// reads all chunks of a list again, so that one which lost or changed a chunk must show that by itself.
import { hash as hashOf } from 'node:crypto'
import * as v from 'valibot'
import { type BlobPart, blobPartsSchema } from '../../shared/blob/parts.ts'
import type { BlobHash } from '../../shared/ids.ts'

const listSchema = v.pipe(v.string(), v.parseJson(), blobPartsSchema)

export function sealParts(blob: BlobHash, parts: readonly BlobPart[]): string {
  const list = JSON.stringify(parts)
  return `${sealOf(blob, list)}\n${list}`
}

/** Undefined for what `sealParts` did not make for this blob. */
export function openParts(blob: BlobHash, text: string): readonly BlobPart[] | undefined {
  const end = text.indexOf('\n')
  const list = text.slice(end + 1)
  if (text.slice(0, end) !== sealOf(blob, list)) return undefined
  const parsed = v.safeParse(listSchema, list)
  return parsed.success ? parsed.output : undefined
}

function sealOf(blob: BlobHash, list: string): string {
  return hashOf('sha256', `${blob}\n${list}`)
}
