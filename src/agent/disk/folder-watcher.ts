// Hints that something in the vault's folder changed. One watch per folder; a folder that is replaced by
// another of its name is watched anew. Hints come at once and often: waiting is for those who read.
import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Clock, Logger } from '../../shared/ports.ts'
import {
  type VaultPath,
  ignoreFileName,
  isUnder,
  nameOf,
  parentOf,
  parsePath,
} from '../../shared/vault-path.ts'
import type { IgnoreRules } from '../core/ignore.ts'
import type { Hint, Watcher } from './disk.ts'
import type { OnLateWrite } from './displaced.ts'
import { checkFolder, lstatOf } from './file-stat.ts'
import { errorCode } from './problems.ts'
import { type WatchedFolder, watchFolder } from './watcher.ts'

/** How often the vault's own folder is looked at: no watch tells that it was replaced, unmounted or closed. */
const rootPollMs = 2000
/** How often to sweep where not every folder can be watched (HC-135). */
const degradedMs = 10_000

/** What the watcher needs of the disk. */
export interface WatchedDisk {
  readonly root: string
  rules(): IgnoreRules
  learnName(path: VaultPath, name: string): void
  onLateWrite(listener: OnLateWrite): () => void
  /** The ignore rules may be other ones after the next `list`. */
  onRulesDue(listener: () => void): () => void
  /** Other ignore rules are in force. */
  onRulesChange(listener: () => void): () => void
}

export type FolderWatcherOptions = {
  /** Watches one folder. */
  readonly watch?: typeof watchFolder
  readonly disk: WatchedDisk
  readonly clock: Clock
  readonly logger: Logger
}

type Place = { readonly file: string; readonly path: VaultPath | undefined }
type Watched = { readonly file: string; readonly key: string; readonly watch: WatchedFolder }

export class FolderWatcher implements Watcher {
  private readonly disk: WatchedDisk
  private readonly clock: Clock
  private readonly logger: Logger
  private readonly watch: typeof watchFolder
  private onHint: (hint: Hint) => void = () => {}
  /** By path; '' is the vault's folder. */
  private readonly watched = new Map<VaultPath | '', Watched>()
  private readonly closing = new Set<Promise<void>>()
  private readonly enders: (() => void)[] = []
  private rootKey: string | undefined
  private isRunning = false
  private isDegraded = false

  constructor({ disk, clock, logger, watch = watchFolder }: FolderWatcherOptions) {
    this.watch = watch
    this.disk = disk
    this.clock = clock
    this.logger = logger
  }

  async start(onHint: (hint: Hint) => void): Promise<void> {
    this.onHint = onHint
    this.isRunning = true
    this.enders.push(
      this.disk.onLateWrite((bytes, replaced) => onHint({ type: 'late-write', bytes, replaced })),
      this.disk.onRulesDue(() => this.hintTree(undefined)),
      this.disk.onRulesChange(() => this.watchLetIn()),
      this.every(rootPollMs, () => this.checkRoot()),
    )
    const root: Place = { file: this.disk.root, path: undefined }
    this.rootKey = openKey(root.file)
    await this.watchTree(root)
  }

  async stop(): Promise<void> {
    this.isRunning = false
    this.isDegraded = false
    for (const end of this.enders.splice(0)) end()
    this.drop(undefined)
    await Promise.all(this.closing)
  }

  /** Watches a folder and all below it: first the watch, then the look inside. */
  private async watchTree(place: Place): Promise<void> {
    const key = folderKey(place.file)
    if (key === undefined || !this.isRunning || this.isElsewhere(place.file)) return
    if (this.watched.get(place.path ?? '')?.key === key) return
    this.drop(place.path)
    const watch = this.watch(place.file, {
      onName: (name) => this.onName(place, name),
      onError: (error) => this.degrade(place, error),
    })
    const watched: Watched = { file: place.file, key, watch }
    this.watched.set(place.path ?? '', watched)
    await watch.ready
    if (this.watched.get(place.path ?? '') !== watched) return
    if (folderKey(place.file) !== key) return await this.watchTree(place)
    await Promise.all(this.foldersIn(place).map((inner) => this.watchTree(inner)))
  }

  /** What is on another disk is no part of the vault. */
  private isElsewhere(folder: string): boolean {
    const [root, stats] = [this.disk.root, folder].map(lookAt)
    if (root === 'unreadable' || stats === 'unreadable') return false
    return root?.dev !== stats?.dev
  }

  private foldersIn({ file, path }: Place): Place[] {
    try {
      return readdirSync(file, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .flatMap(({ name }) => {
          const inner = this.inside(path, name)
          if (inner === undefined || this.disk.rules().ignores(inner, true)) return []
          return [{ file: join(file, name), path: inner }]
        })
    } catch (thrown) {
      if (errorCode(thrown) === undefined) throw thrown
      return []
    }
  }

  private onName(folder: Place, name: string | undefined): void {
    if (!this.isRunning) return
    if (name === undefined || name.includes('\ufffd')) return this.hintTree(folder.path)
    // A folder's end, or that it may not be entered now, is told under its own name by the watch inside it.
    const isOwnName = name === basename(folder.file)
    const path = this.inside(folder.path, name)
    const file = join(folder.file, name)
    const isEntry = path !== undefined && !(isOwnName && lookAt(file) === 'unreadable')
    if (isEntry) this.onEntry({ file, path }, name)
    if (isOwnName) this.recheck(folder)
  }

  private onEntry({ file, path }: Place & { path: VaultPath }, name: string): void {
    const stats = lookAt(file)
    const isFolder = stats === 'unreadable' || stats?.isDirectory() === true
    if (stats !== undefined && name !== nameOf(path)) {
      this.disk.learnName(path, name)
      // Where another file has the composed name, a listing tells the two apart.
      if (isAnother(join(dirname(file), nameOf(path)), stats)) this.hintTree(parentOf(path))
    }
    if (isFolder) return this.onFolder({ file, path })
    const wasFolder = this.watched.has(path)
    if (wasFolder) {
      this.drop(path)
      this.hintTree(path)
    }
    if (this.disk.rules().ignores(path, false)) return
    if (!wasFolder) this.onHint({ type: 'path', path })
    if (path === ignoreFileName) this.hintTree(undefined)
  }

  private onFolder(place: Place & { path: VaultPath }): void {
    if (this.disk.rules().ignores(place.path, true)) return
    if (this.watched.get(place.path)?.key === folderKey(place.file)) {
      return this.onHint({ type: 'path', path: place.path })
    }
    this.hintTree(place.path)
    this.watchAnew(place)
  }

  /** Watches the folder, then hints again: things may have changed before the watch was there. */
  private watchAnew(place: Place): void {
    const done = this.watchTree(place).then(() => {
      if (this.isRunning) this.hintTree(place.path)
    })
    this.track(done)
  }

  /** Watches the folders that former rules left out. */
  private watchLetIn(): void {
    for (const [path, { file }] of [...this.watched]) {
      const folders = this.foldersIn({ file, path: path === '' ? undefined : path })
      for (const inner of folders) {
        if (inner.path !== undefined && !this.watched.has(inner.path)) this.watchAnew(inner)
      }
    }
  }

  private recheck(folder: Place): void {
    const { path } = folder
    if (path === undefined) return this.checkRoot()
    if (this.watched.get(path)?.key === folderKey(folder.file)) return
    this.drop(path)
    this.hintTree(parentOf(path))
    this.watchAnew(folder)
  }

  private checkRoot(): void {
    const key = openKey(this.disk.root)
    if (key === this.rootKey) return
    this.rootKey = key
    this.drop(undefined)
    this.hintTree(undefined)
    if (key !== undefined) this.watchAnew({ file: this.disk.root, path: undefined })
  }

  /** Ends the watches of a folder and of all below it. */
  private drop(folder: VaultPath | undefined): void {
    for (const [path, { watch }] of this.watched) {
      const isInside =
        folder === undefined || path === folder || (path !== '' && isUnder(path, folder))
      if (!isInside) continue
      this.watched.delete(path)
      this.track(watch.close())
    }
  }

  private degrade({ file, path }: Place, error: unknown): void {
    if (!this.isRunning || folderKey(file) === undefined) return
    const code = errorCode(error) ?? String(error)
    this.logger.warn('watcher.degraded', { folder: path ?? '', code })
    if (this.isDegraded) return
    this.isDegraded = true
    this.hintTree(undefined)
    this.enders.push(this.every(degradedMs, () => this.hintTree(undefined)))
  }

  private inside(folder: VaultPath | undefined, name: string): VaultPath | undefined {
    const parsed = parsePath(folder === undefined ? name : `${folder}/${name}`)
    return parsed.ok ? parsed.path : undefined
  }

  private hintTree(folder: VaultPath | undefined): void {
    this.onHint({ type: 'tree', folder })
  }

  private track(work: Promise<void>): void {
    const done = work
      .catch((thrown: unknown) => {
        this.logger.error('watcher.failed', { why: String(thrown) })
      })
      .finally(() => this.closing.delete(done))
    this.closing.add(done)
  }

  private every(ms: number, run: () => void): () => void {
    let cancel = () => {}
    const again = () => {
      cancel = this.clock.after(ms, () => {
        run()
        again()
      })
    }
    again()
    return () => cancel()
  }
}

/** Names a folder for good: an inode number alone is used again at once (M10). */
function folderKey(file: string): string | undefined {
  const stats = lookAt(file)
  if (stats === 'unreadable' || !stats?.isDirectory()) return undefined
  return `${stats.ino} ${stats.birthtimeNs}`
}

/** The key of a folder that can be listed. */
function openKey(folder: string): string | undefined {
  try {
    checkFolder(folder)
    return folderKey(folder)
  } catch (thrown) {
    if (errorCode(thrown) === undefined) throw thrown
    return undefined
  }
}

function lookAt(file: string) {
  try {
    return lstatOf(file)
  } catch (thrown) {
    if (errorCode(thrown) === undefined) throw thrown
    return 'unreadable' as const
  }
}

function isAnother(file: string, known: ReturnType<typeof lookAt>): boolean {
  const stats = lookAt(file)
  return (
    stats !== undefined &&
    stats !== 'unreadable' &&
    known !== 'unreadable' &&
    stats.ino !== known?.ino
  )
}
