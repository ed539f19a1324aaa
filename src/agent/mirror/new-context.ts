// What the steps of one vault's mirror share, made for one session from its ports.
import type { BlobHash, DeviceId, FileId, VaultId } from '../../shared/ids.ts'
import type { Clock, Logger, Random } from '../../shared/ports.ts'
import type { AgentMessage } from '../../shared/protocol/agent-message.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { BlobDisk } from '../blob/blob-disk.ts'
import type { RemoteBlobs } from '../blob/remote-blobs.ts'
import { Transfers } from '../blob/transfers.ts'
import type { Disk, Watcher } from '../disk/disk.ts'
import type { Link, LinkEvents } from '../link/relay-link.ts'
import type { LocalStore } from '../store/local-store.ts'
import { AwaitedBlobs } from './awaited-blobs.ts'
import { holdersOf, waitingFor } from './blobs.ts'
import type { MirrorContext } from './context.ts'
import { ContestedFiles } from './contested-files.ts'
import { DueFolders } from './due-folders.ts'
import { Fingerprints } from './fingerprints.ts'
import { HintSet } from './hints.ts'
import { IndexMirror } from './index-mirror.ts'
import { Ledger } from './ledger.ts'
import { Notes } from './notes.ts'
import { Outbox } from './outbox.ts'
import { Problems } from './problems.ts'
import { Refusals } from './refusals.ts'
import { VanishedFiles } from './vanished.ts'

export type MirrorPorts = {
  readonly vault: VaultId
  readonly device: DeviceId
  readonly disk: Disk
  readonly watcher: Watcher
  readonly blobs: BlobDisk
  readonly remoteBlobs: RemoteBlobs
  readonly store: LocalStore
  readonly openLink: (events: LinkEvents) => Link
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

/** What reaches the loop from beside its turns. */
export type Loop = {
  wake(): void
  send(messages: readonly AgentMessage[]): void
  /** What is fetched has no room. */
  onDiskFull(): void
}

/** A file that changed while it was sent is read again after so long. */
const changedPauseMs = 2_000

export function newContext(ports: MirrorPorts, loop: Loop): MirrorContext {
  const { vault, device, disk, clock, random, log, store } = ports
  const clientId = new DataView(random.bytes(4).buffer).getUint32(0)
  const ledger = new Ledger(store)
  const notes = new Notes(store, ledger, clientId)
  const index = new IndexMirror(vault, notes, log)
  const hints = new HintSet()
  const awaited = new AwaitedBlobs()
  const pending = new Set<FileId>()
  /** Reads the file at `path`, whatever its times are. */
  const lookAgain = (path: VaultPath, pauseMs = 0): void => {
    hints.add(path, clock.now(), clock.now() + pauseMs, true)
    loop.wake()
  }
  const fingerprints = new Fingerprints(ports.blobs, clock, (path) => lookAgain(path))
  const transferPorts = {
    ...{ disk: ports.blobs, remote: ports.remoteBlobs, clock, random, log },
    holders: (hash: BlobHash) => holdersOf(ledger, hash),
    isWanted: (hash: BlobHash) => waitingFor({ awaited, index }, hash).length > 0,
    maySend: (path: VaultPath) => !disk.rules().ignores(path, false),
  }
  const transfers = new Transfers(transferPorts, {
    onSent: (path) => lookAgain(path),
    onChanged: (path) => {
      fingerprints.forget(path)
      lookAgain(path, changedPauseMs)
    },
    onReceived: (hash) => {
      for (const id of awaited.take(hash)) pending.add(id)
      loop.wake()
    },
    onDiskFull: () => loop.onDiskFull(),
    onEnded: () => loop.wake(),
  })
  return {
    ...{ device, clientId, disk, clock, log, ledger, notes, index, hints, awaited, pending },
    ...{ fingerprints, transfers },
    outbox: new Outbox(ledger, (messages) => loop.send(messages)),
    folders: new DueFolders(),
    problems: new Problems(),
    vanished: new VanishedFiles(),
    postponed: new Map(),
    replaced: new Map(),
    versions: new Map(),
    scan: { generation: 0, startedAt: 0, finishedAt: 0, watching: false },
    staged: new Map(),
    refused: new Refusals(),
    unread: new Set(),
    failed: new Set(),
    contested: new ContestedFiles(),
    blocked: new Map(),
    ignored: new Set(),
    doubles: new Map(),
  }
}
