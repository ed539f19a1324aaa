// Folders that are to be looked at, each at its time.
import type { FolderVerdict } from '../core/folders.ts'
import type { VaultPath } from '../../shared/vault-path.ts'

/** A folder that was made or removed must stand so for this long: programs make folders to fill them. */
export const folderSettleMs = 300

type Act = FolderVerdict['act']
export type DueFolder = {
  readonly path: VaultPath
  /** What was to be done about it when it was last looked at, and since when. */
  readonly seen: { readonly act: Act; readonly since: number } | undefined
}

export class DueFolders {
  readonly #due = new Map<VaultPath, DueFolder & { readonly at: number }>()
  readonly #behindFiles = new Set<VaultPath>()
  #tree: unknown

  get size(): number {
    return this.#due.size
  }

  /** One that waits already is looked at no later than `at`. */
  add(path: VaultPath, at: number): void {
    const known = this.#due.get(path)
    if (known === undefined) this.#due.set(path, { path, seen: undefined, at })
    else if (at < known.at) this.#due.set(path, { ...known, at })
  }

  /** Is due when the files of the tree are others. */
  await(path: VaultPath): void {
    this.#behindFiles.add(path)
  }

  /** Whether it is another than the last time. */
  isNewTree(tree: unknown): boolean {
    const isNew = tree !== this.#tree
    this.#tree = tree
    return isNew
  }

  treeChanged(now: number): void {
    for (const path of this.#behindFiles) this.add(path, now)
    this.#behindFiles.clear()
  }

  /** Takes out up to `max` folders whose time has come. */
  takeDue(now: number, max: number): DueFolder[] {
    const due: DueFolder[] = []
    for (const folder of this.#due.values()) {
      if (due.length === max) break
      if (folder.at > now) continue
      this.#due.delete(folder.path)
      due.push(folder)
    }
    return due
  }

  /** Whether `act` has been right for long enough for a folder that was taken out; else it is due again then. */
  hasSettled({ path, seen }: DueFolder, act: Act, now: number): boolean {
    const since = seen?.act === act ? seen.since : now
    if (now - since >= folderSettleMs) return true
    this.#due.set(path, { path, seen: { act, since }, at: since + folderSettleMs })
    return false
  }

  /** When the next one is due; undefined when none waits. */
  nextDue(): number | undefined {
    let next: number | undefined
    for (const { at } of this.#due.values()) next = Math.min(next ?? at, at)
    return next
  }
}
