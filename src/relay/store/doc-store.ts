// Port: where the relay keeps the updates of every document, and the ledger of every vault.
import type { DeviceId, DocId, SessionId, VaultId } from '../../shared/ids.ts'
import type { SeqRuns } from './seq-runs.ts'

/** What a hub must know of a vault before it can serve it. */
export type VaultState = {
  /** Random id of the store; another one means that agents compare everything. */
  epoch: string
  /** The last ledger number given out; 0 in an empty vault. */
  head: number
  /** The last ledger number of every document that exists. */
  lastSeqs: ReadonlyMap<DocId, number>
  /** When the last entry of a note that says so was written, in microseconds since 1970. */
  mtimes: ReadonlyMap<DocId, number>
  /** The ledger numbers in use; a copy. */
  seqs: SeqRuns
}

/** One stored update and its line in the ledger. */
export type LedgerEntry = {
  vault: VaultId
  doc: DocId
  /** Grows within the vault, not always by one. */
  seq: number
  device: DeviceId
  /** The run of the agent that wrote it; undefined for a standard Yjs client. */
  session: SessionId | undefined
  /** Milliseconds since 1970 by the relay's clock, for display only. */
  time: number
  kind: 'seed' | 'update'
  update: Uint8Array
  /** When the note was written, in microseconds since 1970; 0 for the index. */
  mtime: number
}

export interface DocStore {
  /** The present state of a vault; a vault never written to is empty. */
  openVault(vault: VaultId): Promise<VaultState>
  /** Everything durable of a document, oldest first; empty when it does not exist. */
  read(vault: VaultId, doc: DocId): Promise<Uint8Array[]>
  /**
   * Resolves when all `entries` are durable (fsync); they become so together and in the order of
   * calls. Rejects with `AppError`: `storage-full` when surely none of them is stored; anything else when
   * that is known only once the vault is opened again, and until then nothing more should be asked.
   */
  append(entries: readonly LedgerEntry[]): Promise<void>
  /** Replaces a document's updates by one that says the same, without deleted text. */
  compact(vault: VaultId, doc: DocId): Promise<void>
  /**
   * Another epoch from now on, because devices remember more than is stored. A crash before it is
   * `durable` does no harm: it is noticed again.
   */
  beginEpoch(): { epoch: string; durable: Promise<void> }
  /** Waits for what is under way and lets go of the disk; idempotent. */
  close(): Promise<void>
}
