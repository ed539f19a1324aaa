// A person's programs that write files which are no text: pictures, archives, notes that got a wrong byte.
// Every version has a token that no other has. Draws from a random stream of its own.
import { blobHashOf } from '../../src/agent/blob/fingerprint.ts'
import type { Inode } from '../fakes/memory-folder.ts'
import { Process, type Scheduler } from '../fakes/scheduler.ts'
import type { SeededRandom } from '../fakes/seeded-random.ts'
import { type VaultPath, parsePath } from '../../src/shared/vault-path.ts'
import { type Tokens, tokensOf } from './tokens.ts'
import type { User } from './user.ts'
import { type Versions, tokenOf } from './versions.ts'

const folders = ['', 'daily/', 'projects/', 'archive/']
const names = ['a', 'photo', 'scan']
/** A file of any other name is binary, whatever is in it. */
const endings = ['.bin', '.bin', '.png', '.md']
const wrongByte = 0xff
/** Read beside the turns; cut into chunks. */
const largeBytes = [1_200_000, 4_500_000]

export class BinaryUser {
  readonly #user: User
  readonly #scheduler: Scheduler
  readonly #random: SeededRandom
  readonly #versions: Versions
  readonly #tokens: Tokens
  readonly #process: Process
  readonly #trace: (line: string) => void

  constructor(
    user: User,
    scheduler: Scheduler,
    random: SeededRandom,
    versions: Versions,
    tokens: Tokens,
    trace: (line: string) => void,
  ) {
    this.#user = user
    this.#scheduler = scheduler
    this.#random = random
    this.#versions = versions
    this.#tokens = tokens
    this.#trace = trace
    this.#process = new Process(`programs of ${user.device.name}`)
  }

  /** Does one thing, perhaps in several steps over time. */
  async act(): Promise<void> {
    const dice = this.#random.below(100)
    if (dice < 22) await this.#create()
    else if (dice < 46) await this.#change()
    else if (dice < 54) await this.#copy()
    else if (dice < 64) this.#rename()
    else if (dice < 72) this.#remove()
    else if (dice < 82) await this.#turn()
    else if (dice < 92) await this.#turnBack()
    else if (dice < 96) await this.#empty()
    else this.#moveAndReplace()
  }

  /** Two do something with one file, or to one name, at once. */
  static meet(a: BinaryUser, b: BinaryUser): void {
    if (a === b) return
    const path = a.#pick(a.#binaries())
    if (path === undefined || a.#random.chance(0.3)) {
      const born = a.#newPath()
      if (born === undefined) return
      for (const one of [a, b]) void one.#save(born, undefined, one.#bytes())
      return
    }
    void a.#change(path)
    if (a.#random.chance(0.5)) void b.#change(path)
    else if (b.#files().includes(path)) b.#user.remove(path)
  }

  #files(): VaultPath[] {
    return this.#user.paths()
  }

  #binaries(): VaultPath[] {
    const { folder } = this.#user.device
    return this.#files().filter((path) => !folder.isNote(path))
  }

  #notes(): VaultPath[] {
    const { folder } = this.#user.device
    return this.#files().filter((path) => folder.isNote(path))
  }

  #pick(paths: readonly VaultPath[]): VaultPath | undefined {
    return paths.length === 0 ? undefined : this.#random.pick(paths)
  }

  #newPath(): VaultPath | undefined {
    const random = this.#random
    const name = random.pick(folders) + random.pick(names) + random.pick(endings)
    const parsed = parsePath(name)
    const { folder } = this.#user.device
    if (!parsed.ok || folder.files.has(parsed.path) || folder.hasFolder(parsed.path)) return
    return parsed.path
  }

  #bytesAt(path: VaultPath): Uint8Array | undefined {
    return this.#user.device.folder.files.get(path)?.bytes
  }

  #bytes(): Uint8Array {
    const token = Buffer.from(`b${this.#versions.next()}y`)
    const size = this.#random.chance(0.03) ? this.#random.pick(largeBytes) : this.#random.below(200)
    const noise = this.#random.bytes(Math.min(size, 1_000))
    const filling = Buffer.alloc(size, noise.length === 0 ? 0 : noise)
    return Buffer.concat([Uint8Array.of(wrongByte), token, filling, token])
  }

  async #create(): Promise<void> {
    const path = this.#newPath()
    if (path !== undefined) await this.#save(path, undefined, this.#bytes())
  }

  async #change(path = this.#pick(this.#binaries())): Promise<void> {
    const before = path === undefined ? undefined : this.#bytesAt(path)
    if (path !== undefined && before !== undefined) await this.#save(path, before, this.#bytes())
  }

  async #copy(): Promise<void> {
    const from = this.#pick(this.#binaries())
    const to = this.#random.chance(0.5) ? this.#newPath() : this.#pick(this.#binaries())
    const bytes = from === undefined ? undefined : this.#bytesAt(from)
    if (to === undefined || from === to || bytes === undefined || isWordy(bytes)) return
    const before = this.#bytesAt(to)
    // Who copies it over another one while nobody looks, and changes it then, may mean a move over that (SYNC-35).
    if (before !== undefined && !this.#user.isHeard) this.#versions.mayStand(blobHashOf(before))
    await this.#save(to, before, bytes)
    // Who copies and deletes may mean a rename.
    if (this.#random.chance(0.2) && from !== undefined && this.#files().includes(from)) {
      this.#user.remove(from)
    }
  }

  /** Also what a file is called may make it a note or none. */
  #rename(): void {
    const from = this.#pick(this.#random.chance(0.8) ? this.#binaries() : this.#files())
    const to = this.#newPath()
    if (from === undefined || to === undefined) return
    this.#noteTurned(from)
    this.#user.move(from, to)
  }

  #noteTurned(path: VaultPath): void {
    const id = this.#user.device.fileAt(path)
    if (id !== undefined) this.#versions.turned.add(id)
  }

  #remove(): void {
    const path = this.#pick(this.#binaries())
    if (path !== undefined) this.#user.remove(path)
  }

  /** A note gets a byte that no text has. */
  async #turn(): Promise<void> {
    const path = this.#pick(this.#notes())
    const before = path === undefined ? undefined : this.#bytesAt(path)
    if (path === undefined || before === undefined) return
    this.#noteTurned(path)
    const mark = Buffer.from(`b${this.#versions.next()}y`)
    const after = Buffer.concat([before, Uint8Array.of(wrongByte), mark])
    await this.#save(path, before, after)
  }

  /** Somebody repairs a note. */
  async #turnBack(): Promise<void> {
    const path = this.#pick(this.#binaries().filter((some) => some.endsWith('.md')))
    const before = path === undefined ? undefined : this.#bytesAt(path)
    if (path === undefined || before === undefined) return
    const words =
      Buffer.from(before)
        .toString('latin1')
        .match(/[\x20-\x7e\n]+/g) ?? []
    const text = words.join(' ').replaceAll(/b\d+y/g, '')
    await this.#save(path, before, Buffer.from(`${text}\n${this.#user.newWord()} repaired\n`))
  }

  async #empty(): Promise<void> {
    const path = this.#pick(this.#binaries())
    const before = path === undefined ? undefined : this.#bytesAt(path)
    if (path === undefined || before === undefined) return
    await this.#save(path, before, new Uint8Array())
  }

  /** The name of one that goes elsewhere is another's at once. */
  #moveAndReplace(): void {
    const from = this.#pick(this.#binaries())
    const to = this.#newPath()
    if (from === undefined || to === undefined || !this.#user.move(from, to)) return
    const bytes = this.#bytes()
    this.#versions.written(from, bytes)
    this.#user.device.folder.replace(from, bytes)
  }

  async #save(path: VaultPath, before: Uint8Array | undefined, after: Uint8Array): Promise<void> {
    const { folder } = this.#user.device
    // Into what it points to: that is another file.
    if (folder.isLink(path)) return
    await this.#user.exclusively([path], async () => {
      this.#trace(`writes ${nameOf(after)} to ${path} over ${nameOf(before)}`)
      const style = this.#random.below(5)
      const replaces = style === 1 || style === 4
      switch (replaces && this.#user.device.knows(path) === 'other path' ? 0 : style) {
        case 0:
          this.#count(path, before, after)
          folder.writeInPlace(path, after)
          return
        case 1:
          this.#count(path, before, after)
          folder.replace(path, after)
          return
        case 2:
          this.#loseWords(path, after)
          folder.writeInPlace(path, '')
          return await this.#finish(path, before, after, 1_500)
        case 3:
          this.#loseWords(path, after)
          folder.writeInPlace(path, after.subarray(0, after.length / 2))
          return await this.#finish(path, before, after, 5)
        default:
          this.#loseWords(path, after)
          if (folder.files.has(path)) folder.remove(path)
          await this.#pause(120)
          this.#count(path, before, after)
          folder.replace(path, after)
      }
    })
  }

  /** Writes the rest through the descriptor; where the file lost its name meanwhile it was nobody's version. */
  async #finish(
    path: VaultPath,
    before: Uint8Array | undefined,
    after: Uint8Array,
    atMostMs: number,
  ): Promise<void> {
    const { folder } = this.#user.device
    const open: Inode | undefined = folder.files.get(path)
    await this.#pause(atMostMs)
    this.#loseWords(path, after)
    if (open !== undefined && folder.writeThrough(open, after)) this.#count(path, before, after)
    else this.#trace(`nobody has ${nameOf(after)}`)
  }

  /** Words that stand here and not in `after` are this person's to take away. */
  #loseWords(path: VaultPath, after: Uint8Array): void {
    const kept = new Set(tokensOf(Buffer.from(after).toString('latin1')))
    const words = tokensOf(this.#user.device.folder.read(path) ?? '')
    this.#tokens.deletedWith(words.filter((word) => !kept.has(word)).join(' '))
  }

  #count(path: VaultPath, before: Uint8Array | undefined, after: Uint8Array): void {
    this.#loseWords(path, after)
    this.#versions.written(path, after, before, this.#user.device.fileOf(path))
    if (before !== undefined) this.#versions.replaced(before)
  }

  #pause(atMostMs: number): Promise<void> {
    return this.#scheduler.sleep(this.#process, this.#random.below(atMostMs))
  }
}

/** Words stand once: what has some is not copied. */
function isWordy(bytes: Uint8Array): boolean {
  return tokensOf(Buffer.from(bytes).toString('latin1')).length > 0
}

function nameOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? 'nothing' : tokenOf(bytes)
}
