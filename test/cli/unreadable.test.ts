// What a device cannot read, while others go on: real rights, so the agents are not root's.
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { Status } from '../../src/agent/core/status.ts'
import {
  type Result,
  expectError,
  giveToNobody,
  nobody,
  run,
  runUntilReady,
  startRelay,
  tempFolder,
} from './helpers.ts'

class Here {
  readonly home: string
  readonly vault: string

  constructor(name: string) {
    const folder = tempFolder()
    this.home = join(folder, 'home')
    this.vault = join(folder, name)
    for (const place of [this.home, this.vault]) mkdirSync(place)
    giveToNobody(folder)
  }

  async join(link: string): Promise<void> {
    expect(await this.run('join', link, this.vault, '--yes')).toMatchObject({ code: 0 })
    await runUntilReady(this.home, ['run', '--json'], nobody)
  }

  run(...args: string[]): Promise<Result> {
    return run(this.home, args, nobody)
  }

  async status(): Promise<Status> {
    return JSON.parse((await this.run('status', this.vault, '--json')).out) as Status
  }

  file(path: string): string {
    return join(this.vault, path)
  }

  write(path: string, text: string): void {
    mkdirSync(join(this.file(path), '..'), { recursive: true })
    writeFileSync(this.file(path), text)
    giveToNobody(this.vault)
  }
}

/** Two devices that have `d/note.md` and another note. */
async function givenTwo(): Promise<[Here, Here]> {
  const { setup } = await startRelay()
  const [a, b] = [new Here('a'), new Here('b')]
  a.write('d/note.md', 'words\n')
  a.write('other.md', 'other\n')
  await a.join(setup)
  const { out } = await a.run('invite', a.vault, '--json')
  await b.join((JSON.parse(out) as { link: string }).link)
  await vi.waitFor(() => expect(existsSync(b.file('d/note.md'))).toBe(true), 10_000)
  for (const device of [a, b]) expect(await device.run('sync')).toMatchObject({ code: 0 })
  return [a, b]
}

/** After this `a` has heard of all that `b` did before. */
async function heard(a: Here, b: Here): Promise<void> {
  expect(await b.run('sync')).toMatchObject({ code: 0 })
  b.write('other.md', `${readFileSync(b.file('other.md'), 'utf8')}more\n`)
  const wanted = readFileSync(b.file('other.md'), 'utf8')
  await vi.waitFor(() => expect(readFileSync(a.file('other.md'), 'utf8')).toBe(wanted), 10_000)
}

const unedited = (): undefined => undefined
const edit = (open: number): void => void writeSync(open, 'unseen\n', 6)

test.each([
  ['was not edited goes to the trash', unedited, false],
  ['was edited comes back', edit, true],
])(
  'KIND-27 a file that cannot be read and is deleted elsewhere stays, and is listed as that; made readable, what %s',
  async (_, act, isBack) => {
    const [a, b] = await givenTwo()
    const open = openSync(a.file('d/note.md'), 'r+')
    chmodSync(a.file('d/note.md'), 0)
    act(open)
    closeSync(open)
    expect((await a.run('sync', '--timeout', '1')).err).toMatch(/other devices keep/)
    rmSync(b.file('d/note.md'))
    await heard(a, b)
    const { problems } = await a.status()
    expect(problems).toMatchObject([{ path: 'd/note.md', code: 'unreadable' }])
    expect(problems[0]?.message).toMatch(/deleted elsewhere.*make it readable, or remove it/)
    expect(expectError(await a.run('sync', '--timeout', '1'), 6)).toMatch(/deleted elsewhere/)
    // Nothing is tried again and again.
    expect((await a.status()).queue).toMatchObject({ outgoing: 1, incoming: 0 })
    expect(existsSync(a.file('d/note.md'))).toBe(true)
    chmodSync(a.file('d/note.md'), 0o644)
    expect(await a.run('sync')).toMatchObject({ code: 0 })
    expect(existsSync(a.file('d/note.md'))).toBe(isBack)
    await heard(b, a)
    expect(existsSync(b.file('d/note.md'))).toBe(isBack)
    expect((await a.status()).problems).toEqual([])
  },
)

test('KIND-29 what belongs in a folder that cannot be read is listed, waits for that alone, and follows then', async () => {
  const [a, b] = await givenTwo()
  b.write('d/kept.md', 'first\n')
  await heard(a, b)
  chmodSync(a.file('d'), 0)
  expect(await a.run('sync')).toMatchObject({ code: 0 })
  rmSync(b.file('d/note.md'))
  b.write('d/kept.md', 'first\nsecond\n')
  await heard(a, b)
  expect(await a.run('sync', '--timeout', '5')).toMatchObject({ code: 0 })
  expect(await a.run('status')).toMatchObject({ code: 1 })
  const { state, problems } = await a.status()
  expect(state).toBe('synced')
  expect(problems.map(({ path }) => path)).toEqual(['d', 'd/kept.md', 'd/note.md'])
  expect(problems[1]?.message).toMatch(/make the folder readable/)
  chmodSync(a.file('d'), 0o755)
  expect(await a.run('sync')).toMatchObject({ code: 0 })
  expect(existsSync(a.file('d/note.md'))).toBe(false)
  expect(readFileSync(a.file('d/kept.md'), 'utf8')).toBe('first\nsecond\n')
  expect((await a.status()).problems).toEqual([])
})

/** Where the mode alone says that it can be read: as on a disk of the net, or under other rules of the system. */
function denyToItsGroup(file: string): void {
  chownSync(file, 0, nobody ?? expect.unreachable())
  chmodSync(file, 0o604)
}

describe.skipIf(nobody === undefined)('A file that the system does not let us read', () => {
  const long = Buffer.alloc(2 * 1024 * 1024, 7)

  test('SYNC-47 and that nobody else has is listed, and keeps nothing waiting', async () => {
    const { setup } = await startRelay()
    const a = new Here('a')
    await a.join(setup)
    for (const [name, bytes] of [
      ['n.md', 'x\n'],
      ['s.png', 'y'],
      ['l.png', long],
    ] as const) {
      writeFileSync(a.file(`.${name}`), bytes)
      denyToItsGroup(a.file(`.${name}`))
      renameSync(a.file(`.${name}`), a.file(name))
    }
    const listed = ['l.png', 'n.md', 's.png'].map((path) => ({
      path,
      code: 'unreadable',
      message: 'cannot be read (no permission); left alone',
    }))
    await vi.waitFor(async () => expect((await a.status()).problems).toMatchObject(listed), 20_000)
    expect(await a.run('sync', '--timeout', '5')).toMatchObject({ code: 0 })
    const before = (await a.status()).problems
    expect(await a.run('sync', '--timeout', '5')).toMatchObject({ code: 0 })
    expect((await a.status()).problems).toEqual(before)
    for (const { path } of listed) chmodSync(a.file(path), 0o644)
    await vi.waitFor(async () => expect((await a.status()).problems).toEqual([]), 20_000)
    expect(await a.run('sync')).toMatchObject({ code: 0 })
    expect((await a.status()).files).toMatchObject({ text: 1, binary: 2 })
  })

  test('SYNC-47 SYNC-31 and that others have is listed and not in step, until it can be read', async () => {
    const [a, b] = await givenTwo()
    a.write('l.png', 'short')
    await vi.waitFor(() => expect(existsSync(b.file('l.png'))).toBe(true), 10_000)
    for (const device of [a, b]) expect(await device.run('sync')).toMatchObject({ code: 0 })
    for (const [name, bytes] of [
      ['other.md', 'secret\n'],
      ['l.png', long],
    ] as const) {
      writeFileSync(a.file(`.${name}`), bytes)
      denyToItsGroup(a.file(`.${name}`))
      renameSync(a.file(`.${name}`), a.file(name))
    }
    const kept = /cannot be read \(no permission\).*other devices keep what was here/
    const listed = ['l.png', 'other.md'].map((path) => ({
      path,
      message: expect.stringMatching(kept) as string,
    }))
    await vi.waitFor(async () => expect((await a.status()).problems).toMatchObject(listed), 20_000)
    expect(expectError(await a.run('sync', '--timeout', '1'), 6)).toMatch(/other devices keep/)
    expect((await a.status()).queue).toMatchObject({ dirty: 0, settling: 0, outgoing: 2 })
    b.write('other.md', 'other\nmore\n')
    expect(await b.run('sync')).toMatchObject({ code: 0 })
    await vi.waitFor(
      async () => expect((await a.status()).queue).toMatchObject({ dirty: 0, incoming: 0 }),
      5_000,
    )
    expect(readFileSync(a.file('other.md'), 'utf8')).toBe('secret\n')
    for (const { path } of listed) chmodSync(a.file(path), 0o644)
    await vi.waitFor(() => expect(readFileSync(b.file('l.png')).equals(long)).toBe(true), 20_000)
    for (const device of [a, b]) expect(await device.run('sync')).toMatchObject({ code: 0 })
    expect((await a.status()).problems).toEqual([])
    expect(readFileSync(b.file('other.md'), 'utf8')).toMatch(/secret/)
  })
})
