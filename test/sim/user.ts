// A person at one device: creates, edits, renames and deletes notes the way people and their programs do.
// Every insertion carries a token that no other has, so that what was lost or doubled can be told.
import type { Inode } from '../fakes/memory-folder.ts'
import { Process, type Scheduler } from '../fakes/scheduler.ts'
import type { SeededRandom } from '../fakes/seeded-random.ts'
import type { FileId } from '../../src/shared/ids.ts'
import { type VaultPath, isUnder, nameOf, parsePath } from '../../src/shared/vault-path.ts'
import type { Device } from './device.ts'
import { type Tokens, tokensOf } from './tokens.ts'

const folders = ['', 'daily/', 'projects/', 'projects/deep/']
const names = ['a', 'b', 'c', 'plan', 'log', '2026-11-20']

type Buffer = {
  readonly text: string
  readonly file: FileId | undefined
  readonly loadedAt: number
}

/** How long an editor holds a buffer (SYNC-11), and how long where another saves the same note (SYNC-25). */
const buffersAtMostMs = 3_600_000
const besideOthersMs = 30_000
/** Who writes a part of what the agent has written has not seen it, if it stood there for less than this (SYNC-40). */
const unseenMs = 2_000

export class User {
  readonly #device: Device
  readonly #scheduler: Scheduler
  readonly #random: SeededRandom
  readonly #tokens: Tokens
  readonly #process: Process
  readonly #trace: (line: string) => void
  /** Buffers that editors hold open, with the text they loaded and of which file. */
  readonly #buffers = new Map<VaultPath, Buffer>()
  /** What stood at a path before saves: who deletes the file takes that along. */
  readonly #overwritten = new Map<VaultPath, string>()
  /** What saves from older buffers left out of what stood there, and until when a later save tells of them. */
  readonly #leftOut = new Map<VaultPath, { readonly words: string; readonly toldUntil: number }>()
  /** What this person wrote: they may overwrite it themselves. */
  readonly #own = new Set<string>()
  /** Paths in the middle of a save: nobody else touches them. */
  readonly #busy = new Set<VaultPath>()

  constructor(
    device: Device,
    scheduler: Scheduler,
    random: SeededRandom,
    tokens: Tokens,
    trace: (line: string) => void,
  ) {
    this.#trace = trace
    this.#device = device
    this.#scheduler = scheduler
    this.#random = random
    this.#tokens = tokens
    this.#process = new Process(`user of ${device.name}`)
  }

  get isBusy(): boolean {
    return this.#busy.size > 0
  }

  get device(): Device {
    return this.#device
  }

  /**
   * The same change, by hand or by a program, on a device that is connected and one that is not (HC-48). Two
   * that send it in the same moment both become operations: only the relay could tell, and it does not.
   */
  static async makeSameEdit(a: User, b: User): Promise<void> {
    if (a.isHeard === b.isHeard) return
    const [heard, unheard] = a.isHeard ? [a, b] : [b, a]
    const [textsOfA, textsOfB] = [a.#device.folder, b.#device.folder]
    const path = a
      .#notes()
      .find((some) => !b.#busy.has(some) && textsOfA.read(some) === textsOfB.read(some))
    if (path === undefined || a.#device.fileAt(path) !== b.#device.fileAt(path)) return
    for (const user of [a, b]) user.#forgetBuffer(path, besideOthersMs)
    const before = tokensOf(textsOfA.read(path) ?? '')
    const edited = a.#change(textsOfA.read(path) ?? '')
    a.#trace(`and ${b.#device.name} both make ${path} ${JSON.stringify(edited)}`)
    textsOfA.writeInPlace(path, edited)
    textsOfB.writeInPlace(path, edited)
    const added = tokensOf(edited).filter((token) => !before.includes(token))
    for (const token of added) b.#own.add(token)
    const isSent = (): boolean => heard.#device.hasSent(path)
    await a.#scheduler.run(a.#scheduler.now() + 1_000, () => isSent() || unheard.isHeard)
    if (!isSent() || unheard.isHeard) a.#tokens.writtenTwice(added.join(' '))
  }

  /** Whether the agent here is at one with the relay, so that it looks at what is saved. */
  get isHeard(): boolean {
    return this.#device.mirror?.isCaughtUp === true
  }

  /** Does one thing, perhaps in several steps over time. */
  async act(): Promise<void> {
    const dice = this.#random.below(100)
    if (dice < 15) await this.#create()
    else if (dice < 50) await this.#edit()
    else if (dice < 55) await this.#editOpen()
    else if (dice < 65) await this.#loadBuffer()
    else if (dice < 75) await this.#saveBuffer()
    else if (dice < 82) this.#rename()
    else if (dice < 85) this.#renameOver()
    else if (dice < 89) this.#renameFolder()
    else if (dice < 94) this.#removeOne()
    else if (dice < 97) this.#touch()
    else await this.#swap()
  }

  /** The files that nobody is busy with. */
  paths(): VaultPath[] {
    const { folder } = this.#device
    return this.#free().filter((path) => !folder.isLink(path))
  }

  links(): VaultPath[] {
    const { folder } = this.#device
    return this.#free().filter((path) => folder.isLink(path))
  }

  #free(): VaultPath[] {
    return [...this.#device.folder.files.keys()].filter((path) => !this.#busy.has(path)).sort()
  }

  /** Whether nobody is busy with what stands there, or in it, or is about to put something there. */
  isFree(path: VaultPath): boolean {
    return ![...this.#busy].some((busy) => busy === path || isUnder(busy, path))
  }

  #notes(): VaultPath[] {
    return this.paths().filter((path) => this.#device.folder.isNote(path))
  }

  #pickNote(): VaultPath | undefined {
    const notes = this.#notes()
    return notes.length === 0 ? undefined : this.#random.pick(notes)
  }

  #pickPath(): VaultPath | undefined {
    const paths = this.paths()
    return paths.length === 0 ? undefined : this.#random.pick(paths)
  }

  #newPath(): VaultPath | undefined {
    const parsed = parsePath(`${this.#random.pick(folders)}${this.#random.pick(names)}.md`)
    if (!parsed.ok || this.#busy.has(parsed.path)) return undefined
    const { folder } = this.#device
    return folder.files.has(parsed.path) || folder.hasFolder(parsed.path) ? undefined : parsed.path
  }

  async #create(): Promise<void> {
    const path = this.#newPath()
    if (path !== undefined) await this.create(path)
  }

  /** A note. */
  async create(path: VaultPath): Promise<void> {
    const template = this.#random.chance(0.5) ? `# ${nameOf(path)}\n\n## Notes\n` : ''
    await this.#save(path, undefined, template + this.#lines())
  }

  async #edit(): Promise<void> {
    const path = this.#pickNote()
    if (path === undefined) return
    const text = this.#device.folder.read(path) ?? ''
    this.#forgetBuffer(path, besideOthersMs)
    await this.#save(path, text, this.#change(text))
  }

  /** What an editor holds for longer is not reckoned with: it is loaded anew. */
  #forgetBuffer(path: VaultPath, atMostMs: number): void {
    const { loadedAt = Infinity } = this.#buffers.get(path) ?? {}
    if (this.#scheduler.now() - loadedAt > atMostMs) this.#buffers.delete(path)
  }

  async #loadBuffer(): Promise<void> {
    const path = this.#pickNote()
    if (path === undefined) return Promise.resolve()
    this.#keepBuffer(path, this.#device.folder.read(path) ?? '')
    return Promise.resolve()
  }

  #keepBuffer(path: VaultPath, text: string): void {
    const loadedAt = this.#scheduler.now()
    this.#buffers.set(path, { text, file: this.#device.fileAt(path), loadedAt })
  }

  /**
   * Saves what an editor loaded earlier, with an edit, whatever was written to the file since. What this
   * person wrote there meanwhile with another program is gone by their own doing.
   */
  async #saveBuffer(): Promise<void> {
    for (const path of this.#buffers.keys()) this.#forgetBuffer(path, buffersAtMostMs)
    const paths = [...this.#buffers].flatMap(([path, { file }]) =>
      file !== undefined && this.#device.fileAt(path) === file && !this.#busy.has(path)
        ? [path]
        : [],
    )
    if (paths.length === 0) return
    const path = this.#random.pick(paths)
    const { text: loaded = '', loadedAt = 0 } = this.#buffers.get(path) ?? {}
    const disk = this.#device.folder.read(path)
    if (disk === undefined || !this.#device.folder.isNote(path)) return
    this.#overwriteOwn(loaded, disk)
    const edited = this.#change(loaded)
    // Nothing in place of a note: a stale buffer for 30 s, and meant so later (SYNC-11).
    if (edited === '') return
    this.#keepBuffer(path, edited)
    const save = this.#save(path, loaded, edited)
    this.#leaveOut(path, loaded, disk, loadedAt + buffersAtMostMs)
    await save
  }

  #overwriteOwn(loaded: string, disk: string): void {
    const isLeftOut = (token: string): boolean => this.#own.has(token) && !loaded.includes(token)
    this.#tokens.deletedWith(tokensOf(disk).filter(isLeftOut).join(' '))
  }

  #leaveOut(path: VaultPath, loaded: string, disk: string, until: number): void {
    const { words = '', toldUntil = until } = this.#leftOut.get(path) ?? {}
    const leftOut = tokensOf(disk).filter((token) => !loaded.includes(token))
    const all = `${words} ${leftOut.join(' ')}`
    this.#leftOut.set(path, { words: all, toldUntil: Math.min(toldUntil, until) })
  }

  /** An agent that comes back sees the last save only: made too late, it tells of no older buffer (SYNC-11). */
  #loseLeftOut(path: VaultPath): void {
    const { words, toldUntil } = this.#leftOut.get(path) ?? { words: '', toldUntil: Infinity }
    if (this.#device.hasRead(path)) this.#leftOut.delete(path)
    else if (this.#scheduler.now() > toldUntil) this.#tokens.deletedWith(words)
  }

  /**
   * A program that reads a note, takes its time and saves it with an edit, and with lines that came from elsewhere
   * meanwhile: the same program runs there too.
   */
  async keepList(random: SeededRandom): Promise<void> {
    const path = this.#pickNote()
    const file = path === undefined ? undefined : this.#device.fileAt(path)
    if (path === undefined || file === undefined) return
    this.#forgetBuffer(path, besideOthersMs)
    await this.exclusively([path], async () => {
      const { folder } = this.#device
      const loaded = folder.read(path) ?? ''
      const loadedAt = this.#scheduler.now()
      await this.#scheduler.sleep(this.#process, random.below(unseenMs))
      const disk = folder.read(path)
      if (disk === undefined || this.#device.fileAt(path) !== file || !folder.isNote(path)) return
      const isNews = (line: string): boolean => {
        const tokens = tokensOf(line)
        return tokens.length > 0 && !tokens.some((token) => loaded.includes(token))
      }
      const common = disk.split('\n').filter((line) => isNews(line) && random.chance(0.4))
      this.#overwriteOwn(loaded, disk)
      this.#tokens.writtenTwice(common.join(' '))
      const lines = this.#change(loaded).split('\n')
      const text = lines.toSpliced(random.below(lines.length + 1), 0, ...common).join('\n')
      this.#trace(`holds ${path} since ${loadedAt % 1e7} and has ${JSON.stringify(common)} too`)
      this.#loseLeftOut(path)
      this.#overwritten.set(path, `${this.#overwritten.get(path) ?? ''} ${disk}`)
      if (disk !== loaded) this.#leaveOut(path, loaded, disk, loadedAt)
      if (this.#device.knows(path) === 'other path') folder.writeInPlace(path, text)
      else folder.replace(path, text)
    })
  }

  /** A word that no other has, and this person wrote. */
  newWord(): string {
    const token = this.#tokens.next()
    this.#own.add(token)
    return token
  }

  #rename(): void {
    const from = this.#pickPath()
    const to = this.#newPath()
    if (from === undefined || to === undefined) return
    this.move(from, to)
  }

  /** `mv` onto a note that is there: that one's text is gone by this person's own doing. */
  #renameOver(): void {
    const [from, to] = [this.#pickPath(), this.#pickPath()]
    if (from === undefined || to === undefined || from === to || !this.#mayMove(from)) return
    this.remove(to)
    this.move(from, to)
  }

  /**
   * A file that is both moved and given a new inode before its agent looks is told from a new file by its
   * likeness only; this user does not rely on that.
   */
  #mayMove(from: VaultPath): boolean {
    return this.#device.knows(from) !== 'other inode'
  }

  /** False when it is left alone. */
  move(from: VaultPath, to: VaultPath): boolean {
    if (!this.#mayMove(from)) return false
    if (!this.#device.folder.rename(from, to)) return false
    this.#trace(`renames ${from} to ${to}`)
    this.#buffers.delete(from)
    this.#buffers.delete(to)
    const leftOut = this.#leftOut.get(from)
    this.#leftOut.delete(from)
    if (leftOut === undefined) this.#leftOut.delete(to)
    else this.#leftOut.set(to, leftOut)
    return true
  }

  #renameFolder(): void {
    const from = this.#random.pick(folders.slice(1))
    const to = this.#random.pick(['archive/', 'projects/', 'daily/'])
    const paths = this.paths().filter((path) => path.startsWith(from))
    if (from === to || to.startsWith(from)) return
    for (const path of paths) {
      const parsed = parsePath(to + path.slice(from.length))
      if (!parsed.ok || this.#busy.has(parsed.path)) continue
      this.move(path, parsed.path)
    }
  }

  #removeOne(): void {
    const path = this.#pickPath()
    if (path !== undefined) this.remove(path)
  }

  remove(path: VaultPath): void {
    this.#trace(`removes ${path}`)
    this.#tokens.deletedWith(this.#device.folder.read(path) ?? '')
    this.#tokens.deletedWith(this.#overwritten.get(path) ?? '')
    this.#buffers.delete(path)
    this.#device.folder.remove(path)
  }

  /** Not what was saved unseen: touched, it looks saved later than it was. */
  #touch(): void {
    const path = this.#pickPath()
    if (path !== undefined && this.#device.hasSent(path)) this.#device.folder.touch(path)
  }

  /** Only where the agent can see it: swapped unseen and edited on both sides, a text may end up in both. */
  async #swap(): Promise<void> {
    if (this.#device.mirror?.isSynced !== true) return
    const [a, b] = [this.#pickPath(), this.#pickPath()]
    const parked = parsePath('swap-in-progress.md')
    if (a === undefined || b === undefined || a === b || !parsed(parked)) return
    await this.exclusively([a, b, parked.path], async () => {
      if (this.#device.knows(b) === 'other inode' || !this.move(a, parked.path)) return
      await this.#pause(30)
      this.move(b, a)
      await this.#pause(30)
      this.move(parked.path, b)
    })
  }

  #lines(): string {
    const count = 1 + this.#random.below(3)
    return Array.from({ length: count }, () => `- ${this.newWord()} item\n`).join('')
  }

  /** Inserts, appends, extends a line or deletes lines, as an editor's user would. */
  #change(text: string): string {
    const lines = text.split('\n')
    const at = this.#random.below(lines.length)
    switch (this.#random.below(6)) {
      case 0:
        return text.endsWith('\n') || text === ''
          ? text + this.#lines()
          : `${text}\n${this.#lines()}`
      case 1:
        return lines.toSpliced(at, 0, `${this.newWord()} inserted`).join('\n')
      case 2:
        return lines.with(at, `${lines[at] ?? ''} ${this.newWord()}`).join('\n')
      case 3:
        return lines.with(at, `${this.newWord()} ${lines[at] ?? ''}`).join('\n')
      case 4: {
        this.#tokens.deletedWith(lines[at] ?? '')
        return lines.toSpliced(at, 1).join('\n')
      }
      default: {
        this.#tokens.deletedWith(lines[at] ?? '')
        return lines.with(at, `rewritten ${this.newWord()}`).join('\n')
      }
    }
  }

  async #save(path: VaultPath, before: string | undefined, after: string): Promise<void> {
    const { folder } = this.#device
    const overwritten = `${this.#overwritten.get(path) ?? ''} ${folder.read(path) ?? ''}`
    this.#overwritten.set(path, overwritten)
    this.#loseLeftOut(path)
    await this.exclusively([path], async () => {
      const style = this.#random.below(5)
      const replaces = style === 1 || style === 4
      switch (replaces && this.#device.knows(path) === 'other path' ? 0 : style) {
        case 0:
          folder.writeInPlace(path, after)
          return
        case 1:
          folder.replace(path, after)
          return
        case 2: {
          folder.writeInPlace(path, '')
          const open = folder.files.get(path)
          await this.#pause(1500)
          this.#writeThrough(open, after)
          return
        }
        case 3: {
          const [head, tail] = [after.slice(0, after.length / 2), after]
          folder.writeInPlace(path, before === undefined ? head : after)
          const open = folder.files.get(path)
          await this.#pause(5)
          this.#writeThrough(open, tail)
          return
        }
        default: {
          const inode = folder.files.get(path)
          if (inode !== undefined) folder.remove(path)
          await this.#pause(120)
          folder.replace(path, after)
        }
      }
    })
  }

  /** A program that reads a note, keeps it open and writes all of it at once later, wherever it is by then. */
  async #editOpen(): Promise<void> {
    const path = this.#pickNote()
    const inode = path === undefined ? undefined : this.#device.folder.files.get(path)
    if (path === undefined || inode === undefined) return
    const text = this.#device.folder.read(path) ?? ''
    this.#forgetBuffer(path, besideOthersMs)
    this.#trace(`opens ${path}`)
    await this.#pause(6_000)
    const edited = this.#change(text)
    this.#trace(`writes what was ${path}: ${JSON.stringify(edited)}`)
    this.#writeThrough(inode, edited)
  }

  /** The agent never writes into a file: what stands there is gone by this person's own doing. */
  #writeThrough(open: Inode | undefined, text: string): void {
    if (open === undefined) return this.#tokens.deletedWith(text)
    const overwritten = tokensOf(new TextDecoder().decode(open.bytes))
    this.#tokens.deletedWith(overwritten.filter((token) => !text.includes(token)).join(' '))
    this.#device.writeThrough(open, text)
  }

  /** Runs unless somebody is busy with one of these. */
  async exclusively(paths: readonly VaultPath[], run: () => Promise<void>): Promise<void> {
    if (paths.some((path) => this.#busy.has(path))) return
    this.#trace(`begins with ${paths.join(', ')}`)
    for (const path of paths) this.#busy.add(path)
    await run()
    for (const path of paths) this.#busy.delete(path)
    for (const path of paths)
      this.#trace(
        `ends: ${path} is ${JSON.stringify(this.#device.folder.read(path)?.slice(0, 300))}`,
      )
  }

  #pause(atMostMs: number): Promise<void> {
    return this.#scheduler.sleep(this.#process, this.#random.below(atMostMs))
  }
}

function parsed(path: ReturnType<typeof parsePath>): path is { ok: true; path: VaultPath } {
  return path.ok
}
