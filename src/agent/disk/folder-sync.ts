// Makes names durable: fsync of folders, in rounds that all writes at the same time share. A journalling
// file system commits everything with the first of a round, so the others cost next to nothing.
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { hasCode } from './problems.ts'

type Round = { readonly folders: Set<string>; readonly done: Promise<void> }

export class FolderSync {
  private running: Promise<void> = Promise.resolve()
  private next: Round | undefined

  /** Resolves when everything that had a name in these folders at the time of the call has it for good. */
  async sync(folders: Iterable<string>): Promise<void> {
    this.next ??= this.prepareRound()
    for (const folder of folders) this.next.folders.add(folder)
    await this.next.done
  }

  private prepareRound(): Round {
    const folders = new Set<string>()
    const run = async () => {
      this.next = undefined
      await Promise.all([...folders].map(syncFolder))
    }
    const done = this.running.then(run, run)
    this.running = done.catch(() => undefined)
    return { folders, done }
  }
}

/** Some systems cannot sync a folder (Windows), and it may be gone again: neither is a failure. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, constants.O_RDONLY)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (thrown) {
    if (!hasCode(thrown, 'EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOENT')) throw thrown
  }
}
