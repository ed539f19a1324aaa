// A stream of bytes -> its chunks.
import { cut, maxChunkBytes } from './cut.ts'

const firstBytes = 64 * 1024
const mostBytes = 2 * maxChunkBytes

/**
 * Cuts what `source` gives: one no longer than `maxChunkBytes` is one chunk, a longer one has the chunks that
 * `cut` makes. Holds at most twice `maxChunkBytes`. A chunk is good until the next one is asked for.
 */
export async function* chunksOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held = new Uint8Array(firstBytes)
  let [from, to] = [0, 0]
  let isCut = false
  const take = (size: number): Uint8Array => held.subarray(from, (from += size))
  for await (const part of source) {
    for (let read = 0; read < part.length;) {
      if (to === held.length) {
        held = withRoom(held, from)
        ;[from, to] = [0, to - from]
      }
      const fitting = part.subarray(read, read + held.length - to)
      held.set(fitting, to)
      to += fitting.length
      read += fitting.length
      while (to - from > maxChunkBytes) {
        isCut = true
        yield take(cut(held.subarray(from, to)))
      }
    }
  }
  while (to > from) yield take(isCut ? cut(held.subarray(from, to)) : to - from)
}

/** What is held after `from`, at the beginning of a buffer that has room for more. */
function withRoom(held: Uint8Array<ArrayBuffer>, from: number): Uint8Array<ArrayBuffer> {
  if (from > 0) return held.copyWithin(0, from)
  const larger = new Uint8Array(Math.min(4 * held.length, mostBytes))
  larger.set(held)
  return larger
}
