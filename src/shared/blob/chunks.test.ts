// The same bytes are the same chunks, however they come and whatever was put before them.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { SeededRandom } from '../../../test/fakes/seeded-random.ts'
import { chunksOf } from './chunks.ts'
import { cut, maxChunkBytes, minChunkBytes } from './cut.ts'

const megabyte = 1024 * 1024
const noise = new SeededRandom(11).bytes(24 * megabyte)

async function* inParts(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function chunksIn(bytes: Uint8Array, size = 65_536): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  for await (const chunk of chunksOf(inParts(bytes, size))) chunks.push(chunk.slice())
  return chunks
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

describe('chunksOf', () => {
  test('BLOB-1 gives all bytes, in chunks between the shortest and the longest', async () => {
    const chunks = await chunksIn(noise)
    expect(hashOf(Buffer.concat(chunks))).toBe(hashOf(noise))
    const sizes = chunks.map(({ length }) => length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(maxChunkBytes)
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThanOrEqual(minChunkBytes)
    expect(sizes.length).toBeGreaterThan(10)
  })

  test('BLOB-1 cuts the same whatever the parts in which the bytes come', async () => {
    const [once, ...others] = await Promise.all(
      [65_536, 4_001, 9 * megabyte].map(async (size) =>
        (await chunksIn(noise.subarray(0, 6 * megabyte), size)).map(hashOf),
      ),
    )
    for (const other of others) expect(other).toEqual(once)
  })

  test('BLOB-1 an edit changes the chunks beside it and no other', async () => {
    const before = new Set((await chunksIn(noise)).map(hashOf))
    const middle = noise.length / 2
    const edited = Buffer.concat([
      noise.subarray(0, middle),
      Buffer.from('five!'),
      noise.subarray(middle),
    ])
    const changed = (await chunksIn(edited)).map(hashOf).filter((hash) => !before.has(hash))
    expect(changed.length).toBeGreaterThan(0)
    expect(changed.length).toBeLessThanOrEqual(2)
  })

  test.each([0, 1, minChunkBytes + 1, maxChunkBytes])(
    'BLOB-1 %i bytes are one chunk',
    async (size) => {
      const sizes = (await chunksIn(noise.subarray(0, size))).map(({ length }) => length)
      expect(sizes).toEqual(size === 0 ? [] : [size])
    },
  )

  test('BLOB-1 the cuts are those of every release', async () => {
    const sizes = (await chunksIn(noise)).map(({ length }) => length)
    expect(sizes).toHaveLength(37)
    expect(sizes.slice(0, 5)).toEqual([558_814, 553_110, 242_869, 1_153_398, 193_696])
    expect(sizes.slice(5, 10)).toEqual([293_292, 846_522, 142_728, 623_658, 1_273_815])
    expect(cut(new Uint8Array(5 * megabyte))).toBe(maxChunkBytes)
  })
})
