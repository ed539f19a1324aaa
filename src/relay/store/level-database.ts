// The relay's one LevelDB: bytes in, bytes out, synced batches, and errors in our own words.
import { ClassicLevel } from 'classic-level'
import { AppError } from '../../shared/errors.ts'
import { makeFolder } from './make-folder.ts'

export type Row = { key: Uint8Array; value: Uint8Array }
export type RowChange = { type: 'put'; key: Uint8Array; value: Uint8Array } | RowRemoval
type RowRemoval = { type: 'del'; key: Uint8Array }
export type RowRange = { gte: Uint8Array; lt: Uint8Array; reverse?: boolean; limit?: number }

export class LevelDatabase {
  readonly #level: ClassicLevel<Uint8Array, Uint8Array>

  constructor(folder: string) {
    const options = { keyEncoding: 'view', valueEncoding: 'view', createIfMissing: true }
    this.#level = new ClassicLevel(folder, options)
  }

  /** Throws `locked` when another process has the folder open. */
  async open(): Promise<void> {
    await translated(async () => {
      await makeFolder(this.#level.location)
      await this.#level.open()
    })
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return translated(() => this.#level.get(key))
  }

  async values(range: RowRange): Promise<Uint8Array[]> {
    const values = await translated(() => this.#level.values(range).all())
    return values.map(plain)
  }

  keys(range: RowRange): Promise<Uint8Array[]> {
    return translated(() => this.#level.keys(range).all())
  }

  async rows(range: RowRange): Promise<Row[]> {
    const entries = await translated(() => this.#level.iterator(range).all())
    return entries.map(([key, value]) => ({ key, value: plain(value) }))
  }

  /** All changes or none, on the disk (fsync) when it resolves. */
  async write(changes: RowChange[]): Promise<void> {
    await translated(() => this.#level.batch(changes, { sync: true }))
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await translated(() => this.#level.close())
  }
}

/** LevelDB hands out Buffers, whose `slice` does not copy. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Error codes of LevelDB and the system, nested as deep as abstract-level nests them. */
function codesOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return ''
  const code = 'code' in thrown ? String(thrown.code) : ''
  return `${code} ${thrown.message} ${codesOf(thrown.cause)}`
}

async function translated<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (thrown) {
    const codes = codesOf(thrown)
    if (codes.includes('LEVEL_LOCKED')) {
      throw new AppError('locked', 'another relay has this data folder open', thrown)
    }
    if (/ENOSPC|No space left/.test(codes)) {
      throw new AppError('storage-full', 'the disk is full', thrown)
    }
    throw new AppError('storage', codes.trim() || 'the store failed', thrown)
  }
}
