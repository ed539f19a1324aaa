// Chunks that other files on this disk have: they need not be fetched. What is read here is not checked.
import { maxChunkBytes } from '../../shared/blob/cut.ts'
import type { BlobPart } from '../../shared/blob/parts.ts'
import { toAppError } from '../../shared/errors.ts'
import type { BlobHash } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { FileStat } from '../core/facts.ts'
import type { BlobDisk, Readable } from './blob-disk.ts'
import { type Placed, placed } from './placed.ts'
import type { RemoteBlobs } from './remote-blobs.ts'

/** A file as it was when it was last looked at. */
export type LocalFile = {
  readonly path: VaultPath
  readonly hash: BlobHash
  readonly stat: FileStat
}

export type LocalSources = {
  readonly disk: BlobDisk
  readonly remote: RemoteBlobs
  /** Files with all the bytes that are wanted. */
  readonly copies: readonly LocalFile[]
  /** What the wanted bytes are to replace: its chunks may be among theirs. */
  readonly former: LocalFile | undefined
}

/** To be closed. */
export class LocalChunks {
  readonly #file: Readable | undefined
  /** Where it has a chunk. */
  readonly #placeOf: (part: Placed) => number | undefined

  private constructor(file?: Readable, placeOf: (part: Placed) => number | undefined = () => 0) {
    this.#file = file
    this.#placeOf = placeOf
  }

  /** Throws what `remote` throws. */
  static async open(sources: LocalSources, signal: AbortSignal): Promise<LocalChunks> {
    const { disk, copies, former } = sources
    for (const { path, stat } of copies) {
      const file = await disk.openFile(path, stat)
      if (file !== undefined) return new LocalChunks(file, ({ at }) => at)
    }
    if (former === undefined || former.stat.size <= maxChunkBytes) return new LocalChunks()
    const parts = await partsOf(sources, former, signal)
    const places = new Map(placed(parts).map(({ hash, at }) => [hash, at]))
    const file = await disk.openFile(former.path, former.stat)
    return new LocalChunks(file, ({ hash }) => places.get(hash))
  }

  /** What should be the chunk; undefined when no file here seems to have it. */
  async read(part: Placed): Promise<Uint8Array | undefined> {
    const at = this.#placeOf(part)
    return at === undefined ? undefined : await this.#file?.read(at, part.size)
  }

  async close(): Promise<void> {
    await this.#file?.close()
  }
}

/** The relay knows them without reading the file, if it still has it. */
async function partsOf(
  { disk, remote }: LocalSources,
  { path, hash }: LocalFile,
  signal: AbortSignal,
): Promise<readonly BlobPart[]> {
  try {
    return await remote.partsOf(hash, signal)
  } catch (thrown) {
    if (toAppError(thrown).code !== 'not-found') throw thrown
    const found = await disk.fingerprint(path)
    return found !== undefined && 'file' in found ? found.file.parts : []
  }
}
