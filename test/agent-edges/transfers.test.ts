// Files on their way between a real folder and a real relay.
import { readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { blobHashOf } from '../../src/agent/blob/fingerprint.ts'
import type { LocalFile } from '../../src/agent/blob/local-chunks.ts'
import type { RemoteBlobs } from '../../src/agent/blob/remote-blobs.ts'
import { type TransferPorts, Transfers } from '../../src/agent/blob/transfers.ts'
import { chunksAtOnce, upload } from '../../src/agent/blob/upload.ts'
import { ConfinedFolder } from '../../src/agent/disk/confined.ts'
import { NodeBlobDisk } from '../../src/agent/disk/node-blob-disk.ts'
import { TempFolder } from '../../src/agent/disk/temp.ts'
import { HttpBlobs } from '../../src/agent/link/http-blobs.ts'
import { maxChunkBytes } from '../../src/shared/blob/cut.ts'
import { AppError } from '../../src/shared/errors.ts'
import { type BlobHash, type VaultId, parseId } from '../../src/shared/ids.ts'
import { maxBlobBytes } from '../../src/shared/limits.ts'
import { systemRandom } from '../../src/system.ts'
import { ManualClock } from '../fakes/manual-clock.ts'
import { SeededRandom } from '../fakes/seeded-random.ts'
import { silentLogger } from '../fakes/silent-logger.ts'
import { LiveRelay } from '../relay/support/live-relay.ts'
import { fingerprintOf, tempFolder, utf8, vaultPath } from './helpers.ts'

const megabyte = 1024 * 1024

let relay: LiveRelay
let http: HttpBlobs
beforeAll(async () => {
  relay = await LiveRelay.start()
  const { vault, token } = await relay.owner()
  const id = parseId<VaultId>(vault.id) ?? expect.unreachable()
  http = new HttpBlobs({ relay: relay.url, vault: id, token })
})
afterAll(() => relay[Symbol.asyncDispose]())

/** The relay, but for calls that the test answers. */
function remoteWith(own: Partial<RemoteBlobs>): RemoteBlobs {
  return {
    missing: (...args) => http.missing(...args),
    put: (...args) => http.put(...args),
    join: (...args) => http.join(...args),
    partsOf: (...args) => http.partsOf(...args),
    get: (...args) => http.get(...args),
    ...own,
  }
}

function device(
  own: Partial<RemoteBlobs> = {},
  files: Partial<Pick<TransferPorts, 'holders' | 'isWanted' | 'maySend'>> = {},
) {
  const root = tempFolder()
  const clock = new ManualClock()
  const temp = new TempFolder(root, systemRandom)
  const disk = new NodeBlobDisk(new ConfinedFolder(root), temp)
  const events: string[] = []
  const transfers = new Transfers(
    {
      ...{ disk, remote: remoteWith(own), holders: () => [], isWanted: () => true },
      ...{ maySend: () => true, ...files },
      ...{ clock, random: systemRandom, log: silentLogger },
    },
    {
      onSent: (path) => void events.push(`sent ${path}`),
      onChanged: (path) => void events.push(`changed ${path}`),
      onDiskFull: () => void events.push('full'),
      onEnded: () => undefined,
      onReceived: (hash) => void events.push(`received ${hash}`),
    },
  )
  const write = (name: string, bytes: Uint8Array) => writeFileSync(join(root, name), bytes)
  const send = async (name: string) => {
    const found = await fingerprintOf(disk, name)
    return { hash: found.file.hash, isThere: transfers.send(vaultPath(name), found) }
  }
  const told = (event: string) => vi.waitFor(() => expect(events).toContain(event), 20_000)
  const part = (hash: BlobHash) => temp.part(hash)
  return { root, clock, disk, events, transfers, write, send, told, part }
}

test('BLOB-18 a file goes from one folder to the part of another, and only once', async () => {
  const [a, b] = [device(), device()]
  const bytes = new SeededRandom(71).bytes(7 * megabyte)
  a.transfers.connected()
  b.transfers.connected()
  a.write('a.bin', bytes)
  const { hash, isThere } = await a.send('a.bin')
  expect(isThere).toBe(false)
  await a.told('sent a.bin')
  expect((await a.send('a.bin')).isThere).toBe(true)
  expect(b.transfers.fetch(hash, bytes.length)).toBe(false)
  await b.told(`received ${hash}`)
  expect(b.transfers.fetch(hash, bytes.length)).toBe(true)
  expect(readFileSync(b.part(hash)).equals(bytes)).toBe(true)
  expect([a.transfers.up.files, b.transfers.down.files]).toEqual([0, 0])
})

test('BLOB-18 what waits for a connection goes when there is one, the small ones first', async () => {
  const order: number[] = []
  const put: RemoteBlobs['put'] = async (hash, bytes, signal) => {
    order.push(bytes.length)
    await http.put(hash, bytes, signal)
  }
  const { write, send, transfers, told } = device({ put })
  const sizes = [900_000, 5, 700_000, 30, 800_000, 1000, 600_000]
  for (const size of sizes) {
    write(`${size}.bin`, new SeededRandom(size).bytes(size))
    await send(`${size}.bin`)
  }
  expect(transfers.up).toEqual({ files: 7, bytes: sizes.reduce((a, b) => a + b), done: 0 })
  transfers.connected()
  for (const size of sizes) await told(`sent ${size}.bin`)
  expect(order.slice(0, 4).toSorted((a, b) => a - b)).toEqual([5, 30, 1000, 600_000])
})

test('BLOB-19 a failure is told and tried again; a connection that ends stops all, and the next goes on', async () => {
  let isFull = true
  const put: RemoteBlobs['put'] = async (hash, bytes, signal) => {
    if (isFull) throw new AppError('storage-full', 'no room')
    await http.put(hash, bytes, signal)
  }
  const { write, send, transfers, told, clock, events } = device({ put })
  write('a.bin', new SeededRandom(81).bytes(megabyte))
  transfers.connected()
  await send('a.bin')
  const failing = () => transfers.failures.map(({ reason }) => reason.code)
  await vi.waitFor(() => expect(failing()).toEqual(['storage-full']))
  transfers.disconnected()
  isFull = false
  clock.advance(60_000)
  expect(events).not.toContain('sent a.bin')
  transfers.connected()
  expect(failing()).toEqual(['storage-full'])
  await told('sent a.bin')
  await vi.waitFor(() => expect(failing()).toEqual([]))
})

test.each(['forbidden', 'too-large'] as const)(
  'BLOB-25 what the relay refuses as %s is told and kept, and offered again on the next connection',
  async (code) => {
    let refusals = 0
    const put: RemoteBlobs['put'] = async (hash, bytes, signal) => {
      if (++refusals === 1) throw new AppError(code, 'no')
      await http.put(hash, bytes, signal)
    }
    const { write, send, transfers, told, clock } = device({ put })
    write('a.bin', utf8(`refused as ${code}`))
    transfers.connected()
    await send('a.bin')
    await vi.waitFor(() => expect(transfers.failures).toHaveLength(1))
    clock.advance(60_000)
    expect([refusals, transfers.up.files]).toEqual([1, 1])
    transfers.disconnected()
    transfers.connected()
    await told('sent a.bin')
  },
)

test('BLOB-25 a connection that breaks is told when it does so again and again', async () => {
  const put = vi.fn<RemoteBlobs['put']>(() => Promise.reject(new AppError('unreachable', 'cut')))
  const { write, send, transfers, clock } = device({ put })
  write('a.bin', utf8('cut'))
  transfers.connected()
  await send('a.bin')
  await vi.waitFor(() => expect(put).toHaveBeenCalledTimes(1))
  expect(transfers.failures).toEqual([])
  await vi.waitFor(() => {
    clock.advance(1000)
    expect(transfers.failures).toMatchObject([{ what: { path: 'a.bin' } }])
  })
})

test('BLOB-26 what the relay lacks of the files here is sent, small and large', async () => {
  const { write, disk, transfers, told, events } = device()
  const files: LocalFile[] = []
  for (const [name, size] of [
    ['small.bin', 10],
    ['large.bin', 6 * megabyte],
    ['there.bin', 20],
  ] as const) {
    write(name, new SeededRandom(size).bytes(size))
    const path = vaultPath(name)
    const { file, stat } = await fingerprintOf(disk, path)
    files.push({ path, hash: file.hash, stat })
  }
  const hashes = files.map(({ hash }) => hash)
  const { signal } = new AbortController()
  await http.put(hashes[2] ?? expect.unreachable(), new SeededRandom(20).bytes(20), signal)
  transfers.connected()
  transfers.offer(files)
  await told('sent small.bin')
  await told('sent large.bin')
  expect(await http.missing(hashes, signal)).toEqual([])
  expect(events).not.toContain('sent there.bin')
})

test('BLOB-27 what nobody waits for any more is not fetched on', async () => {
  const a = device()
  a.transfers.connected()
  a.write('a.bin', new SeededRandom(85).bytes(24 * megabyte))
  const { hash } = await a.send('a.bin')
  await a.told('sent a.bin')
  const isWanted = vi.fn(() => true)
  const get = vi.fn<RemoteBlobs['get']>((...args) => {
    isWanted.mockReturnValue(false)
    return http.get(...args)
  })
  const b = device({ get }, { isWanted })
  b.transfers.connected()
  b.transfers.fetch(hash, 24 * megabyte)
  await vi.waitFor(() => expect(b.transfers.isIdle).toBe(true), 10_000)
  expect(get.mock.calls.length).toBeLessThan(10)
  expect(b.events).toEqual([])
})

test('BLOB-87 what is left out from now on is not sent on: neither what runs nor what waits or failed', async () => {
  const left = new Set<string>()
  const put = vi.fn<RemoteBlobs['put']>((_hash, bytes, signal) => {
    if (bytes.length === 1) return Promise.reject(new AppError('forbidden', 'no'))
    return new Promise((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error)),
    )
  })
  const { write, send, transfers, told, events } = device(
    { put },
    { maySend: (path) => !left.has(path) },
  )
  const names = ['1', '21', '301', '4001', '50001', '600001']
  transfers.connected()
  for (const name of names) {
    write(name, new SeededRandom(Number(name)).bytes(Number(name)))
    await send(name)
  }
  await vi.waitFor(() => expect([transfers.failures.length, put.mock.calls.length]).toEqual([1, 5]))
  for (const name of names) left.add(name)
  transfers.endUnwanted()
  await vi.waitFor(() => expect(transfers.isIdle).toBe(true))
  expect([put.mock.calls.length, transfers.failures, events]).toEqual([5, [], []])
  left.clear()
  put.mockResolvedValue(undefined)
  await send('21')
  await told('sent 21')
})

test('BLOB-86 what is wanted again while fetching it ends is fetched', async () => {
  const bytes = new SeededRandom(87).bytes(6 * megabyte)
  const a = device()
  a.transfers.connected()
  a.write('a.bin', bytes)
  const { hash } = await a.send('a.bin')
  await a.told('sent a.bin')
  let isWanted = true
  const get = vi.fn<RemoteBlobs['get']>((...args) => {
    if (get.mock.calls.length > 1) return http.get(...args)
    isWanted = false
    args[2].addEventListener('abort', () => {
      isWanted = true
      b.transfers.fetch(hash, bytes.length)
    })
    return http.get(...args)
  })
  const b = device({ get }, { isWanted: () => isWanted })
  b.transfers.connected()
  b.transfers.fetch(hash, bytes.length)
  await b.told(`received ${hash}`)
  expect(readFileSync(b.part(hash)).equals(bytes)).toBe(true)
})

test.each(['before', 'after'] as const)(
  'BLOB-69 HC-139 who asked in vain goes on when the bytes are there, also when that is heard %s the answer',
  async (when) => {
    const bytes = new SeededRandom(86).bytes(1000)
    const hash = blobHashOf(bytes)
    const answers = vi.fn<() => Promise<void>>()
    answers.mockRejectedValueOnce(new AppError('not-found', 'not yet'))
    const b = device({
      get: async () => {
        if (when === 'before') b.transfers.arrived(hash)
        await answers()
        return bytes
      },
    })
    b.transfers.connected()
    b.transfers.fetch(hash, bytes.length)
    await vi.waitFor(() => expect(answers).toHaveBeenCalled(), 10_000)
    if (when === 'after') {
      await vi.waitFor(() => expect(b.transfers.failures).toHaveLength(1), 10_000)
      b.transfers.arrived(hash)
    }
    await b.told(`received ${hash}`)
  },
)

test('BLOB-15 a file that changed before it was sent is looked at again, and not taken for what it was', async () => {
  const { root, write, send, transfers, told } = device()
  write('a.bin', new SeededRandom(91).bytes(2 * megabyte))
  const { hash } = await send('a.bin')
  truncateSync(join(root, 'a.bin'), megabyte)
  transfers.connected()
  await told('changed a.bin')
  expect(await http.missing([hash], new AbortController().signal)).toEqual([hash])
})

test('BLOB-15 bytes of which the relay says that they are others are read again', async () => {
  const put: RemoteBlobs['put'] = () => Promise.reject(new AppError('hash-mismatch', 'others'))
  const { write, send, transfers, told, events } = device({ put })
  transfers.connected()
  write('a.bin', utf8('other bytes'))
  await send('a.bin')
  await told('changed a.bin')
  expect([events.length, transfers.up.files, transfers.failures.length]).toEqual([1, 0, 0])
})

test('BLOB-16 what a relay lies about is not taken, and is asked for again alone', async () => {
  const a = device()
  const bytes = new SeededRandom(95).bytes(6 * megabyte)
  a.write('a.bin', bytes)
  a.transfers.connected()
  const { hash } = await a.send('a.bin')
  await a.told('sent a.bin')
  let lies = 1
  const got: BlobHash[] = []
  const get: RemoteBlobs['get'] = async (chunk, size, signal) => {
    if (got.length === 3 && lies-- > 0) return new Uint8Array(size)
    got.push(chunk)
    return await http.get(chunk, size, signal)
  }
  const b = device({ get })
  b.transfers.connected()
  b.transfers.fetch(hash, bytes.length)
  const lied = { what: { way: 'down', hash }, reason: { code: 'hash-mismatch' } }
  await vi.waitFor(() => expect(b.transfers.failures).toMatchObject([lied]))
  await vi.waitFor(() => {
    b.clock.advance(1000)
    expect(b.events).toContain(`received ${hash}`)
  })
  const chunks = new Set(got).size
  expect(chunks).toBeGreaterThan(5)
  expect(got.length - chunks).toBeLessThanOrEqual(chunksAtOnce)
  expect(readFileSync(b.part(hash)).equals(bytes)).toBe(true)
  expect(readdirSync(join(b.root, '.undrift/tmp'))).toEqual([`b-${hash}`])
})

test('BLOB-20 stopping ends what runs', async () => {
  const put: RemoteBlobs['put'] = (_hash, _bytes, signal) =>
    new Promise((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error)),
    )
  const { write, send, transfers, events } = device({ put })
  write('a.bin', new SeededRandom(99).bytes(1000))
  transfers.connected()
  await send('a.bin')
  await transfers.stop()
  expect([transfers.up.files, events]).toEqual([0, []])
})

test('BLOB-23 of a large file only what the version here lacks is fetched, also when the relay forgot that version', async () => {
  const before = new SeededRandom(101).bytes(12 * megabyte)
  const after = Buffer.from(before)
  after.set(new SeededRandom(102).bytes(megabyte), 6 * megabyte)
  const a = device()
  a.transfers.connected()
  a.write('a.bin', after)
  const { hash } = await a.send('a.bin')
  await a.told('sent a.bin')
  let fetched = 0
  const get: RemoteBlobs['get'] = async (...args) => {
    fetched += args[1]
    return http.get(...args)
  }
  const b = device({ get })
  b.transfers.connected()
  b.write('b.bin', before)
  const path = vaultPath('b.bin')
  const { file, stat } = await fingerprintOf(b.disk, path)
  b.transfers.fetch(hash, after.length, { path, hash: file.hash, stat })
  await b.told(`received ${hash}`)
  expect(readFileSync(b.part(hash)).equals(after)).toBe(true)
  expect(fetched).toBeLessThan(5 * megabyte)
})

test.each([1000, 9 * megabyte])('BLOB-23 a copy of %i bytes is not fetched', async (size) => {
  const a = device()
  a.transfers.connected()
  const bytes = new SeededRandom(size).bytes(size)
  a.write('a.bin', bytes)
  const { hash } = await a.send('a.bin')
  await a.told('sent a.bin')
  const [path, gone] = [vaultPath('b.bin'), vaultPath('gone.bin')]
  const get: RemoteBlobs['get'] = () => expect.unreachable()
  const holders = () => [
    { path: gone, hash, stat },
    { path, hash, stat },
  ]
  const b = device({ get }, { holders })
  b.transfers.connected()
  b.write('b.bin', bytes)
  const { stat } = await fingerprintOf(b.disk, path)
  b.transfers.fetch(hash, size)
  await b.told(`received ${hash}`)
  expect(readFileSync(b.part(hash)).equals(bytes)).toBe(true)
})

test('BLOB-25 a file that is larger than any relay takes is not begun to be sent', async () => {
  const asked = (): never => expect.unreachable()
  const remote = remoteWith({ missing: asked, put: asked, join: asked })
  const part = { hash: 'a'.repeat(64) as BlobHash, size: maxChunkBytes }
  const parts = Array.from({ length: maxBlobBytes / maxChunkBytes + 1 }, () => part)
  const { signal } = new AbortController()
  const sent = upload({
    ...{ remote, file: { hash: part.hash, parts }, signal },
    ...{ read: asked, onSent: asked },
  })
  await expect(sent).rejects.toMatchObject({ code: 'too-large' })
})
