// A stream of bytes -> its chunks.
import { cut, maxChunkBytes } from './cut.ts'

const firstBytes = 64 * 1024
const mostBytes = 2 * maxChunkBytes

/**
 * Cuts what `source` gives: one no longer than `maxChunkBytes` is one chunk, a longer one has the chunks that
 * `cut` makes. Holds at most twice `maxChunkBytes`. A chunk may be kept: its bytes are its own.
 */
export async function* chunksOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held = new Uint8Array(firstBytes)
  let length = 0
  let isCut = false
  const take = (size: number): Uint8Array => {
    const chunk = held.slice(0, size)
    held.copyWithin(0, size, length)
    length -= size
    return chunk
  }
  for await (const part of source) {
    for (let read = 0; read < part.length;) {
      if (length === held.length) held = grown(held)
      const fitting = part.subarray(read, read + held.length - length)
      held.set(fitting, length)
      length += fitting.length
      read += fitting.length
      while (length > maxChunkBytes) {
        isCut = true
        yield take(cut(held.subarray(0, length)))
      }
    }
  }
  while (length > 0) yield take(isCut ? cut(held.subarray(0, length)) : length)
}

function grown(held: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(4 * held.length, mostBytes))
  larger.set(held)
  return larger
}
