// DocStore in memory, for simulation and tests. What is durable lives in a `MemoryDisk` that outlives the store.
import { AppError } from '../../shared/errors.ts'
import type { DocId, VaultId } from '../../shared/ids.ts'
import { compactUpdates } from './compact-updates.ts'
import type { DocStore, LedgerEntry, VaultState } from './doc-store.ts'
import { GroupCommit } from './group-commit.ts'
import { SeqRuns } from './seq-runs.ts'

type VaultRows = {
  head: number
  lastSeqs: Map<DocId, number>
  mtimes: Map<DocId, number>
  updates: Map<DocId, Uint8Array[]>
}

/** What survives a crash: hand the same one to the next store. */
export type MemoryDisk = {
  epoch: string
  readonly vaults: Map<VaultId, VaultRows>
  readonly ledger: LedgerEntry[]
}

export function newMemoryDisk(epoch: string): MemoryDisk {
  return { epoch, vaults: new Map(), ledger: [] }
}

/** A deep copy: a backup, to be put back later under another epoch or the same. */
export function copyMemoryDisk(disk: MemoryDisk): MemoryDisk {
  const vaults = [...disk.vaults].map(([vault, rows]): [VaultId, VaultRows] => [
    vault,
    {
      head: rows.head,
      lastSeqs: new Map(rows.lastSeqs),
      mtimes: new Map(rows.mtimes),
      updates: new Map([...rows.updates].map(([doc, updates]) => [doc, [...updates]])),
    },
  ])
  return { epoch: disk.epoch, vaults: new Map(vaults), ledger: [...disk.ledger] }
}

export class MemoryDocStore implements DocStore {
  readonly #disk: MemoryDisk
  readonly #commits: GroupCommit<LedgerEntry>
  #crashed = false
  #closed = false

  /**
   * `settle` stands for the fsync: what it has not resolved for is lost in a crash. Where it throws nothing
   * is stored; where `settled` does, all of it is.
   */
  constructor(
    disk: MemoryDisk,
    settle: () => Promise<void> = () => Promise.resolve(),
    settled: () => void = () => undefined,
  ) {
    this.#disk = disk
    this.#commits = new GroupCommit(async (entries) => {
      await settle()
      this.#assertUsable()
      entries.forEach((entry) => this.#keep(entry))
      settled()
    })
  }

  openVault(vault: VaultId): Promise<VaultState> {
    return this.#answer(() => {
      const rows = this.#disk.vaults.get(vault)
      const lines = this.#disk.ledger.filter((line) => line.vault === vault)
      return {
        epoch: this.#disk.epoch,
        head: rows?.head ?? 0,
        lastSeqs: new Map(rows?.lastSeqs),
        mtimes: new Map(rows?.mtimes),
        seqs: new SeqRuns(lines.map(({ seq }) => seq)),
      }
    })
  }

  read(vault: VaultId, doc: DocId): Promise<Uint8Array[]> {
    return this.#answer(() => [...(this.#disk.vaults.get(vault)?.updates.get(doc) ?? [])])
  }

  append(entries: readonly LedgerEntry[]): Promise<void> {
    if (this.#closed) return Promise.reject(new AppError('storage', 'the store is closed'))
    return this.#commits.append(entries)
  }

  beginEpoch(): { epoch: string; durable: Promise<void> } {
    this.#disk.epoch += '+'
    return { epoch: this.#disk.epoch, durable: Promise.resolve() }
  }

  compact(vault: VaultId, doc: DocId): Promise<void> {
    return this.#commits.exclusive(async () => {
      const updates = await this.read(vault, doc)
      if (updates.length > 1) this.#rows(vault).updates.set(doc, [compactUpdates(updates)])
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#commits.idle()
  }

  /** Like kill -9: whatever is not durable yet never will be. */
  crash(): void {
    this.#crashed = true
    this.#closed = true
  }

  #answer<Value>(read: () => Value): Promise<Value> {
    return Promise.resolve().then(() => {
      this.#assertUsable()
      return read()
    })
  }

  #assertUsable(): void {
    if (this.#crashed) throw new AppError('storage', 'the store has crashed')
  }

  #rows(vault: VaultId): VaultRows {
    const known = this.#disk.vaults.get(vault)
    if (known !== undefined) return known
    const rows: VaultRows = { head: 0, lastSeqs: new Map(), mtimes: new Map(), updates: new Map() }
    this.#disk.vaults.set(vault, rows)
    return rows
  }

  #keep(entry: LedgerEntry): void {
    const rows = this.#rows(entry.vault)
    rows.head = entry.seq
    rows.lastSeqs.set(entry.doc, entry.seq)
    if (entry.mtime > 0) rows.mtimes.set(entry.doc, entry.mtime)
    const updates = rows.updates.get(entry.doc)
    if (updates === undefined) rows.updates.set(entry.doc, [entry.update])
    else updates.push(entry.update)
    this.#disk.ledger.push(entry)
  }
}
