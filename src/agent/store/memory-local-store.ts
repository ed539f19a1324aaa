// The local store in memory, for tests and the simulation. What it holds outlives it in `StoreMemory`.
import { unreachable } from '../../shared/assert.ts'
import type { DocId, FileId } from '../../shared/ids.ts'
import type { FileFacts } from '../core/facts.ts'
import type { LocalStore, LogEntry, StoreChange, StoredVault } from './local-store.ts'

/** What is durable. Hand it to another store to open it again. */
export class StoreMemory {
  epoch = ''
  cursor = 0
  index: StoredVault['index'] = { head: 0, unacked: [] }
  folders: StoredVault['folders'] = []
  readonly files = new Map<FileId, FileFacts>()
  readonly texts = new Map<FileId, string>()
  readonly logs = new Map<DocId, Map<number, Uint8Array>>()
}

export class MemoryLocalStore implements LocalStore {
  private readonly memory: StoreMemory
  private readonly settle: () => Promise<void>
  private readonly settled: () => void
  private last: Promise<void> = Promise.resolve()

  /**
   * A commit takes effect when `settle` resolves: never, if the process dies before. Where `settle` throws it
   * fails with no effect, where `settled` does with all of it; and so do those that wait for it.
   */
  constructor(
    memory = new StoreMemory(),
    settle: () => Promise<void> = () => Promise.resolve(),
    settled: () => void = () => undefined,
  ) {
    this.memory = memory
    this.settle = settle
    this.settled = settled
  }

  async open(): Promise<StoredVault> {
    this.last = Promise.resolve()
    const { epoch, cursor, index, files, folders } = this.memory
    return { epoch, cursor, index, folders, files: [...files.values()] }
  }

  async readLog(doc: DocId): Promise<LogEntry[]> {
    const log = this.memory.logs.get(doc) ?? new Map<number, Uint8Array>()
    return [...log].map(([at, update]) => ({ at, update })).sort((a, b) => a.at - b.at)
  }

  async readBaseText(id: FileId): Promise<string | undefined> {
    return this.memory.texts.get(id)
  }

  async commit(changes: readonly StoreChange[]): Promise<void> {
    this.last = Promise.all([this.last, this.settle()]).then(() => {
      for (const change of changes) apply(this.memory, change)
      this.settled()
    })
    await this.last
  }

  async close(): Promise<void> {
    await this.last.catch(() => undefined)
  }
}

function apply(memory: StoreMemory, change: StoreChange): void {
  switch (change.type) {
    case 'append':
      return void logOf(memory, change.doc).set(change.at, change.update)
    case 'compact': {
      const log = logOf(memory, change.doc)
      for (const at of log.keys()) if (at <= change.upTo) log.delete(at)
      return void log.set(change.upTo, change.update)
    }
    case 'facts':
      return void memory.files.set(change.facts.id, change.facts)
    case 'base-text':
      if (change.text === undefined) memory.texts.delete(change.id)
      else memory.texts.set(change.id, change.text)
      return
    case 'index':
      memory.index = { head: change.head, unacked: change.unacked }
      return
    case 'folders':
      memory.folders = change.folders
      return
    case 'cursor':
      memory.epoch = change.epoch
      memory.cursor = change.cursor
      return
    default:
      unreachable(change)
  }
}

function logOf(memory: StoreMemory, doc: DocId): Map<number, Uint8Array> {
  const log = memory.logs.get(doc) ?? new Map<number, Uint8Array>()
  memory.logs.set(doc, log)
  return log
}
