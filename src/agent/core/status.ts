// What `undrift status --json` prints for one vault: a contract with other programs (docs of the commands).
import type { DeviceId, SessionId, VaultId } from '../../shared/ids.ts'

export type SyncState = 'synced' | 'syncing' | 'offline' | 'held' | 'paused' | 'error'

/** Times are ISO 8601, null where nothing happened yet. */
export type Status = {
  readonly schema: 1
  readonly vault: { readonly id: VaultId; readonly name: string }
  readonly folder: string
  readonly device: { readonly id: DeviceId; readonly name: string }
  /** Null where no agent answers; so is `session`. */
  readonly pid: number | null
  readonly session: SessionId | null
  readonly state: SyncState
  readonly relay: RelayStatus
  readonly scan: ScanStatus
  readonly queue: QueueStatus
  readonly transfers: { readonly up: TransferStatus; readonly down: TransferStatus }
  readonly files: FileCounts
  /**
   * SHA-256 over the sorted lines `kind path sha256` of what should be on this disk: equal on two devices that mirror
   * the same part of the vault.
   */
  readonly digest: string
  readonly problems: readonly StatusProblem[]
  readonly held: HeldStatus | null
  readonly lastSyncedAt: string | null
  /** Patterns of what this device mirrors of the vault; without any, all of it. */
  readonly only: readonly string[]
}

export type RelayStatus = {
  readonly url: string
  readonly connected: boolean
  readonly epoch: string
  readonly head: number
}

export type ScanStatus = {
  readonly generation: number
  readonly startedAt: string | null
  readonly finishedAt: string | null
  readonly watching: boolean
}

export type QueueStatus = {
  readonly dirty: number
  readonly settling: number
  readonly outgoing: number
  readonly unacked: number
  readonly incoming: number
  readonly blobsUp: number
  readonly blobsDown: number
}

/** Binary files on their way: together they have so many `bytes`, of which `done` are across. */
export type TransferStatus = {
  readonly files: number
  readonly bytes: number
  readonly done: number
}

const noTransfers: TransferStatus = { files: 0, bytes: 0, done: 0 }

export type FileCounts = {
  readonly text: number
  readonly binary: number
  readonly links: number
  /** Folders of their own: those that stay though nothing be in them. */
  readonly folders: number
  readonly bytes: number
}

export type StatusProblem = {
  readonly path: string
  readonly code: string
  readonly message: string
  readonly since: string
}

/** What is held, until a person acts; `deletes` and `overwrites` are 0 where the whole folder is left alone. */
export type HeldStatus = {
  readonly reason: string
  readonly deletes: number
  readonly overwrites: number
  readonly since: string
  /** What the person can do. */
  readonly advice: string
}

type Place = Pick<Status, 'vault' | 'folder' | 'device' | 'only'>

export function statusOf(
  { vault, folder, device, only }: Place,
  told: Omit<Status, 'schema' | keyof Place>,
): Status {
  return { schema: 1, vault, folder, device, ...told, only }
}

/** What is known of a vault whose agent says nothing: every field, with 0, '' and null for what it alone knows. */
export function statusWithoutAgent(
  place: Place & { readonly relay: string },
  { pid, state, problems }: Pick<Status, 'pid' | 'state' | 'problems'>,
): Status {
  return statusOf(place, {
    pid,
    session: null,
    state,
    relay: { url: place.relay, connected: false, epoch: '', head: 0 },
    scan: { generation: 0, startedAt: null, finishedAt: null, watching: false },
    queue: {
      dirty: 0,
      settling: 0,
      outgoing: 0,
      unacked: 0,
      incoming: 0,
      blobsUp: 0,
      blobsDown: 0,
    },
    transfers: { up: noTransfers, down: noTransfers },
    files: { text: 0, binary: 0, links: 0, folders: 0, bytes: 0 },
    digest: '',
    problems,
    held: null,
    lastSyncedAt: null,
  })
}

type HeldCounts = Pick<HeldStatus, 'reason' | 'deletes' | 'overwrites'>

/** Whether `undrift resume --confirm` lets it through. */
export function isConfirmable({ deletes, overwrites }: HeldCounts): boolean {
  return deletes + overwrites > 0
}

export function heldSummary(held: HeldCounts): string {
  if (!isConfirmable(held)) return held.reason
  const { deletes, overwrites, reason } = held
  return `${deletes} files would be deleted and ${overwrites} emptied (${reason})`
}
