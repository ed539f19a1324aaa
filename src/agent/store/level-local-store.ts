// The local store on LevelDB. Commits that come while one is being synced share the next sync.
import { join } from 'node:path'
import { makeFolder } from '../../make-folder.ts'
import { AppError } from '../../shared/errors.ts'
import { type DocId, type FileId, parseDocId, parseId } from '../../shared/ids.ts'
import type { Logger } from '../../shared/ports.ts'
import type { FileFacts } from '../core/facts.ts'
import { buildBatch } from './batch.ts'
import { idKey, keyId, keyKind, keyPosition, kindRange, logKey, logRange, soleKey } from './keys.ts'
import { type Db, isDamage, openLevel, toStoreError, writeBatch } from './level-db.ts'
import type { LocalStore, LogEntry, StoreChange, StoredVault } from './local-store.ts'
import { quarantine } from './quarantine.ts'
import { decodeCensus, decodeCursor, decodeFacts, decodeFolders, decodeIndex } from './records.ts'
import { readSeal, writeSeal } from './seal.ts'
import { Tally } from './tally.ts'

export type LevelLocalStoreOptions = {
  /** Folder of the store, created if need be. */
  readonly folder: string
  readonly logger: Logger
  /** Puts a damaged store aside and starts an empty one, instead of throwing `AppError('storage')`. */
  readonly putDamagedAside?: boolean
}

type Waiting = {
  readonly changes: readonly StoreChange[]
  readonly done: () => void
  readonly failed: (error: AppError) => void
}

export class LevelLocalStore implements LocalStore {
  private readonly options: LevelLocalStoreOptions
  private db: Db | undefined
  private tally = new Tally()
  /** Nobody knows what is on disk then: nothing more is written before the store is opened again. */
  private hasFailed = false
  private waiting: Waiting[] = []
  private pumping: Promise<void> | undefined

  constructor(options: LevelLocalStoreOptions) {
    this.options = options
  }

  async open(): Promise<StoredVault> {
    try {
      return await this.openChecked()
    } catch (thrown) {
      await this.closeDb()
      const error = toStoreError(thrown)
      if (!isDamage(thrown) || this.options.putDamagedAside !== true) throw error
      const aside = quarantine(this.options.folder)
      this.options.logger.error('store.damaged', { aside, why: error.message })
      return await this.openChecked()
    }
  }

  /** Most logs have only their first entry: read as such, without a thread, that takes a tenth of the time. */
  async readLog(doc: DocId): Promise<LogEntry[]> {
    if (this.tally.lastPosition(doc) === 1) {
      const update = this.opened().getSync(logKey(doc, 1))
      return update === undefined ? [] : [{ at: 1, update: plain(update) }]
    }
    const entries = await this.opened().iterator(logRange(doc)).all()
    return entries.map(([key, update]) => ({ at: keyPosition(key), update: plain(update) }))
  }

  async readBaseText(id: FileId): Promise<string | undefined> {
    const bytes = await this.opened().get(idKey(keyKind.baseText, id))
    return bytes === undefined ? undefined : utf8.decode(bytes)
  }

  async commit(changes: readonly StoreChange[]): Promise<void> {
    await new Promise<void>((done, failed) => {
      this.waiting.push({ changes, done, failed })
      this.pumping ??= this.pump()
    })
  }

  async close(): Promise<void> {
    await this.pumping
    // After a failed write the tally may be ahead of the store, and a seal so far ahead would condemn it.
    const isSure = this.db !== undefined && !this.hasFailed
    if (isSure) writeSeal(this.options.folder, this.tally.generation)
    await this.closeDb()
  }

  private async pump(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting
      this.waiting = []
      try {
        await this.write(group.flatMap(({ changes }) => changes))
        for (const { done } of group) done()
      } catch (thrown) {
        this.hasFailed = true
        // What was asked for after a failure must not take effect without what came before.
        const error = toStoreError(thrown)
        for (const { failed } of [...group, ...this.waiting.splice(0)]) failed(error)
      }
    }
    this.pumping = undefined
  }

  private async write(changes: readonly StoreChange[]): Promise<void> {
    if (this.hasFailed) throw new AppError('storage', 'the local store must be opened again')
    const db = this.opened()
    await writeBatch(db, await buildBatch(db, this.tally, changes))
  }

  private async openChecked(): Promise<StoredVault> {
    const { folder } = this.options
    makeFolder(folder)
    const sealed = readSeal(folder)
    this.db = await openLevel(join(folder, 'level'))
    this.tally = new Tally()
    const vault = await this.load(this.db)
    if (sealed !== undefined && this.tally.generation < sealed) {
      throw new AppError('storage', 'the local store has lost its last changes')
    }
    writeSeal(folder, this.tally.generation)
    this.hasFailed = false
    return vault
  }

  /** Reads what `open` gives and counts all of it. */
  private async load(db: Db): Promise<StoredVault> {
    const files = await this.loadFacts(db)
    for (const key of await db.keys(kindRange(keyKind.baseText)).all()) {
      const id = parseId<FileId>(keyId(key))
      if (id !== undefined) this.tally.setText(id, true)
    }
    for await (const key of db.keys(kindRange(keyKind.log))) this.countLogEntry(key)
    await this.compareWithCensus(db)
    const cursor = await db.get(soleKey(keyKind.cursor))
    const index = await db.get(soleKey(keyKind.index))
    const folders = await db.get(soleKey(keyKind.folders))
    return {
      ...(cursor === undefined ? { epoch: '', cursor: 0 } : decodeCursor(cursor)),
      files,
      folders: folders === undefined ? [] : decodeFolders(folders),
      index: index === undefined ? { head: 0, unacked: [] } : decodeIndex(index),
    }
  }

  private async loadFacts(db: Db): Promise<FileFacts[]> {
    const values = await db.values(kindRange(keyKind.facts)).all()
    return values.map((bytes) => {
      const facts = decodeFacts(bytes)
      this.tally.setFacts(facts.id, bytes)
      return facts
    })
  }

  private countLogEntry(key: Uint8Array): void {
    this.tally.logs += 1
    const doc = parseDocId(keyId(key))
    if (doc !== undefined) this.tally.sawPosition(doc, keyPosition(key))
  }

  private async compareWithCensus(db: Db): Promise<void> {
    const bytes = await db.get(soleKey(keyKind.census))
    if (bytes !== undefined) {
      const census = decodeCensus(bytes)
      this.tally.generation = census.generation
      if (JSON.stringify(census) === JSON.stringify(this.tally.census())) return
    } else {
      const { logs, facts, texts } = this.tally.census()
      if (logs + facts + texts === 0) return
    }
    throw new AppError('storage', 'the local store has lost records')
  }

  private opened(): Db {
    if (this.db === undefined) throw new AppError('storage', 'the local store is not open')
    return this.db
  }

  private async closeDb(): Promise<void> {
    const { db } = this
    this.db = undefined
    await db?.close()
  }
}

/** The binding gives Buffers, whose `slice` differs from that of a plain array. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
