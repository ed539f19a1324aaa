// Where a file is cut into chunks: by what stands there, so that an edit moves only the cuts beside it.
// FastCDC with normalized chunking: Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking
// Approach for Data Deduplication" (USENIX ATC 2016).

/** Shortest, usual and longest chunk, in bytes. */
export const minChunkBytes = 128 * 1024
const usualChunkBytes = 512 * 1024
export const maxChunkBytes = 4 * 1024 * 1024

/**
 * A cut needs so many zero bits: more before the usual length, fewer after it, so that few are far from it. One bit to
 * either side of its logarithm: with two, as in the paper, the cuts after an edit take longer to fall together again.
 */
const bitsBefore = 20
const bitsAfter = 18

const gear = gearTable()

/**
 * The length of the first chunk of `bytes`, which end where the file does or are `maxChunkBytes` long at
 * least. The same bytes give the same cut in every release: both sides have chunks of former ones.
 */
export function cut(bytes: Uint8Array): number {
  const end = Math.min(bytes.length, maxChunkBytes)
  if (end <= minChunkBytes) return end
  const usual = Math.min(end, usualChunkBytes)
  const early = find(bytes, minChunkBytes, usual, bitsBefore)
  return early ?? find(bytes, usual, end, bitsAfter) ?? end
}

/** The first place in `from`..`to` at which the hash of the 32 bytes before it begins with `bits` zeros. */
function find(bytes: Uint8Array, from: number, to: number, bits: number): number | undefined {
  const mask = -1 << (32 - bits)
  let hash = 0
  let at = from - hashedBytes
  while (at < from) hash = roll(hash, bytes, at++)
  // Four places at a time, which takes two thirds of the time, up to those among which it is.
  for (; at + 4 <= to; at += 4) {
    const second = roll(hash, bytes, at)
    const third = roll(second, bytes, at + 1)
    const fourth = roll(third, bytes, at + 2)
    const isFound =
      (hash & mask) === 0 || (second & mask) === 0 || (third & mask) === 0 || (fourth & mask) === 0
    if (isFound) break
    hash = roll(fourth, bytes, at + 3)
  }
  for (; at < to; at++) {
    if ((hash & mask) === 0) return at
    hash = roll(hash, bytes, at)
  }
  return undefined
}

/** Each byte is shifted out after as many others as the hash has bits. */
const hashedBytes = 32

function roll(hash: number, bytes: Uint8Array, at: number): number {
  return ((hash << 1) + (gear[bytes[at] ?? 0] ?? 0)) | 0
}

/** Fixed numbers without a pattern: those of splitmix32 from seed 0. */
function gearTable(): Int32Array {
  let state = 0
  return Int32Array.from({ length: 256 }, () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return mixed ^ (mixed >>> 15)
  })
}
