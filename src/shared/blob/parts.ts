// The chunks of which a file is made, as both sides say it.
import * as v from 'valibot'
import type { BlobHash } from '../ids.ts'
import { maxBlobParts } from '../limits.ts'
import { blobHashSchema } from '../schemas.ts'

/** Most bytes of a part, or of a hash, in JSON: a hash and a size, with some room. */
export const bytesPerPart = 128

/** One of them; they are in the order of the file. */
export type BlobPart = {
  readonly hash: BlobHash
  /** Bytes. */
  readonly size: number
}

export const blobPartsSchema = v.pipe(
  v.array(
    v.object({ hash: blobHashSchema, size: v.pipe(v.number(), v.safeInteger(), v.minValue(1)) }),
  ),
  v.maxLength(maxBlobParts),
)

/** Bytes of the whole file. */
export function sizeOfParts(parts: readonly BlobPart[]): number {
  return parts.reduce((sum, { size }) => sum + size, 0)
}
