// Makes names durable: fsync of folders, shared by all writes into a folder that happen at the same time.
import { closeSync, constants, fsyncSync, openSync } from 'node:fs'
import { hasCode } from './problems.ts'
import { syncFile } from './temp.ts'

type Turn = { readonly running: Promise<void>; next?: Promise<void> }

export class FolderSync {
  private readonly turns = new Map<string, Turn>()

  /** Resolves when everything that had a name in these folders at the time of the call has it for good. */
  async sync(folders: Iterable<string>): Promise<void> {
    await Promise.all(Array.from(new Set(folders), (folder) => this.syncOne(folder)))
  }

  private async syncOne(folder: string): Promise<void> {
    const turn = this.turns.get(folder)
    if (turn === undefined) return await this.run(folder)
    const again = () => this.run(folder)
    turn.next ??= turn.running.then(again, again)
    await turn.next
  }

  private run(folder: string): Promise<void> {
    const turn: Turn = { running: syncFolder(folder) }
    this.turns.set(folder, turn)
    const done = () => {
      if (this.turns.get(folder) === turn && turn.next === undefined) this.turns.delete(folder)
    }
    turn.running.then(done, done)
    return turn.running
  }
}

/** Some systems cannot sync a folder (Windows), and it may be gone again: neither is a failure. */
const harmless = ['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOENT'] as const

async function syncFolder(folder: string): Promise<void> {
  try {
    const fd = openSync(folder, constants.O_RDONLY)
    try {
      await syncFile(fd)
    } finally {
      closeSync(fd)
    }
  } catch (thrown) {
    if (!hasCode(thrown, ...harmless)) throw thrown
  }
}

/** The same on the event loop, for files that are written once in a while. */
export function syncFolderNow(folder: string): void {
  try {
    const fd = openSync(folder, constants.O_RDONLY)
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch (thrown) {
    if (!hasCode(thrown, ...harmless)) throw thrown
  }
}
