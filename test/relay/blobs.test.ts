// What the relay keeps of binary files, on a real disk.
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Blobs } from '../../src/relay/blobs/blobs.ts'
import { FileBlobStore } from '../../src/relay/store/file-blob-store.ts'
import { chunksOf } from '../../src/shared/blob/chunks.ts'
import type { BlobPart } from '../../src/shared/blob/parts.ts'
import { type BlobHash, type VaultId, parseBlobHash, parseId } from '../../src/shared/ids.ts'
import { maxBlobParts } from '../../src/shared/limits.ts'
import { someVault } from '../fakes/facts.ts'
import { SeededRandom } from '../fakes/seeded-random.ts'

const megabyte = 1024 * 1024
const large = new SeededRandom(4).bytes(10 * megabyte)
const small = new TextEncoder().encode('a small picture')

let folder: string
let store: FileBlobStore
let blobs: Blobs
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'undrift-blobs-'))
  store = new FileBlobStore({ folder, freeBytes: async () => 1e12 })
  blobs = new Blobs(store)
})
afterEach(() => rmSync(folder, { recursive: true }))

const hashOf = (bytes: Uint8Array): BlobHash =>
  parseBlobHash(createHash('sha256').update(bytes).digest('hex')) ?? expect.unreachable()

async function* stream(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

async function read(hash: BlobHash, from?: number, to?: number): Promise<Buffer> {
  const blob = (await blobs.find(someVault, hash)) ?? expect.unreachable()
  const parts: Uint8Array[] = []
  for await (const part of blobs.read(someVault, blob, from, to)) parts.push(part)
  return Buffer.concat(parts)
}

const files = (): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

test.each([
  ['nothing', new Uint8Array()],
  ['a small one', small],
  ['a large one', large],
])('BLOB-2 %s comes back as it was, whole and in part', async (_, bytes) => {
  const hash = hashOf(bytes)
  await blobs.receive(someVault, hash, stream(bytes))
  expect((await blobs.find(someVault, hash))?.size).toBe(bytes.length)
  expect((await read(hash)).equals(bytes)).toBe(true)
  const [from, to] = [Math.floor(bytes.length / 3), Math.floor(bytes.length / 2)]
  expect((await read(hash, from, to)).equals(bytes.subarray(from, to))).toBe(true)
})

test('BLOB-3 bytes with another hash than their address are refused, and nothing has that address', async () => {
  const hash = hashOf(small)
  const other = blobs.receive(someVault, hash, stream(large))
  await expect(other).rejects.toMatchObject({ code: 'hash-mismatch' })
  expect(await blobs.find(someVault, hash)).toBeUndefined()
})

test('BLOB-4 a large one is put together from chunks that are here, once they all are', async () => {
  const chunks: Uint8Array[] = []
  for await (const chunk of chunksOf(stream(large))) chunks.push(chunk.slice())
  const parts = chunks.map((chunk) => ({ hash: hashOf(chunk), size: chunk.length }))
  const [first, ...others] = chunks
  for (const chunk of others) await blobs.receive(someVault, hashOf(chunk), stream(chunk))
  expect(await blobs.join(someVault, hashOf(large), parts)).toEqual([parts[0]?.hash])
  const hashes = [hashOf(large), ...parts.map(({ hash }) => hash)]
  expect(await blobs.missing(someVault, hashes)).toEqual(hashes.slice(0, 2))
  if (first !== undefined) await blobs.receive(someVault, hashOf(first), stream(first))
  expect(await blobs.join(someVault, hashOf(large), parts)).toEqual([])
  expect((await read(hashOf(large))).equals(large)).toBe(true)
  expect(await blobs.missing(someVault, hashes)).toEqual([])
})

test('BLOB-4 a list of chunks that lies about sizes, order or the whole is refused', async () => {
  await blobs.receive(someVault, hashOf(large), stream(large))
  const { parts = [] } = (await blobs.find(someVault, hashOf(large))) ?? {}
  const [one, two] = parts
  if (one === undefined || two === undefined) return expect.unreachable()
  const longer = [{ ...one, size: one.size + 1 }, two]
  expect(await blobs.join(someVault, hashOf(small), longer)).toEqual([one.hash])
  for (const lie of [parts.toReversed(), parts.slice(1), [...parts, one]]) {
    const joined = blobs.join(someVault, hashOf(small), lie)
    await expect(joined).rejects.toMatchObject({ code: 'hash-mismatch' })
  }
  expect(await blobs.find(someVault, hashOf(small))).toBeUndefined()
})

test('BLOB-33 HC-165 chunks of another vault are missing here', async () => {
  const other = parseId<VaultId>('b'.repeat(26)) ?? expect.unreachable()
  await blobs.receive(other, hashOf(large), stream(large))
  const { parts } = (await blobs.find(other, hashOf(large))) ?? expect.unreachable()
  const hashes = parts.map(({ hash }) => hash)
  expect(await blobs.join(someVault, hashOf(large), parts)).toEqual(hashes)
  expect(await blobs.missing(someVault, [hashOf(large), ...hashes])).toHaveLength(hashes.length + 1)
})

test('BLOB-5 a chunk is stored once, however many files have it', async () => {
  await blobs.receive(someVault, hashOf(large), stream(large))
  const before = files().length
  const longer = Buffer.concat([large, small])
  await blobs.receive(someVault, hashOf(longer), stream(longer))
  expect(files().length - before).toBeLessThanOrEqual(2)
})

test('BLOB-6 a chunk that was cut short on disk is missing, and mended by sending it again', async () => {
  await blobs.receive(someVault, hashOf(large), stream(large))
  const [part] = (await blobs.find(someVault, hashOf(large)))?.parts ?? []
  if (part === undefined) return expect.unreachable()
  truncateSync(files().find((file) => file.endsWith(part.hash)) ?? '', 10)
  expect(await blobs.missing(someVault, [hashOf(large)])).toEqual([hashOf(large)])
  await blobs.receive(someVault, hashOf(large), stream(large))
  expect((await read(hashOf(large))).equals(large)).toBe(true)
})

const damages: [string, (file: string) => void][] = [
  ['cut short', (file) => truncateSync(file, 10)],
  ['empty', (file) => truncateSync(file, 0)],
  ['changed', (file) => writeFileSync(file, readFileSync(file).fill(7, 3, 5))],
]

const damage = (hash: BlobHash, how: (file: string) => void): void =>
  how(files().find((file) => file.endsWith(hash)) ?? expect.unreachable())

test.each(damages)(
  'BLOB-6 BLOB-61 a small one that is %s on disk is not given out, and mended by being sent again',
  async (_, how) => {
    const hash = hashOf(small)
    await blobs.receive(someVault, hash, stream(small))
    damage(hash, how)
    await expect(read(hash)).rejects.toMatchObject({ code: 'storage' })
    expect(await blobs.missing(someVault, [hash])).toEqual([hash])
    expect(files()).toHaveLength(1)
    await blobs.receive(someVault, hash, stream(small))
    expect((await read(hash)).equals(Buffer.from(small))).toBe(true)
  },
)

test.each(damages)(
  'BLOB-61 of a large one whose chunks are %s on disk each is asked for again',
  async (_, how) => {
    await blobs.receive(someVault, hashOf(large), stream(large))
    const { parts } = (await blobs.find(someVault, hashOf(large))) ?? expect.unreachable()
    const bad = parts.slice(1, 3).map(({ hash }) => hash)
    for (const hash of bad) damage(hash, how)
    const asked = new Set<BlobHash>()
    for (;;) {
      const lacking = await blobs.join(someVault, hashOf(large), parts)
      if (lacking.length === 0) break
      for (const hash of lacking) {
        const at = parts.findIndex((part) => part.hash === hash)
        const from = parts.slice(0, at).reduce((sum, { size }) => sum + size, 0)
        const bytes = large.subarray(from, from + (parts[at]?.size ?? 0))
        await blobs.receive(someVault, hash, stream(bytes))
        expect(asked.has(hash)).toBe(false)
        asked.add(hash)
      }
    }
    expect([...asked].toSorted()).toEqual(bad.toSorted())
    expect((await read(hashOf(large))).equals(large)).toBe(true)
  },
)

test('BLOB-68 what was damaged goes as what is unused does, though the same bytes are in use again', async () => {
  const hash = hashOf(small)
  await blobs.receive(someVault, hash, stream(small))
  damage(hash, (file) => truncateSync(file, 10))
  await expect(read(hash)).rejects.toMatchObject({ code: 'storage' })
  for (const file of files()) utimesSync(file, 1, 1)
  await blobs.receive(someVault, hash, stream(small))
  await store.touch(someVault, [hash])
  await store.removeUnused(someVault, 2_000)
  expect(files()).toHaveLength(1)
  expect((await read(hash)).equals(Buffer.from(small))).toBe(true)
})

const partsFile = (): string => files().find((file) => file.endsWith('.parts')) ?? ''
const otherParts: Record<string, (text: string, parts: readonly BlobPart[]) => string> = {
  'no JSON': () => '[{',
  'no parts': () => '[{"hash":1}]',
  nothing: () => '',
  'those of other bytes': (text, parts) =>
    text.replace(JSON.stringify(parts), JSON.stringify(parts.toReversed())),
  'a chunk short': (text, parts) =>
    text.replace(JSON.stringify(parts), JSON.stringify(parts.slice(1))),
}

test.each(Object.entries(otherParts))(
  'BLOB-62 a list of chunks that is %s is none, and put together again',
  async (_, damaged) => {
    await blobs.receive(someVault, hashOf(large), stream(large))
    const { parts } = (await blobs.find(someVault, hashOf(large))) ?? expect.unreachable()
    const text = readFileSync(partsFile(), 'utf8')
    expect(damaged(text, parts)).not.toBe(text)
    writeFileSync(partsFile(), damaged(text, parts))
    expect(await blobs.missing(someVault, [hashOf(small), hashOf(large)])).toHaveLength(2)
    expect(await blobs.join(someVault, hashOf(large), parts)).toEqual([])
    expect((await read(hashOf(large))).equals(large)).toBe(true)
  },
)

test('BLOB-75 a list of chunks that stands under the name of another blob is none', async () => {
  const other = large.subarray(0, 9 * megabyte)
  for (const bytes of [large, other]) await blobs.receive(someVault, hashOf(bytes), stream(bytes))
  const [one, two] = files().filter((file) => file.endsWith('.parts'))
  copyFileSync(one ?? '', two ?? '')
  expect(await blobs.missing(someVault, [hashOf(large), hashOf(other)])).toHaveLength(1)
})

test('BLOB-7 what was in no use for long goes, what somebody asked about lately stays', async () => {
  await blobs.receive(someVault, hashOf(large), stream(large))
  await blobs.receive(someVault, hashOf(small), stream(small))
  for (const file of files()) utimesSync(file, 1, 1)
  expect(await blobs.missing(someVault, [hashOf(large)])).toEqual([])
  expect(await store.removeUnused(someVault, Date.now() - 60_000)).toBe(small.length)
  expect(await blobs.find(someVault, hashOf(small))).toBeUndefined()
  expect((await read(hashOf(large))).equals(large)).toBe(true)
})

test('BLOB-8 with too little room nothing is stored and nothing is left behind', async () => {
  store = new FileBlobStore({ folder, freeBytes: async () => 1000 })
  const full = new Blobs(store).receive(someVault, hashOf(small), stream(small))
  await expect(full).rejects.toMatchObject({ code: 'storage-full' })
  expect(files()).toEqual([])
})

test('BLOB-9 only the owner of the relay can read what it keeps', async () => {
  await blobs.receive(someVault, hashOf(small), stream(small))
  expect(files().map((file) => statSync(file).mode & 0o777)).toEqual([0o600])
})

test('BLOB-33 chunks that are named over and over are looked for once', async () => {
  await store.put(someVault, hashOf(small), small)
  const parts = Array.from({ length: 1000 }, () => ({ hash: hashOf(small), size: 1 }))
  expect(await blobs.join(someVault, hashOf(large), parts)).toEqual([hashOf(small)])
})

test('BLOB-90 a list that names one chunk as often as it may costs one look at it', async () => {
  const asked: BlobHash[] = []
  class Counting extends FileBlobStore {
    override async sizeOf(vault: VaultId, hash: BlobHash): Promise<number | undefined> {
      asked.push(hash)
      return await super.sizeOf(vault, hash)
    }
  }
  const chunk = hashOf(small)
  const whole = hashOf(large)
  await store.put(someVault, chunk, small)
  const part = { hash: chunk, size: small.length }
  await store.putParts(someVault, whole, Array<typeof part>(maxBlobParts).fill(part))
  const counted = new Blobs(new Counting({ folder, freeBytes: async () => 1e12 }))
  expect(await counted.find(someVault, whole)).toMatchObject({ size: maxBlobParts * small.length })
  expect(asked).toEqual([whole, chunk])
})

test('BLOB-90 however many ask for lists, only some are read at once', async () => {
  let [running, most] = [0, 0]
  class Counting extends FileBlobStore {
    override async partsOf(vault: VaultId, hash: BlobHash) {
      most = Math.max(most, ++running)
      const parts = await super.partsOf(vault, hash)
      running--
      return parts
    }
  }
  await blobs.receive(someVault, hashOf(large), stream(large))
  const counted = new Blobs(new Counting({ folder, freeBytes: async () => 1e12 }))
  const hashes = Array<BlobHash>(40).fill(hashOf(large))
  const found = await Promise.all(hashes.map((hash) => counted.find(someVault, hash)))
  expect(found.every((one) => one?.size === large.length)).toBe(true)
  expect(most).toBe(4)
})

test('BLOB-91 a file is put together no further once nobody wants it', async () => {
  await blobs.receive(someVault, hashOf(large), stream(large))
  const { parts } = (await blobs.find(someVault, hashOf(large))) ?? expect.unreachable()
  let reads = 0
  class Counting extends FileBlobStore {
    override async *read(...range: Parameters<FileBlobStore['read']>): AsyncGenerator<Uint8Array> {
      reads += 1
      yield* super.read(...range)
    }
  }
  const counted = new Blobs(new Counting({ folder, freeBytes: async () => 1e12 }))
  const many = Array.from({ length: 100 }, () => parts).flat()
  const join = counted.join(someVault, hashOf(small), many, () => reads < 3)
  await expect(join).rejects.toMatchObject({ code: 'unreachable' })
  expect(reads).toBe(3)
})
