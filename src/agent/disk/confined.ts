// Vault path -> place on disk, never through a link. Everything that touches user files asks here first.
import { type BigIntStats, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Problem } from '../core/facts.ts'
import { type VaultPath, foldersAbove, nameOf, parentOf } from '../../shared/vault-path.ts'
import { lstatOf } from './file-stat.ts'
import { hasCode, onOtherDisk, readProblem, refused } from './problems.ts'

export type Located =
  /** `stats` is undefined when nothing is at `file`, or not even its folder is there. */
  | {
      readonly ok: true
      readonly file: string
      readonly stats: BigIntStats | undefined
      readonly hasFolder: boolean
    }
  /** `link`: the one that `path` would lead through. */
  | { readonly ok: false; readonly problem: Problem; readonly link?: LinkAbove }

/** `made`: the folders in which one was made. */
type MadeFolders = { readonly made: string[]; readonly problem?: Problem }

type LinkAbove = { readonly file: string; readonly path: VaultPath; readonly stats: BigIntStats }

type Found = { readonly file: string; readonly stats: BigIntStats | undefined }

/**
 * The vault's folder. Names on disk may be decomposed (NFD) where vault paths are composed (NFC): the
 * disk keeps its own form, and this object remembers it.
 */
export class ConfinedFolder {
  readonly root: string
  private readonly namesOnDisk = new Map<VaultPath, string>()

  constructor(root: string) {
    this.root = root
  }

  /** Remembers how `path` is spelled on disk. */
  learn(path: VaultPath, name: string): void {
    if (name === nameOf(path)) this.namesOnDisk.delete(path)
    else this.namesOnDisk.set(path, name)
  }

  /**
   * Where `path` is, looking at every folder above, if we may. Throws what else `lstat` throws. With `search` a name
   * that was never listed is also found in its other form, for the price of reading its folder.
   */
  locate(path: VaultPath, search = false): Located {
    try {
      return this.look(path, search)
    } catch (thrown) {
      if (!hasCode(thrown, 'EACCES', 'EPERM')) throw thrown
      return { ok: false, problem: readProblem(thrown) }
    }
  }

  /**
   * Whether a folder is of another disk than the vault's: one that is mounted there. Only folders tell, since some
   * disks number each file's otherwise.
   */
  isElsewhere(stats: BigIntStats): boolean {
    return stats.isDirectory() && stats.dev !== (lstatOf(this.root)?.dev ?? stats.dev)
  }

  private look(path: VaultPath, search: boolean): Located {
    let folder = this.root
    for (const above of foldersAbove(path)) {
      const found = this.find(folder, above, true)
      folder = found.file
      if (found.stats === undefined) return this.nowhere(path)
      if (found.stats.isSymbolicLink()) {
        const link = { file: found.file, path: above, stats: found.stats }
        return { ok: false, problem: refused('below a link'), link }
      }
      if (!found.stats.isDirectory()) return this.nowhere(path)
      if (this.isElsewhere(found.stats)) return { ok: false, problem: onOtherDisk }
    }
    return { ok: true, ...this.find(folder, path, search), hasFolder: true }
  }

  /** Creates the folders above `path`. Returns those whose parents must be synced, or what is in the way. */
  makeFolders(path: VaultPath): MadeFolders {
    return this.makeAll(foldersAbove(path))
  }

  /** The same, and `path` itself. */
  makeFolder(path: VaultPath): MadeFolders {
    return this.makeAll([...foldersAbove(path), path])
  }

  private makeAll(folders: readonly VaultPath[]): MadeFolders {
    const made: string[] = []
    let folder = this.root
    for (const above of folders) {
      const { file, stats } = this.find(folder, above, true)
      if (stats === undefined) {
        mkdirSync(file)
        made.push(folder)
      } else if (!stats.isDirectory()) {
        return { made, problem: refused(`no folder, but something else is at ${above}`) }
      } else if (this.isElsewhere(stats)) return { made, problem: onOtherDisk }
      folder = file
    }
    return { made }
  }

  /** The entry for `path` in `folder`, under whatever form of its name the disk has. */
  private find(folder: string, path: VaultPath, search: boolean): Found {
    const file = join(folder, nameOf(path))
    const stats = lstatOf(file)
    const learned = this.findLearned(folder, path, stats)
    if (learned !== undefined) return learned
    if (stats !== undefined || !search || hasOneForm(nameOf(path))) return { file, stats }
    const other = otherForm(folder, nameOf(path))
    if (other === undefined) return { file, stats }
    this.learn(path, other)
    return { file: join(folder, other), stats: lstatOf(join(folder, other)) }
  }

  /** Where a disk has both forms of a name as two files, the composed one is the file (`composed`: what it is). */
  private findLearned(
    folder: string,
    path: VaultPath,
    composed: BigIntStats | undefined,
  ): Found | undefined {
    const name = this.namesOnDisk.get(path)
    if (name === undefined) return undefined
    const file = join(folder, name)
    const stats = lstatOf(file)
    if (stats !== undefined && (composed === undefined || composed.ino === stats.ino))
      return { file, stats }
    this.namesOnDisk.delete(path)
    return undefined
  }

  private nowhere(path: VaultPath): Located {
    return { ok: true, file: this.plain(path), stats: undefined, hasFolder: false }
  }

  private plain(path: VaultPath): string {
    const folder = parentOf(path)
    const parent = folder === undefined ? this.root : this.plain(folder)
    return join(parent, this.namesOnDisk.get(path) ?? nameOf(path))
  }
}

function hasOneForm(name: string): boolean {
  return name.normalize('NFD') === name
}

function otherForm(folder: string, name: string): string | undefined {
  try {
    return readdirSync(folder).find((other) => other.normalize('NFC') === name)
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT', 'ENOTDIR', 'EACCES')) return undefined
    throw thrown
  }
}
