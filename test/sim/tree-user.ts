// A person's programs that make links and folders, give files odd names, and change what stands beside their content.
// Draws from a random stream of its own.
import type { MemoryFolder } from '../fakes/memory-folder.ts'
import type { SeededRandom } from '../fakes/seeded-random.ts'
import { type VaultPath, isUnder, parsePath } from '../../src/shared/vault-path.ts'
import { isTextPath } from '../../src/agent/core/ignore.ts'
import { type Tokens, tokensOf } from './tokens.ts'
import type { User } from './user.ts'
import { type Versions, linkTarget } from './versions.ts'

const folders = ['', 'daily/', 'projects/', 'Daily/', 'links/']
const linkNames = ['current', 'latest.png', 'a.bin', 'plan.md']
const folderNames = ['empty', 'daily', 'Projects', 'projects/deep', 'links/é', 'two\nlines']
/** Twins of other names but for their case, one that has two Unicode forms, a line break, and as long as names get. */
const oddNames = ['A', 'PLAN', 'é', 'two\nlines', 'x'.repeat(251)]
const oddEndings = ['.md', '.bin']
const rights = [0o755, 0o644]
const dayUs = 86_400_000_000

export class TreeUser {
  readonly #user: User
  readonly #folder: MemoryFolder
  readonly #random: SeededRandom
  readonly #versions: Versions
  readonly #tokens: Tokens
  readonly #now: () => number
  readonly #trace: (line: string) => void

  /** `now` in ms. */
  constructor(
    user: User,
    random: SeededRandom,
    versions: Versions,
    tokens: Tokens,
    now: () => number,
    trace: (line: string) => void,
  ) {
    this.#user = user
    this.#folder = user.device.folder
    this.#random = random
    this.#versions = versions
    this.#tokens = tokens
    this.#now = now
    this.#trace = trace
  }

  act(): void {
    const dice = this.#random.below(100)
    if (dice < 16) this.#link(this.#newPath(linkNames))
    else if (dice < 26) this.#link(this.#pick(this.#user.links()))
    else if (dice < 30) this.#link(this.#pick(this.#binaries()))
    else if (dice < 34) this.#write(this.#pick(this.#user.links()))
    else if (dice < 40) this.#renameLink()
    else if (dice < 45) this.#removeLink()
    else if (dice < 53) this.#makeFolder()
    else if (dice < 60) this.#removeFolder()
    else if (dice < 66) this.#renameFolder()
    else if (dice < 78) this.setRights(this.#pick(this.#user.paths()))
    else if (dice < 88) this.#setTime()
    else if (dice < 94) this.#createOdd()
    else this.#writeDouble()
  }

  setRights(path: VaultPath | undefined): void {
    if (path !== undefined) this.#folder.chmod(path, this.#random.pick(rights))
  }

  /** To one that no file has had. */
  setTime(path: VaultPath): void {
    this.#folder.setTime(path, this.#now() * 1_000 - this.#random.below(dayUs))
  }

  #binaries(): VaultPath[] {
    return this.#user.paths().filter((path) => !this.#folder.isNote(path))
  }

  #pick(paths: readonly VaultPath[]): VaultPath | undefined {
    return paths.length === 0 ? undefined : this.#random.pick(paths)
  }

  #newPath(names: readonly string[], ending = ''): VaultPath | undefined {
    return this.#free(this.#random.pick(folders) + this.#random.pick(names) + ending)
  }

  #free(text: string): VaultPath | undefined {
    const parsed = parsePath(text)
    if (!parsed.ok || !this.#user.isFree(parsed.path)) return undefined
    const isTaken = this.#folder.files.has(parsed.path) || this.#folder.hasFolder(parsed.path)
    return isTaken ? undefined : parsed.path
  }

  #link(path: VaultPath | undefined): void {
    if (path === undefined) return
    const target = linkTarget(this.#versions.next())
    this.#put(path, Buffer.from(target), () => this.#folder.link(path, target))
  }

  /** A file in place of a link. */
  #write(path: VaultPath | undefined): void {
    if (path === undefined) return
    const bytes = Buffer.from(`\xffb${this.#versions.next()}y`, 'latin1')
    this.#put(path, bytes, () => this.#folder.replace(path, bytes))
  }

  #put(path: VaultPath, after: Uint8Array, run: () => void): void {
    const before = this.#folder.files.get(path)?.bytes
    this.#trace(`puts ${Buffer.from(after).toString('latin1')} at ${path}`)
    this.#tokens.deletedWith(tokensOf(this.#folder.read(path) ?? '').join(' '))
    this.#versions.written(path, after, before, this.#user.device.fileOf(path))
    if (before !== undefined) this.#versions.replaced(before)
    run()
  }

  #renameLink(): void {
    const from = this.#pick(this.#user.links())
    const to = this.#newPath(linkNames)
    if (from !== undefined && to !== undefined) this.#user.move(from, to)
  }

  #removeLink(): void {
    const path = this.#pick(this.#user.links())
    if (path !== undefined) this.#user.remove(path)
  }

  #makeFolder(): void {
    const path = this.#free(this.#random.pick(folderNames))
    if (path === undefined) return
    this.#trace(`makes ${path}/`)
    this.#folder.makeFolder(path)
  }

  #removeFolder(): void {
    const path = this.#pick([...this.#folder.folders].sort())
    if (path === undefined || !this.#user.isFree(path)) return
    if (this.#folder.removeFolder(path)) this.#trace(`removes ${path}/`)
  }

  /** With all that is in it. */
  #renameFolder(): void {
    const from = this.#pick([...this.#folder.folders].sort())
    const to = this.#free(this.#random.pick(folderNames))
    if (from === undefined || to === undefined || isUnder(to, from)) return
    if (!this.#user.isFree(from)) return
    this.#trace(`renames ${from}/ to ${to}/`)
    const isInside = (path: VaultPath): boolean => path === from || isUnder(path, from)
    const moved = (path: VaultPath) => parsePath(to + path.slice(from.length))
    for (const path of [...this.#folder.files.keys()].filter(isInside)) {
      const place = moved(path)
      if (place.ok) this.#user.move(path, place.path)
    }
    const emptied = [...this.#folder.folders].filter(isInside).sort().reverse()
    for (const path of emptied) {
      const place = moved(path)
      if (place.ok && this.#folder.removeFolder(path)) this.#folder.makeFolder(place.path)
    }
  }

  /** Of what is in step only: touched, a file looks saved at another time than it was. */
  #setTime(): void {
    const path = this.#pick(this.#user.paths())
    if (path !== undefined && this.#user.device.hasSent(path)) this.setTime(path)
  }

  #createOdd(): void {
    const path = this.#newPath(oddNames, this.#random.pick(oddEndings))
    if (path === undefined) return
    if (isTextPath(path)) void this.#user.create(path)
    else this.#write(path)
  }

  #writeDouble(): void {
    const twofold = [...this.#folder.files.keys()].filter((path) => path !== path.normalize('NFD'))
    const path = this.#pick(twofold.filter((some) => !this.#folder.doubles.has(some)).sort())
    if (path === undefined) return this.#write(this.#newPath(['é'], '.bin'))
    const bytes = Buffer.from(`\xffb${this.#versions.next()}y`, 'latin1')
    this.#trace(`writes a double of ${path}`)
    this.#versions.written(path, bytes)
    this.#folder.writeDouble(path, bytes)
  }
}
