// `.undrift/tmp`: files on their way to a name, and replaced ones that an editor may still write into.
import {
  closeSync,
  fstatSync,
  fsync,
  mkdirSync,
  openSync,
  readdirSync,
  symlinkSync,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { FileStat } from '../core/facts.ts'
import { type BlobHash, type FileId, base32, parseBlobHash, parseId } from '../../shared/ids.ts'
import type { Random } from '../../shared/ports.ts'
import { AppError } from '../../shared/errors.ts'
import { type NewFileAttributes, applyAttributes, setMode } from './file-attributes.ts'
import { isEntry, lstatOf, toFileStat } from './file-stat.ts'
import { hasCode } from './problems.ts'

/** Our folder in the vault. */
export const ownFolderName = '.undrift'

const newFile = /^w-[a-z2-7]{16}$/
/** The name carries what the file was like when it was replaced: size and mtime. */
const displacedFile = /^o-[a-z2-7]{16}-(\d+)-(\d+)$/
const partFile = /^b-([0-9a-f]{64})$/
const stagedFile = /^s-([a-z2-7]{26})$/

/** A replaced file of a run that is over, and what it was like when it was replaced. */
export type Leftover = { readonly file: string; readonly replaced: FileStat }

export class TempFolder {
  private readonly root: string
  private readonly random: Random
  private run: string | undefined
  private count = 0
  private freshMode: number | undefined

  constructor(root: string, random: Random) {
    this.root = root
    this.random = random
  }

  /** Creates a folder of ours if need be; refuses one that is a link to elsewhere. */
  ownFolder(...names: string[]): string {
    let folder = this.root
    for (const name of [ownFolderName, ...names]) {
      folder = join(folder, name)
      const stats = lstatOf(folder)
      if (stats === undefined) makeFolder(folder)
      else if (!stats.isDirectory()) throw new AppError('not-a-folder', `${folder} is no folder`)
    }
    return folder
  }

  staged(id: FileId): string {
    return join(this.ownFolder('tmp'), `s-${id}`)
  }

  /** Where the bytes of a binary file are put together. It outlives the run. */
  part(hash: BlobHash): string {
    return join(this.ownFolder('tmp'), `b-${hash}`)
  }

  /** Removes the parts of other bytes than these. */
  keepParts(wanted: ReadonlySet<BlobHash>): void {
    const folder = this.ownFolder('tmp')
    for (const name of readdirSync(folder)) {
      const hash = parseBlobHash(partFile.exec(name)?.[1] ?? '')
      if (hash !== undefined && !wanted.has(hash)) removeIfThere(join(folder, name))
    }
  }

  /** The same to write into: one that a crash left with a name in the vault too is begun anew. */
  ownPart(hash: BlobHash): string {
    const file = this.part(hash)
    const stats = lstatOf(file)
    if (stats !== undefined && stats.nlink > 1n) removeIfThere(file)
    else this.makeFresh(file)
    return file
  }

  /** Name for a hard link to a file that is about to be replaced. */
  displaced(expected: FileStat): string {
    return join(this.ownFolder('tmp'), `o-${this.nextName()}-${expected.size}-${expected.mtime}`)
  }

  /** Name for a file that is not whole yet; the next run removes it. */
  newFile(): string {
    return join(this.ownFolder('tmp'), `w-${this.nextName()}`)
  }

  /** A new file with these bytes, on disk for good but not yet under its name. */
  async create(bytes: Uint8Array, attributes: NewFileAttributes): Promise<string> {
    const file = this.newFile()
    const fd = openSync(file, 'wx')
    try {
      await writeAll(fd, bytes)
      applyAttributes(fd, attributes, this.newFileMode())
      await syncFile(fd)
      return file
    } catch (thrown) {
      removeIfThere(file)
      throw thrown
    } finally {
      closeSync(fd)
    }
  }

  /** A symbolic link that is not yet under its name. */
  createLink(target: string): string {
    const file = this.newFile()
    symlinkSync(target, file)
    return file
  }

  /** The same with bytes that were put together in a part; undefined when it is not there. */
  async adopt(hash: BlobHash, attributes: NewFileAttributes): Promise<string | undefined> {
    const file = this.part(hash)
    if (lstatOf(file) === undefined) return undefined
    this.makeFresh(file)
    const fd = openSync(file, 'r')
    try {
      applyAttributes(fd, attributes, this.newFileMode())
      await syncFile(fd)
      return file
    } finally {
      closeSync(fd)
    }
  }

  /** A part may have the rights of the file that it was to be, from a time when that came to nothing. */
  private makeFresh(part: string): void {
    const stats = lstatOf(part)
    const fresh = this.newFileMode()
    if (stats?.isFile() && (Number(stats.mode) & 0o7777) !== fresh) setMode(part, fresh)
  }

  /** The permission bits that the umask leaves a new file; there is no other safe way to ask for it. */
  newFileMode(): number {
    if (this.freshMode !== undefined) return this.freshMode
    const file = this.newFile()
    const fd = openSync(file, 'wx')
    try {
      this.freshMode = fstatSync(fd).mode & 0o777
      return this.freshMode
    } finally {
      closeSync(fd)
      removeIfThere(file)
    }
  }

  listStaged(): Map<FileId, FileStat> {
    const staged = new Map<FileId, FileStat>()
    const folder = this.ownFolder('tmp')
    for (const name of readdirSync(folder)) {
      const id = parseId<FileId>(stagedFile.exec(name)?.[1] ?? '')
      const stats = id === undefined ? undefined : lstatOf(join(folder, name))
      if (id !== undefined && isEntry(stats)) staged.set(id, toFileStat(stats))
    }
    return staged
  }

  /** Removes unfinished files of runs that died; returns replaced files of such runs. */
  clean(): Leftover[] {
    const leftovers: Leftover[] = []
    const folder = this.ownFolder('tmp')
    for (const name of readdirSync(folder)) {
      const file = join(folder, name)
      if (newFile.test(name)) removeIfThere(file)
      const [, size, mtime] = displacedFile.exec(name) ?? []
      const stats = mtime === undefined ? undefined : lstatOf(file)
      if (mtime === undefined || stats === undefined) continue
      leftovers.push({ file, replaced: { ...toFileStat(stats), size: Number(size), mtime } })
    }
    return leftovers
  }

  /** Half of it chance, drawn once a run, half of it a counter: always 16 characters. */
  private nextName(): string {
    this.run ??= base32(this.random.bytes(5))
    this.count += 1
    return this.run + base32(Uint8Array.from([32, 24, 16, 8, 0], (bits) => this.count / 2 ** bits))
  }
}

export function removeIfThere(file: string): void {
  try {
    unlinkSync(file)
  } catch (thrown) {
    if (!hasCode(thrown, 'ENOENT')) throw thrown
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (thrown) {
    if (!hasCode(thrown, 'EEXIST')) throw thrown
  }
}

/** A large file is written in pieces, off the event loop; a small one at once, which is ten times faster. */
async function writeAll(fd: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    if (bytes.length <= smallBytes) at += writeSync(fd, bytes, at)
    else at += (await writeLarge(fd, bytes, at, bytes.length - at)).bytesWritten
  }
}

const smallBytes = 128 * 1024
const writeLarge = promisify(write)
/** Off the event loop, since it takes milliseconds. */
export const syncFile = promisify(fsync)
