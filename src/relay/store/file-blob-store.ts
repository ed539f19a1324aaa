// Blobs as files: <folder>/<vault>/<first two digits>/<hash>, or <hash>.parts where it is a longer one, or
// <hash>.damaged. The time of modification is when it was last in use.
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import {
  type FileHandle,
  mkdir,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  utimes,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import pLimit from 'p-limit'
import type { BlobPart } from '../../shared/blob/parts.ts'
import { AppError } from '../../shared/errors.ts'
import { type BlobHash, type VaultId, parseId } from '../../shared/ids.ts'
import { reserveBytes } from './ballast.ts'
import { type BlobStore, otherBytes } from './blob-store.ts'
import { openParts, sealParts } from './sealed-parts.ts'

const readBytes = 512 * 1024

const ending = { bytes: '', parts: '.parts', damaged: '.damaged' } as const
type Ending = (typeof ending)[keyof typeof ending]

export type FileBlobStoreOptions = {
  readonly folder: string
  /** Free bytes on the disk that holds it. */
  readonly freeBytes: () => Promise<number>
}

export class FileBlobStore implements BlobStore {
  readonly #folder: string
  readonly #freeBytes: () => Promise<number>
  /** One at a time: what comes or is noted to be in use is not removed right after it was found to be old. */
  readonly #inUse = pLimit(1)

  constructor({ folder, freeBytes }: FileBlobStoreOptions) {
    this.#folder = folder
    this.#freeBytes = freeBytes
  }

  async vaults(): Promise<VaultId[]> {
    const names = await orUndefined(readdir(this.#folder))
    return (names ?? []).flatMap((name) => parseId<VaultId>(name) ?? [])
  }

  async sizeOf(vault: VaultId, hash: BlobHash): Promise<number | undefined> {
    const found = await orUndefined(stat(this.#file(vault, hash, ending.bytes)))
    return found?.size
  }

  async partsOf(vault: VaultId, hash: BlobHash): Promise<readonly BlobPart[] | undefined> {
    const text = await orUndefined(readFile(this.#file(vault, hash, ending.parts), 'utf8'))
    return text === undefined ? undefined : openParts(hash, text)
  }

  async put(vault: VaultId, hash: BlobHash, bytes: Uint8Array): Promise<void> {
    const write = (handle: FileHandle) => handle.writeFile(bytes)
    await this.#write(this.#file(vault, hash, ending.bytes), bytes.length, write)
  }

  async receive(
    vault: VaultId,
    hash: BlobHash,
    size: number,
    source: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const digest = createHash('sha256')
    await this.#write(this.#file(vault, hash, ending.bytes), size, async (handle) => {
      for await (const part of source) {
        digest.update(part)
        await handle.writeFile(part)
      }
      if (digest.digest('hex') !== hash) throw otherBytes()
    })
  }

  async putParts(vault: VaultId, hash: BlobHash, parts: readonly BlobPart[]): Promise<void> {
    const text = sealParts(hash, parts)
    const write = (handle: FileHandle) => handle.writeFile(text)
    await this.#write(this.#file(vault, hash, ending.parts), text.length, write)
  }

  async *read(
    vault: VaultId,
    hash: BlobHash,
    from: number,
    to: number,
  ): AsyncGenerator<Uint8Array> {
    if (from >= to) return
    const file = this.#file(vault, hash, ending.bytes)
    try {
      yield* createReadStream(file, {
        start: from,
        end: to - 1,
        highWaterMark: readBytes,
      }) as AsyncIterable<Buffer>
    } catch (thrown) {
      throw new AppError('storage', `blob ${hash} cannot be read`, thrown)
    }
  }

  async setAside(vault: VaultId, hash: BlobHash): Promise<void> {
    const damaged = this.#file(vault, hash, ending.damaged)
    await orUndefined(rename(this.#file(vault, hash, ending.bytes), damaged))
    await this.#note(damaged)
  }

  async touch(vault: VaultId, hashes: Iterable<BlobHash>): Promise<void> {
    for (const hash of hashes) {
      if (await this.#note(this.#file(vault, hash, ending.bytes))) continue
      await this.#note(this.#file(vault, hash, ending.parts))
    }
  }

  async removeUnused(vault: VaultId, before: number): Promise<number> {
    let removed = 0
    const entries = await orUndefined(
      readdir(join(this.#folder, vault), { recursive: true, withFileTypes: true }),
    )
    for (const entry of entries ?? []) {
      if (!entry.isFile()) continue
      const file = join(entry.parentPath, entry.name)
      removed += await this.#inUse(() => removeIfOlder(file, before))
    }
    return removed
  }

  /** It is, or was, in use now. Whether it is there. */
  async #note(file: string): Promise<boolean> {
    const now = new Date()
    const note = (): Promise<boolean> => utimes(file, now, now).then(() => true)
    return (await this.#inUse(() => orUndefined(note()))) ?? false
  }

  #file(vault: VaultId, hash: BlobHash, kind: Ending): string {
    return join(this.#folder, vault, hash.slice(0, 2), hash + kind)
  }

  /** Under another name until all of it is on the disk for good. */
  async #write(
    file: string,
    size: number,
    write: (handle: FileHandle) => Promise<void>,
  ): Promise<void> {
    if ((await this.#freeBytes()) < reserveBytes + size) {
      throw new AppError('storage-full', 'the relay has no room for this file')
    }
    const folder = dirname(file)
    const temp = join(folder, `${randomUUID()}.new`)
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await withFile(temp, 'wx', async (handle) => {
        await write(handle)
        await handle.sync()
      })
      await this.#inUse(() => rename(temp, file))
      await withFile(folder, 'r', (handle) => handle.sync())
    } catch (thrown) {
      await rm(temp, { force: true })
      throw thrown instanceof AppError ? thrown : toStorageError(thrown)
    }
  }
}

async function withFile(
  path: string,
  flags: 'wx' | 'r',
  use: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(path, flags, 0o600)
  try {
    await use(handle)
  } finally {
    await handle.close()
  }
}

/** How many bytes went. */
async function removeIfOlder(file: string, before: number): Promise<number> {
  const found = await orUndefined(stat(file))
  if (found === undefined || found.mtimeMs >= before) return 0
  await rm(file)
  return found.size
}

/** Undefined where there is no such file. */
async function orUndefined<Result>(looking: Promise<Result>): Promise<Result | undefined> {
  try {
    return await looking
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined
    throw toStorageError(thrown)
  }
}

function toStorageError(thrown: unknown): AppError {
  const code = codeOf(thrown)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('storage-full', 'the relay has no room for this file', thrown)
  }
  return new AppError('storage', `the relay cannot keep files (${String(code)})`, thrown)
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
}
