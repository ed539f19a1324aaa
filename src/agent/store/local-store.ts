// Port: what the agent remembers of one vault between runs, apart from the vault's folder.
import type { DocId, FileId } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { FileFacts } from '../core/facts.ts'

export type StoredVault = {
  /** '' before the first contact with a relay. */
  readonly epoch: string
  /** Last ledger number of the relay that is wholly here. */
  readonly cursor: number
  readonly files: readonly FileFacts[]
  /** Folders that were both named by the index and on this disk. */
  readonly folders: readonly VaultPath[]
  /** The index document's log, like a note's: last position and what the relay has not acknowledged. */
  readonly index: { readonly head: number; readonly unacked: readonly number[] }
}

/** Changes of one commit take effect together or not at all. */
export type StoreChange =
  | {
      readonly type: 'append'
      readonly doc: DocId
      readonly at: number
      readonly update: Uint8Array
    }
  /** Replaces the log's entries up to and including `upTo` by one at `upTo`. */
  | {
      readonly type: 'compact'
      readonly doc: DocId
      readonly upTo: number
      readonly update: Uint8Array
    }
  | { readonly type: 'facts'; readonly facts: FileFacts }
  /** The base's text, where it is not the document's (`Base.merged` false); undefined removes it. */
  | { readonly type: 'base-text'; readonly id: FileId; readonly text: string | undefined }
  | { readonly type: 'index'; readonly head: number; readonly unacked: readonly number[] }
  /** All of them. */
  | { readonly type: 'folders'; readonly folders: readonly VaultPath[] }
  | { readonly type: 'cursor'; readonly epoch: string; readonly cursor: number }

export type LogEntry = { readonly at: number; readonly update: Uint8Array }

export interface LocalStore {
  /** Reads everything but the logs. Throws `AppError('locked')` when another process has the store. */
  open(): Promise<StoredVault>
  /** A document's log in order of position, the first of which is 1. */
  readLog(doc: DocId): Promise<LogEntry[]>
  readBaseText(id: FileId): Promise<string | undefined>
  /**
   * Resolves when durable (fsync). Commits take effect in the order of the calls. After one that failed all
   * others do, until the store is closed and opened again.
   */
  commit(changes: readonly StoreChange[]): Promise<void>
  close(): Promise<void>
}
