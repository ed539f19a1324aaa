// Binary files on disk: read from one moment, in parts; and put together in parts before they have a name.
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Fingerprinted, Part, Readable } from '../blob/blob-disk.ts'
import { fingerprint } from '../blob/fingerprint.ts'
import { type FileStat, sameStat } from '../core/facts.ts'
import { AppError } from '../../shared/errors.ts'
import { toFileStat } from './file-stat.ts'
import { writeProblem } from './problems.ts'
import { checkRoom } from './room.ts'

/** Never waits for the other end of a pipe, never follows a link. Absent on Windows. */
const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0)
const partFlags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0)
/** What `stat` counts in. */
const blockBytes = 512
const readBytes = 1024 * 1024

/** Undefined when `file` is no regular file or changed meanwhile. Throws what `open` throws, and when aborted. */
export async function fingerprintFile(
  file: string,
  signal?: AbortSignal,
): Promise<Fingerprinted | undefined> {
  const handle = await open(file, readFlags)
  try {
    const before = await handle.stat({ bigint: true })
    if (!before.isFile()) return undefined
    const stat = toFileStat(before)
    const found = await fingerprint(bytesOf(handle, signal))
    const after = await handle.stat({ bigint: true })
    return sameStat(toFileStat(after), stat) ? { file: found, stat } : undefined
  } finally {
    await handle.close()
  }
}

class OpenFile implements Readable {
  protected readonly handle: FileHandle

  constructor(handle: FileHandle) {
    this.handle = handle
  }

  async read(at: number, size: number): Promise<Uint8Array> {
    const { size: end } = await this.handle.stat()
    const bytes = new Uint8Array(Math.max(0, Math.min(size, end - at)))
    const length = await fill(this.handle, bytes, at)
    return bytes.subarray(0, length)
  }

  async close(): Promise<void> {
    await this.handle.close()
  }
}

class PartFile extends OpenFile implements Part {
  private readonly file: string

  constructor(handle: FileHandle, file: string) {
    super(handle)
    this.file = file
  }

  async write(at: number, bytes: Uint8Array): Promise<void> {
    await checkRoom(this.file, bytes.length)
    await storing(async () => {
      for (let done = 0; done < bytes.length;) {
        const left = bytes.length - done
        const { bytesWritten } = await this.handle.write(bytes, done, left, at + done)
        done += bytesWritten
      }
    })
  }

  async finish(size: number): Promise<void> {
    await storing(async () => {
      await this.handle.truncate(size)
      await this.handle.sync()
    })
  }
}

/** Throws `storage-full` or `storage` where the disk does not take it. */
async function storing<Result>(store: () => Promise<Result>): Promise<Result> {
  try {
    return await store()
  } catch (thrown) {
    const { code, message } = writeProblem(thrown)
    throw new AppError(code === 'disk-full' ? 'storage-full' : 'storage', message, thrown)
  }
}

/** Undefined when `file` is not `expected` any more. */
export async function openFile(file: string, expected: FileStat): Promise<Readable | undefined> {
  const handle = await open(file, readFlags)
  let isExpected = false
  try {
    const stats = await handle.stat({ bigint: true })
    isExpected = stats.isFile() && sameStat(toFileStat(stats), expected)
    return isExpected ? new OpenFile(handle) : undefined
  } finally {
    if (!isExpected) await handle.close()
  }
}

/** What the file has of its `size` bytes already needs no more room. */
export async function openPart(file: string, size: number): Promise<Part> {
  const handle = await storing(() => open(file, partFlags))
  try {
    const { blocks } = await handle.stat()
    await checkRoom(file, size - blocks * blockBytes)
    return new PartFile(handle, file)
  } catch (thrown) {
    await handle.close()
    throw thrown
  }
}

async function* bytesOf(handle: FileHandle, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const bytes = new Uint8Array(readBytes)
  for (let at = 0; ;) {
    signal?.throwIfAborted()
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, at)
    if (bytesRead === 0) return
    yield bytes.subarray(0, bytesRead)
    at += bytesRead
  }
}

/** How many bytes there were. */
async function fill(handle: FileHandle, bytes: Uint8Array, from: number): Promise<number> {
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, from + at)
    if (bytesRead === 0) return at
    at += bytesRead
  }
  return bytes.length
}
