// The relay's one LevelDB: bytes in, bytes out, synced batches while there is room, and errors in our own
// words. All writes take this way, since one that failed may harm the ones after it, whoever makes them.
import { ClassicLevel } from 'classic-level'
import { AppError } from '../../shared/errors.ts'
import { reserveBytes } from './ballast.ts'
import { makeFolder } from '../../make-folder.ts'

export type Row = { key: Uint8Array; value: Uint8Array }
export type RowChange = { type: 'put'; key: Uint8Array; value: Uint8Array } | RowRemoval
type RowRemoval = { type: 'del'; key: Uint8Array }
export type RowRange = { gte: Uint8Array; lt: Uint8Array; reverse?: boolean; limit?: number }

/** The free space is looked up again after so many batches. */
const batchesPerLook = 64

export class LevelDatabase {
  readonly #level: ClassicLevel<Uint8Array, Uint8Array>
  readonly #freeBytes: () => Promise<number>
  #lastTurn: Promise<unknown> = Promise.resolve()
  #isBroken = false
  #generation = 0
  #spareBytes = 0
  #batchesUntilLook = 0

  /** `freeBytes`: free bytes on the disk that holds `folder`. */
  constructor(folder: string, freeBytes: () => Promise<number>) {
    this.#freeBytes = freeBytes
    const options = { keyEncoding: 'view', valueEncoding: 'view', createIfMissing: true }
    this.#level = new ClassicLevel(folder, options)
  }

  /** Throws `locked` when another process has the folder open. */
  async open(): Promise<void> {
    await translated(async () => {
      makeFolder(this.#level.location)
      await this.#level.open()
    })
  }

  /** Without a thread: what was written lately is read in a tenth of the time. */
  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const value = await translated(async () => this.#level.getSync(key))
    return value === undefined ? undefined : plain(value)
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

  /**
   * All changes or none, on the disk (fsync) when it resolves; in the order of calls. Throws `storage-full`
   * while there is too little room for anything but deletions.
   */
  write(changes: RowChange[]): Promise<void> {
    return this.#inTurn(async () => {
      await this.#mend()
      await this.#assertRoom(changes)
      this.#isBroken = true
      await this.#writeBatch(changes).catch(throwUnsure)
      this.#isBroken = false
    })
  }

  /** An array given to `batch` costs seven times as much: each of its operations is copied, for hooks. */
  async #writeBatch(changes: readonly RowChange[]): Promise<void> {
    const batch = this.#level.batch()
    for (const change of changes) {
      if (change.type === 'put') batch.put(change.key, change.value)
      else batch.del(change.key)
    }
    await batch.write({ sync: true })
  }

  /** Opens anew what a failed write has harmed. Another number than before: read everything anew. */
  mend(): Promise<number> {
    return this.#inTurn(async () => {
      await this.#mend()
      return this.#generation
    })
  }

  /** Waits for the writes under way; idempotent. */
  close(): Promise<void> {
    return this.#inTurn(() => this.#level.close())
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const turn = this.#lastTurn.then(() => translated(work))
    this.#lastTurn = turn.catch(() => undefined)
    return turn
  }

  /** What a failed write left in LevelDB's log may swallow later ones: it is opened anew before those. */
  async #mend(): Promise<void> {
    if (!this.#isBroken) return
    // Once open it takes writes again, with the room that any write needs: more would keep a small disk shut.
    if ((await this.#freeBytes()) <= reserveBytes) throw diskFull()
    await this.#level.close()
    await this.#level.open()
    this.#isBroken = false
    this.#generation += 1
  }

  async #assertRoom(changes: readonly RowChange[]): Promise<void> {
    const puts = changes.filter((change) => change.type === 'put')
    if (puts.length === 0) return
    // LevelDB writes everything twice, to its log and to a table.
    for (const { key, value } of puts) this.#spareBytes -= 2 * (key.length + value.length)
    if (this.#spareBytes > 0 && --this.#batchesUntilLook > 0) return
    this.#spareBytes = (await this.#freeBytes()) - reserveBytes
    this.#batchesUntilLook = batchesPerLook
    if (this.#spareBytes <= 0) throw diskFull()
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

/** Agents show this to their users. */
function diskFull(cause?: unknown): AppError {
  return new AppError('storage-full', "the relay's disk is full", cause)
}

/** Also where the disk was full: a part may be on it, and count once the database is opened anew. */
function throwUnsure(thrown: unknown): never {
  throw new AppError('storage', codesOf(thrown).trim() || 'the store failed', thrown)
}

async function translated<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown
    const codes = codesOf(thrown)
    if (codes.includes('LEVEL_LOCKED')) {
      throw new AppError('locked', 'another relay has this data folder open', thrown)
    }
    if (/ENOSPC|No space left/.test(codes)) {
      throw diskFull(thrown)
    }
    throw new AppError('storage', codes.trim() || 'the store failed', thrown)
  }
}
