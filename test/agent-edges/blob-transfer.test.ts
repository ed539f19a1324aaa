// Binary files between a device and a real relay, over connections that break.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { download } from '../../src/agent/blob/download.ts'
import { type Fingerprint, blobHashOf, fingerprint } from '../../src/agent/blob/fingerprint.ts'
import type { RemoteBlobs } from '../../src/agent/blob/remote-blobs.ts'
import { upload } from '../../src/agent/blob/upload.ts'
import { HttpBlobs } from '../../src/agent/link/http-blobs.ts'
import { AppError } from '../../src/shared/errors.ts'
import { type BlobHash, type VaultId, parseId } from '../../src/shared/ids.ts'
import { SeededRandom } from '../fakes/seeded-random.ts'
import { LiveRelay, type Member } from '../relay/support/live-relay.ts'

const megabyte = 1024 * 1024
const never = new AbortController().signal

/** A connection that breaks at random, before or after the relay has done what it was asked. */
class BreakingRemote implements RemoteBlobs {
  readonly sent: BlobHash[] = []
  readonly got: BlobHash[] = []
  readonly #remote: RemoteBlobs
  readonly #random: SeededRandom
  breaksLeft: number

  constructor(remote: RemoteBlobs, seed: number, breaks: number) {
    this.#remote = remote
    this.#random = new SeededRandom(seed)
    this.breaksLeft = breaks
  }

  missing = (...args: Parameters<RemoteBlobs['missing']>) =>
    this.#breaking(() => this.#remote.missing(...args))
  join = (...args: Parameters<RemoteBlobs['join']>) =>
    this.#breaking(() => this.#remote.join(...args))
  partsOf = (...args: Parameters<RemoteBlobs['partsOf']>) =>
    this.#breaking(() => this.#remote.partsOf(...args))
  put = async (...args: Parameters<RemoteBlobs['put']>) => {
    await this.#breaking(() => this.#remote.put(...args))
    this.sent.push(args[0])
  }
  get = async (...args: Parameters<RemoteBlobs['get']>) => {
    const bytes = await this.#breaking(() => this.#remote.get(...args))
    this.got.push(args[0])
    return bytes
  }

  async #breaking<Result>(ask: () => Promise<Result>): Promise<Result> {
    this.#maybeBreak()
    const answer = await ask()
    this.#maybeBreak()
    return answer
  }

  #maybeBreak(): void {
    if (this.breaksLeft === 0 || this.#random.fraction() > 0.3) return
    this.breaksLeft -= 1
    throw new AppError('unreachable', 'cut')
  }
}

let relay: LiveRelay
let member: Member
let remote: HttpBlobs
beforeAll(async () => {
  relay = await LiveRelay.start()
  member = await relay.owner()
})
afterAll(() => relay[Symbol.asyncDispose]())
beforeEach(() => {
  const vault = parseId<VaultId>(member.vault.id) ?? expect.unreachable()
  remote = new HttpBlobs({ relay: relay.url, vault, token: member.token })
})

async function* stream(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

async function given(bytes: Uint8Array) {
  const file = await fingerprint(stream(bytes))
  const read = async (at: number, size: number) => bytes.subarray(at, at + size)
  const send = (by: RemoteBlobs, signal = never) => {
    let done = 0
    const onSent = (size: number): void => void (done += size)
    return upload({ remote: by, file, read, signal, onSent }).then(() => done)
  }
  return { file, read, send }
}

function emptyTarget(size: number) {
  const bytes = new Uint8Array(size)
  return {
    bytes,
    read: async (at: number, length: number) => bytes.slice(at, at + length),
    write: async (at: number, part: Uint8Array) => bytes.set(part, at),
  }
}

type Into = { by?: RemoteBlobs; target?: ReturnType<typeof emptyTarget>; from?: Uint8Array }

async function fetchFile({ hash, parts }: Fingerprint, { by = remote, target, from }: Into = {}) {
  const size = parts.reduce((sum, part) => sum + part.size, 0)
  const into = target ?? emptyTarget(size)
  const here = new Map<BlobHash, Uint8Array>()
  if (from !== undefined) {
    let at = 0
    for (const part of (await fingerprint(stream(from))).parts) {
      here.set(part.hash, from.subarray(at, at + part.size))
      at += part.size
    }
  }
  const local = async (part: { hash: BlobHash }) => here.get(part.hash)
  const onReceived = (): void => undefined
  await download({ remote: by, hash, size, target: into, local, signal: never, onReceived })
  return into.bytes
}

async function untilDone<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await attempt()
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.code !== 'unreachable') throw thrown
    }
  }
}

test.each([
  ['nothing', 0],
  ['a byte', 1],
  ['a chunk', 4 * megabyte],
  ['many chunks', 14 * megabyte],
])('BLOB-12 %s goes to the relay and comes back', async (_, size) => {
  const bytes = new SeededRandom(size + 1).bytes(size)
  const { file, send } = await given(bytes)
  expect(await send(remote)).toBe(size)
  expect(await send(remote)).toBe(0)
  expect(blobHashOf(await fetchFile(file))).toBe(file.hash)
})

test('BLOB-13 HC-132 a connection cut twenty times: the file is whole, no chunk that was taken goes twice', async () => {
  const bytes = new SeededRandom(21).bytes(24 * megabyte)
  const { file, send } = await given(bytes)
  const up = new BreakingRemote(remote, 1, 20)
  await untilDone(() => send(up))
  expect(new Set(up.sent).size).toBe(up.sent.length)
  const down = new BreakingRemote(remote, 2, 20)
  const target = emptyTarget(bytes.length)
  await untilDone(() => fetchFile(file, { by: down, target }))
  expect(new Set(down.got).size).toBe(down.got.length)
  expect(Buffer.compare(target.bytes, bytes)).toBe(0)
})

test('BLOB-14 of a file that changed in the middle only what changed travels', async () => {
  const before = new SeededRandom(31).bytes(20 * megabyte)
  const edit = new SeededRandom(32).bytes(megabyte)
  const middle = before.length / 2
  const after = Buffer.concat([
    before.subarray(0, middle),
    edit,
    before.subarray(middle + megabyte),
  ])
  await (await given(before)).send(remote)
  const { file, send } = await given(after)
  expect(await send(remote)).toBeLessThan(4 * megabyte)
  const down = new BreakingRemote(remote, 1, 0)
  expect(Buffer.compare(await fetchFile(file, { by: down, from: before }), after)).toBe(0)
  const sizes = new Map(file.parts.map(({ hash, size }) => [hash, size]))
  const received = down.got.reduce((sum, hash) => sum + (sizes.get(hash) ?? 0), 0)
  expect(received).toBeLessThan(4 * megabyte)
})

test('BLOB-15 a file that changes while it is sent is not taken for the old one', async () => {
  const bytes = new SeededRandom(41).bytes(6 * megabyte)
  const { file } = await given(bytes)
  const read = async (at: number, size: number) => bytes.slice(at, at + size).fill(0, 0, 10)
  const sent = upload({ remote, file, read, signal: never, onSent: () => undefined })
  await expect(sent).rejects.toMatchObject({ code: 'hash-mismatch' })
  expect(await remote.missing([file.hash], never)).toEqual([file.hash])
})

test('BLOB-16 a relay that lies about chunks, sizes or bytes is not believed', async () => {
  const bytes = new SeededRandom(51).bytes(6 * megabyte)
  const { file, send } = await given(bytes)
  await send(remote)
  const lies: Partial<RemoteBlobs>[] = [
    { partsOf: async () => file.parts.slice(1) },
    { partsOf: async () => file.parts.toReversed() },
    { partsOf: async () => file.parts.map((part) => ({ ...part, size: part.size + 1 })) },
    { get: async (_hash, size) => new Uint8Array(size) },
    { get: async () => new Uint8Array() },
  ]
  for (const lie of lies) {
    const honest: RemoteBlobs = {
      missing: (...args) => remote.missing(...args),
      put: (...args) => remote.put(...args),
      join: (...args) => remote.join(...args),
      partsOf: (...args) => remote.partsOf(...args),
      get: (...args) => remote.get(...args),
    }
    const fetched = fetchFile(file, { by: { ...honest, ...lie } })
    await expect(fetched).rejects.toMatchObject({ code: 'hash-mismatch' })
  }
})

test('BLOB-61 chunks that the relay finds to be damaged are sent again; one that loses them for ever is told from that', async () => {
  const bytes = new SeededRandom(55).bytes(6 * megabyte)
  const { file, send } = await given(bytes)
  const breaking = new BreakingRemote(remote, 1, 0)
  const [lost] = file.parts
  if (lost === undefined) return expect.unreachable()
  let losses = 1
  const join: RemoteBlobs['join'] = async (...args) =>
    losses-- > 0 ? [lost.hash] : remote.join(...args)
  await send(Object.assign(breaking, { join }))
  expect(breaking.sent.filter((hash) => hash === lost.hash)).toHaveLength(2)
  expect(blobHashOf(await fetchFile(file))).toBe(file.hash)
  const other = await given(new SeededRandom(56).bytes(6 * megabyte))
  const never = Object.assign(new BreakingRemote(remote, 1, 0), {
    join: async () => other.file.parts.slice(0, 1).map(({ hash }) => hash),
  })
  await expect(other.send(never)).rejects.toMatchObject({ code: 'storage' })
})

test('BLOB-76 what is sent again counts once', async () => {
  const bytes = new SeededRandom(57).bytes(6 * megabyte)
  const { file, read } = await given(bytes)
  const [lost] = file.parts
  if (lost === undefined) return expect.unreachable()
  await remote.put(lost.hash, bytes.subarray(0, lost.size), never)
  let losses = 1
  const join: RemoteBlobs['join'] = async (...args) =>
    losses-- > 0 ? [lost.hash] : remote.join(...args)
  const seen = [0]
  const count = (size: number): void => void seen.push((seen.at(-1) ?? 0) + size)
  const by = Object.assign(new BreakingRemote(remote, 1, 0), { join })
  await upload({ remote: by, file, read, signal: never, onSent: count, onThere: count })
  expect(Math.max(...seen)).toBe(bytes.length)
  expect(Math.min(...seen)).toBe(0)
  expect(seen.at(-1)).toBe(bytes.length)
})

test('BLOB-17 who stops a transfer is told why, and no more is asked of the relay', async () => {
  const bytes = new SeededRandom(61).bytes(10 * megabyte)
  const { send } = await given(bytes)
  const stopped = new AbortController()
  const why = new AppError('stopping', 'the agent stops')
  stopped.abort(why)
  await expect(send(remote, stopped.signal)).rejects.toBe(why)
})

test('BLOB-88 who stops while all of a file is checked waits for one chunk of it', async () => {
  const bytes = new SeededRandom(88).bytes(20 * megabyte)
  const { file, send } = await given(bytes)
  await send(remote)
  const [stop, why] = [new AbortController(), new Error('stop')]
  let reads = 0
  const read = async (at: number, size: number) => {
    reads++
    if (reads > file.parts.length) stop.abort(why)
    return bytes.slice(at, at + size)
  }
  const target = { ...emptyTarget(0), read }
  const [local, onReceived] = [async () => undefined, () => undefined]
  const options = { remote, hash: file.hash, size: bytes.length, target, local, onReceived }
  await expect(download({ ...options, signal: stop.signal })).rejects.toBe(why)
  expect(reads).toBe(file.parts.length + 1)
})
