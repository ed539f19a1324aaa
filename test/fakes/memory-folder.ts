// A folder in memory that behaves like one on ext4: inodes that are reused at once, birth times, times in
// ticks, open files that keep an inode alive. Users and agents work on the same one.
import { isUtf8 } from 'node:buffer'
import { isTextPath } from '../../src/agent/core/ignore.ts'
import type { DiskEntry, FileStat } from '../../src/agent/core/facts.ts'
import type { Double } from '../../src/agent/disk/disk.ts'
import { type VaultPath, foldersAbove, nameOf } from '../../src/shared/vault-path.ts'

export type Inode = {
  readonly ino: number
  readonly birth: bigint
  mtime: bigint
  ctime: bigint
  /** Of a link: what it says. */
  bytes: Uint8Array
  readonly isLink: boolean
  /** Permission bits. */
  mode: number
}

export type Content = string | Uint8Array

/** What users do to bytes that are there. */
export type Deeds = {
  /** These were written over, or removed. */
  readonly onOverwritten?: (bytes: Uint8Array) => void
  /** These have another name. */
  readonly onRenamed?: (path: VaultPath, bytes: Uint8Array) => void
}

/** Files and folders of one device. */
export class MemoryFolder {
  readonly files = new Map<VaultPath, Inode>()
  /** Those that need no file in them: made as such, or left by their last file. */
  readonly #folders = new Set<VaultPath>()
  /** Files beside those at these paths: their names are the same in another Unicode form. */
  readonly doubles = new Map<VaultPath, Inode>()
  /** `staged/...` and `trash/...`, outside the tree. */
  readonly aside = new Map<string, Inode>()
  readonly #now: () => number
  readonly #onChange: (path: VaultPath) => void
  readonly #deeds: Deeds
  readonly #freeInos: number[] = []
  #lastIno = 1000
  #trashed = 0

  /**
   * `now` in ms; `onChange` hears of every path that a user changes, `deeds` of what that did.
   */
  constructor(now: () => number, onChange: (path: VaultPath) => void, deeds: Deeds = {}) {
    this.#now = now
    this.#onChange = onChange
    this.#deeds = deeds
  }

  read(path: VaultPath): string | undefined {
    const inode = this.files.get(path)
    return inode === undefined
      ? undefined
      : new TextDecoder('utf-8', { ignoreBOM: true }).decode(inode.bytes)
  }

  /** All of them, those above files too. */
  get folders(): ReadonlySet<VaultPath> {
    const ofFiles = [...this.files.keys()].flatMap(foldersAbove)
    return new Set([...this.#folders, ...ofFiles])
  }

  /** Whether what is at `path` can be a note. */
  isNote(path: VaultPath): boolean {
    const inode = this.files.get(path)
    return inode?.isLink === false && isTextPath(path) && isUtf8(inode.bytes)
  }

  isLink(path: VaultPath): boolean {
    return this.files.get(path)?.isLink === true
  }

  hasFolder(path: VaultPath): boolean {
    return this.#folders.has(path) || this.#isFilled(path)
  }

  isEmpty(path: VaultPath): boolean {
    return !this.#isFilled(path)
  }

  keepFolders(paths: readonly VaultPath[]): void {
    for (const path of paths) this.#folders.add(path)
  }

  dropFolder(path: VaultPath): void {
    this.#folders.delete(path)
  }

  #isFilled(path: VaultPath): boolean {
    const inside = `${path}/`
    for (const file of this.files.keys()) if (file.startsWith(inside)) return true
    for (const folder of this.#folders) if (folder.startsWith(inside)) return true
    return false
  }

  create(bytes: Uint8Array, isLink = false): Inode {
    const now = this.time()
    const ino = this.#freeInos.pop() ?? ++this.#lastIno
    return { ino, birth: now, mtime: now, ctime: now, bytes, isLink, mode: isLink ? 0o777 : 0o644 }
  }

  /** Opens, truncates and writes in place, or creates. */
  writeInPlace(path: VaultPath, content: Content): void {
    const bytes = bytesOf(content)
    const inode = this.files.get(path)
    if (inode === undefined) this.files.set(path, this.create(bytes))
    else {
      this.#deeds.onOverwritten?.(inode.bytes)
      inode.bytes = bytes
      inode.mtime = inode.ctime = this.time()
    }
    this.#onChange(path)
  }

  /** Writes through a descriptor that was opened before; false when the file is no longer in the folder. */
  writeThrough(inode: Inode, content: Content): boolean {
    this.#deeds.onOverwritten?.(inode.bytes)
    inode.bytes = bytesOf(content)
    inode.mtime = inode.ctime = this.time()
    const [path] = [...this.files].find(([, other]) => other === inode) ?? []
    if (path !== undefined) this.#onChange(path)
    return path !== undefined
  }

  /** Replaces by rename, as editors that write a temporary file first do. */
  replace(path: VaultPath, content: Content): void {
    const inode = this.create(bytesOf(content))
    inode.ctime = inode.mtime + 1n
    this.#lose(this.files.get(path))
    this.files.set(path, inode)
    this.#onChange(path)
  }

  /** Makes a symbolic link, or replaces what is there by one. */
  link(path: VaultPath, target: string): void {
    this.#lose(this.files.get(path))
    this.files.set(path, this.create(bytesOf(target), true))
    this.#onChange(path)
  }

  /** Writes a file whose name is that of the one at `path` in another Unicode form. */
  writeDouble(path: VaultPath, content: Content): void {
    this.doubles.set(path, this.create(bytesOf(content)))
    this.#onChange(path)
  }

  /** What a listing finds of them: one that is alone by now has the path. */
  takeDoubles(): Double[] {
    for (const [path, inode] of this.doubles) {
      if (this.files.has(path)) continue
      this.doubles.delete(path)
      this.files.set(path, inode)
    }
    return [...this.doubles.keys()].map((path) => ({ path, name: nameOf(path).normalize('NFD') }))
  }

  makeFolder(path: VaultPath): void {
    this.keepFolders([...foldersAbove(path), path])
    this.#onChange(path)
  }

  /** False when something is in it. */
  removeFolder(path: VaultPath): boolean {
    if (!this.isEmpty(path)) return false
    this.keepFolders(foldersAbove(path))
    this.dropFolder(path)
    this.#onChange(path)
    return true
  }

  rename(from: VaultPath, to: VaultPath): boolean {
    const inode = this.files.get(from)
    if (inode === undefined || this.files.has(to)) return false
    this.keepFolders(foldersAbove(from))
    this.files.delete(from)
    this.files.set(to, inode)
    inode.ctime = this.time()
    this.#deeds.onRenamed?.(to, inode.bytes)
    this.#onChange(from)
    this.#onChange(to)
    return true
  }

  remove(path: VaultPath): void {
    const inode = this.files.get(path)
    if (inode === undefined) return
    this.keepFolders(foldersAbove(path))
    this.files.delete(path)
    this.#lose(inode)
    this.#onChange(path)
  }

  touch(path: VaultPath): void {
    const inode = this.files.get(path)
    if (inode !== undefined) inode.mtime = inode.ctime = this.time()
    this.#onChange(path)
  }

  /** `mtime` in microseconds. */
  setTime(path: VaultPath, mtime: number): void {
    const inode = this.files.get(path)
    if (inode === undefined) return
    inode.mtime = BigInt(mtime) * 1000n
    inode.ctime = this.time()
    this.#onChange(path)
  }

  chmod(path: VaultPath, mode: number): void {
    const inode = this.files.get(path)
    if (inode === undefined) return
    inode.mode = mode
    inode.ctime = this.time()
    this.#onChange(path)
  }

  /** Nanoseconds in ticks of 4 ms, as a kernel at 250 Hz stamps them. */
  time(): bigint {
    return BigInt(Math.floor(this.#now() / 4) * 4) * 1_000_000n
  }

  /** What the agent keeps of `path`, outside the tree. */
  keep(path: VaultPath, inode: Inode): void {
    this.aside.set(`trash/${++this.#trashed}/${path}`, inode)
  }

  #lose(inode: Inode | undefined): void {
    if (inode === undefined) return
    this.#freeInos.push(inode.ino)
    this.#deeds.onOverwritten?.(inode.bytes)
  }
}

function bytesOf(content: Content): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content
}

export function statOf({ ino, birth, mtime, ctime, bytes, mode }: Inode): FileStat {
  return {
    ino: String(ino),
    birth: String(birth),
    mtime: String(mtime),
    ctime: String(ctime),
    size: bytes.length,
    mode,
  }
}

/** What `lstat` and `readlink` tell. */
export function entryOf(inode: Inode): DiskEntry {
  const stat = statOf(inode)
  if (!inode.isLink) return { kind: 'file', stat }
  return { kind: 'link', stat, target: new TextDecoder().decode(inode.bytes) }
}
