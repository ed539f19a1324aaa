// What a file's bytes are called, and the chunks that they are made of: found in one reading.
import { createHash, hash as hashOf } from 'node:crypto'
import { chunksOf } from '../../shared/blob/chunks.ts'
import type { BlobPart } from '../../shared/blob/parts.ts'
import type { BlobHash } from '../../shared/ids.ts'

export type Fingerprint = {
  readonly hash: BlobHash
  readonly parts: readonly BlobPart[]
}

export async function fingerprint(bytes: AsyncIterable<Uint8Array>): Promise<Fingerprint> {
  const whole = createHash('sha256')
  const parts: BlobPart[] = []
  for await (const chunk of chunksOf(bytes)) {
    whole.update(chunk)
    parts.push({ hash: blobHashOf(chunk), size: chunk.length })
  }
  return { hash: whole.digest('hex') as BlobHash, parts }
}

/** SHA-256 of all of `bytes`. */
export function blobHashOf(bytes: Uint8Array): BlobHash {
  return hashOf('sha256', bytes) as BlobHash
}
