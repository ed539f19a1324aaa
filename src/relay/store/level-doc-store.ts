// DocStore on LevelDB in y-leveldb's layout. Unlike y-leveldb it writes an update, its ledger line and the
// head in one synced batch, many edits to a batch, and lets every error out.
import * as Y from 'yjs'
import * as v from 'valibot'
import { AppError, toAppError } from '../../shared/errors.ts'
import { type DocId, type VaultId, parseDocId } from '../../shared/ids.ts'
import { compactUpdates } from './compact-updates.ts'
import type { DocStore, LedgerEntry, VaultState } from './doc-store.ts'
import { GroupCommit } from './group-commit.ts'
import type { LevelDatabase, RowChange } from './level-database.ts'
import {
  clockOf,
  epochKey,
  headKey,
  jsonValue,
  lastPart,
  lastSeqKey,
  ledgerKey,
  readJson,
  rowRange,
  stateVectorKey,
  stateVectorValue,
  updateKey,
  updateRange,
} from './level-rows.ts'
import { SeqRuns } from './seq-runs.ts'

export type LevelDocStoreOptions = {
  database: LevelDatabase
  /** Makes the epoch of a new or damaged store. */
  newEpoch: () => string
}

/** `clock` of the document's last update: undefined until it was looked up. `mtime`: see `VaultState`, or 0. */
type DocRow = { seq: number; mtime: number; clock: number | undefined }
type Vault = { head: number; entries: number; seqs: SeqRuns; docs: Map<DocId, DocRow> }

const headSchema = v.object({ head: v.number(), entries: v.number() })
const lastSchema = v.object({ seq: v.number(), mtime: v.number() })

export class LevelDocStore implements DocStore {
  readonly #options: LevelDocStoreOptions
  readonly #commits: GroupCommit<LedgerEntry>
  readonly #vaults = new Map<VaultId, Promise<Vault>>()
  /** Vaults that were opened before it was known what a failed write has left in them. */
  readonly #unsure = new Set<VaultId>()
  #epoch = ''
  #generation = 0
  #closed = false

  constructor(options: LevelDocStoreOptions) {
    this.#options = options
    this.#commits = new GroupCommit((entries) => this.#write(entries))
  }

  /** Reads or makes the epoch. The database is open already. */
  async start(): Promise<void> {
    const stored = await this.#options.database.get(epochKey)
    if (stored === undefined) await this.#writeEpoch(this.#options.newEpoch())
    else this.#epoch = new TextDecoder().decode(stored)
  }

  async openVault(vault: VaultId): Promise<VaultState> {
    if (this.#unsure.has(vault)) await this.#makeSure(vault)
    const { head, docs, seqs } = await this.#vault(vault)
    const lastSeqs = new Map([...docs].map(([doc, { seq }]) => [doc, seq]))
    const mtimes = new Map(
      [...docs].flatMap(([doc, { mtime }]) => (mtime > 0 ? [[doc, mtime]] : [])),
    )
    return { epoch: this.#epoch, head, lastSeqs, mtimes, seqs: seqs.copy() }
  }

  async read(vault: VaultId, doc: DocId): Promise<Uint8Array[]> {
    const { database } = this.#options
    const known = await this.#vaults.get(vault)
    if (known?.docs.get(doc)?.clock !== 0) return database.values(updateRange(vault, doc))
    const only = await database.get(updateKey(vault, doc, 0))
    return only === undefined ? [] : [only]
  }

  append(entries: readonly LedgerEntry[]): Promise<void> {
    if (this.#closed) return Promise.reject(new AppError('storage', 'the store is closed'))
    return this.#commits.append(entries)
  }

  compact(vault: VaultId, doc: DocId): Promise<void> {
    return this.#commits.exclusive(() => this.#compact(vault, doc))
  }

  beginEpoch(): { epoch: string; durable: Promise<void> } {
    const epoch = this.#options.newEpoch()
    return { epoch, durable: this.#commits.exclusive(() => this.#writeEpoch(epoch)) }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#commits.idle()
    await this.#options.database.close()
  }

  #vault(vault: VaultId): Promise<Vault> {
    const known = this.#vaults.get(vault)
    if (known !== undefined) return known
    const loading = this.#load(vault)
    this.#vaults.set(vault, loading)
    loading.catch(() => this.#vaults.delete(vault))
    return loading
  }

  async #load(vault: VaultId): Promise<Vault> {
    const { database } = this.#options
    const stored = await database.get(headKey(vault))
    const { head, entries } =
      stored === undefined ? { head: 0, entries: 0 } : v.parse(headSchema, readJson(stored))
    const docs = new Map<DocId, DocRow>()
    for (const { key, value } of await database.rows(rowRange('last', vault))) {
      const doc = parseDocId(lastPart(key))
      if (doc !== undefined)
        docs.set(doc, { ...v.parse(lastSchema, readJson(value)), clock: undefined })
    }
    // LevelDB drops damaged parts of its log without a word (measured.md M6): then agents give it all back.
    const ledger = await database.keys(rowRange('ledger', vault))
    if (ledger.length !== entries) await this.#writeEpoch(this.#options.newEpoch())
    const seqs = new SeqRuns(ledger.map((key) => Number(lastPart(key))))
    return { head, entries: ledger.length, seqs, docs }
  }

  async #writeEpoch(epoch: string): Promise<void> {
    const value = new TextEncoder().encode(epoch)
    await this.#options.database.write([{ type: 'put', key: epochKey, value }])
    this.#epoch = epoch
  }

  async #write(entries: LedgerEntry[]): Promise<void> {
    await this.#mend()
    const changes: RowChange[] = []
    const touched = new Map<VaultId, Vault>()
    if (entries.some(({ vault }) => this.#unsure.has(vault))) {
      throw new AppError('storage', 'the vault must be opened anew')
    }
    try {
      for (const entry of entries) {
        const vault = await this.#vault(entry.vault)
        touched.set(entry.vault, vault)
        await this.#addEntry(changes, vault, entry)
      }
      for (const [id, { head, entries }] of touched) {
        changes.push({ type: 'put', key: headKey(id), value: jsonValue({ head, entries }) })
      }
      await this.#options.database.write(changes)
    } catch (thrown) {
      touched.forEach((_, id) => this.#vaults.delete(id))
      const error = toAppError(thrown, 'storage')
      if (error.code !== 'storage-full') touched.forEach((_, id) => this.#unsure.add(id))
      throw error
    }
  }

  /** On a full disk that is put off: until there is room the vault can be read as it was. */
  async #makeSure(vault: VaultId): Promise<void> {
    try {
      await this.#mend()
      this.#unsure.delete(vault)
    } catch (thrown) {
      if (toAppError(thrown).code !== 'storage-full') throw thrown
    }
  }

  async #addEntry(changes: RowChange[], vault: Vault, entry: LedgerEntry): Promise<void> {
    const { doc, seq, device, session, time, kind, update } = entry
    const row = vault.docs.get(doc)
    const mtime = entry.mtime || (row?.mtime ?? 0)
    const clock = row === undefined ? 0 : (row.clock ?? (await this.#lastClock(entry))) + 1
    if (clock === 0) {
      const stateVector = Y.encodeStateVectorFromUpdate(update)
      const value = stateVectorValue(0, stateVector)
      changes.push({ type: 'put', key: stateVectorKey(entry.vault, doc), value })
    }
    const line = { doc, device, session, time, kind, bytes: update.length, mtime: entry.mtime }
    changes.push(
      { type: 'put', key: updateKey(entry.vault, doc, clock), value: update },
      { type: 'put', key: ledgerKey(entry.vault, seq), value: jsonValue(line) },
      { type: 'put', key: lastSeqKey(entry.vault, doc), value: jsonValue({ seq, mtime }) },
    )
    vault.docs.set(doc, { seq, mtime, clock })
    vault.head = seq
    vault.seqs.add(seq)
    vault.entries += 1
  }

  /** From the keys, not from a row of ours: y-leveldb may have compacted the document meanwhile. */
  async #lastClock({ vault, doc }: LedgerEntry): Promise<number> {
    const range = { ...updateRange(vault, doc), reverse: true, limit: 1 }
    const [key] = await this.#options.database.keys(range)
    return key === undefined ? -1 : clockOf(key)
  }

  /** A database that was opened anew may hold what seemed to have failed. */
  async #mend(): Promise<void> {
    const generation = await this.#options.database.mend()
    if (generation !== this.#generation) this.#vaults.clear()
    this.#generation = generation
  }

  async #compact(vault: VaultId, doc: DocId): Promise<void> {
    const { database } = this.#options
    await this.#mend()
    const rows = await database.rows(updateRange(vault, doc))
    const last = rows.pop()
    if (last === undefined || rows.length === 0) return
    const update = compactUpdates([...rows, last].map(({ value }) => value))
    const stateVector = stateVectorValue(clockOf(last.key), Y.encodeStateVectorFromUpdate(update))
    await database.write([
      { type: 'put', key: last.key, value: update },
      { type: 'put', key: stateVectorKey(vault, doc), value: stateVector },
      ...rows.map(({ key }): RowChange => ({ type: 'del', key })),
    ])
  }
}
