// Watches the names in one folder: the only importer of chokidar.
import { FSWatcher } from 'chokidar'

export type FolderEvents = {
  /** Something happened to this name; undefined when the system does not say which. */
  onName(name: string | undefined): void
  onError(error: unknown): void
}

export interface WatchedFolder {
  /** Resolves once changes are noticed, or the watch has ended. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

/**
 * chokidar reads a folder again, with a `stat` of every file, at each event in it, and loses track of
 * folders that are replaced (M8). One watch per folder that never reads leaves only what is wanted: its
 * raw events. Which folders there are is known to `FolderWatcher`.
 */
class NamesOnly extends FSWatcher {
  override _readdirp(): undefined {
    return undefined
  }
}

export function watchFolder(folder: string, events: FolderEvents): WatchedFolder {
  const watcher = new NamesOnly({
    ignoreInitial: true,
    atomic: false,
    followSymlinks: false,
    depth: 0,
  })
  let end = () => {}
  const ready = new Promise<void>((resolve) => {
    end = resolve
    watcher.once('ready', resolve)
  })
  watcher.on('raw', (_event, name: unknown) => {
    events.onName(typeof name === 'string' && name !== '' ? name : undefined)
  })
  watcher.on('error', (error) => events.onError(error))
  watcher.add(folder)
  const close = async () => {
    await watcher.close()
    end()
  }
  return { ready, close }
}
