// Where in a file each of its chunks is.
import type { BlobPart } from '../../shared/blob/parts.ts'

/** `at`: bytes before it. */
export type Placed = BlobPart & { readonly at: number }

export function placed(parts: readonly BlobPart[]): Placed[] {
  let at = 0
  return parts.map((part) => {
    const here = { ...part, at }
    at += part.size
    return here
  })
}
