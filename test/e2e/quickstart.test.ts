// `scripts/quickstart`, started and ended as a person does it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { filesIn } from './support/group.ts'
import { tempFolder } from './support/program.ts'
import { until } from './support/until.ts'

const script = join(import.meta.dirname, '../../scripts/quickstart')

let room: string
let started: Started[]
beforeEach(() => {
  room = tempFolder()
  started = []
})
afterEach(async () => {
  for (const one of started) await one.kill()
  rmSync(room, { recursive: true, force: true })
})

/** A command in a process group of its own, as a shell gives it. */
class Started {
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>
  out = ''
  err = ''

  constructor(command: string, ...args: string[]) {
    this.#child = spawn(command, args, {
      env: { PATH: process.env['PATH'], HOME: room, UNDRIFT_HOME: join(room, 'state') },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.out += chunk.toString()))
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.err += chunk.toString()))
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve))
    started.push(this)
  }

  /** Its lines once it says how it is stopped, which is the last thing it says. */
  async ready(): Promise<string> {
    await until(
      () => this.out.includes('Ctrl-C stops everything') || this.#child.exitCode !== null,
      () => `ready: ${this.out}${this.err}`,
      40_000,
    )
    expect(this.out, this.err).toContain('undrift is running')
    return this.out
  }

  /** Ctrl-C at a terminal: every process of the group gets it. */
  async interrupt(): Promise<number | null> {
    const { pid } = this.#child
    if (pid !== undefined) process.kill(-pid, 'SIGINT')
    return this.#ended
  }

  get ended(): Promise<number | null> {
    return this.#ended
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.interrupt()
  }
}

function read(...path: string[]): string {
  try {
    return readFileSync(join(room, ...path), 'utf8')
  } catch {
    return ''
  }
}

/** Processes that were told of this test's folder. */
function left(): string[] {
  const all = execFileSync('ps', ['-A', '-o', 'args=']).toString().split('\n')
  return all.filter((line) => line.includes(room))
}

function valueOf(name: string, out: string): string {
  return new RegExp(`^  ${name} +(.+)$`, 'm').exec(out)?.[1] ?? expect.unreachable(name)
}

/** The command that it offers for the next device, run as it stands. */
function joinNext(out: string): Started {
  const command = out.split('\n').find((line) => line.includes('main.js join '))
  return new Started('bash', '-c', command ?? expect.unreachable('no command'))
}

const isWindows = process.platform === 'win32'

describe.skipIf(isWindows)('quickstart', () => {
  test('CLI-9 shows itself: what is edited in one demo folder comes to the other, Ctrl-C ends all, and the next run goes on', async () => {
    const first = new Started(script)
    const out = await first.ready()
    const demo = join(room, 'state/demo')
    expect(valueOf('laptop', out)).toBe(join(demo, 'laptop'))
    expect(filesIn(join(demo, 'desktop'))).toEqual(filesIn(join(demo, 'laptop')))
    expect(read('state/demo/desktop/Welcome.md')).toContain('# Welcome')
    appendFileSync(join(demo, 'laptop/Welcome.md'), 'from the laptop\n')
    await until(() => read('state/demo/desktop/Welcome.md').includes('from the laptop\n'), 'mirror')
    writeFileSync(join(demo, 'desktop/New.md'), 'from the desktop\n')
    await until(() => read('state/demo/laptop/New.md') === 'from the desktop\n', 'mirror back')
    expect(left().length).toBeGreaterThan(2)
    expect(await first.interrupt()).toBe(0)
    expect(left()).toEqual([])
    expect(first.err.trim().split('\n').at(-1)).toBe('Stopping ...')

    appendFileSync(join(demo, 'laptop/Welcome.md'), 'while nothing ran\n')
    const second = new Started(script)
    expect(valueOf('relay', await second.ready())).toBe(valueOf('relay', out))
    await until(
      () => read('state/demo/desktop/Welcome.md').includes('while nothing ran\n'),
      'goes on',
    )
    const config = JSON.parse(read('state/demo/state/desktop/vaults.json')) as { vaults: unknown[] }
    expect(config.vaults).toHaveLength(1)
    expect(await second.interrupt()).toBe(0)
    expect(left()).toEqual([])
  }, 120_000)

  test('CLI-9 mirrors a folder, leaves its files as they are, and its invite works as printed', async () => {
    const notes = join(room, "my 'own' notes")
    mkdirSync(join(notes, 'deep'), { recursive: true })
    writeFileSync(join(notes, 'a.md'), '\ufeffone\r\ntwo')
    writeFileSync(join(notes, 'deep/b.md'), 'b\n')
    const before = filesIn(notes)
    const first = new Started(script, notes)
    const out = await first.ready()
    expect(valueOf('folder', out)).toBe(notes)
    expect(valueOf('state', out)).toBe(join(room, 'state'))
    const next = joinNext(out)
    await until(
      () => read("my 'own' notes-2/deep/b.md") === 'b\n',
      () => `next: ${next.err}`,
    )
    await until(() => read("my 'own' notes-2/a.md") === '\ufeffone\r\ntwo', 'next: a.md')
    writeFileSync(join(`${notes}-2`, 'back.md'), 'from the next device\n')
    await until(() => read("my 'own' notes/back.md") === 'from the next device\n', 'comes back')
    expect(filesIn(notes)).toEqual(new Map([...before, ['back.md', 'from the next device\n']]))
    await next.interrupt()
    expect(await first.interrupt()).toBe(0)
    expect(left()).toEqual([])

    const again = new Started(script, notes)
    await again.ready()
    const { ended, ...other } = complaint(new Started(script, join(room, 'other')))
    expect(await ended).toBe(1)
    expect(other.text()).toContain(`serves ${notes} already`)
    const twice = complaint(new Started(script, notes))
    expect(await twice.ended).toBe(1)
    expect(twice.text()).toMatch(/port \d+, where the devices look for the relay, is in use/)
    expect(await again.interrupt()).toBe(0)
  }, 120_000)

  test('CLI-9 takes the next port when the usual one is taken', async () => {
    const server = createServer()
    await new Promise<void>((done, fail) => {
      // Somebody else may hold it: that is as good.
      server.once('error', () => done())
      server.listen(4680, '127.0.0.1', done).once('close', fail)
    })
    const first = new Started(script, join(room, 'notes'))
    const { port } = new URL(valueOf('relay', await first.ready()))
    expect(Number(port)).toBeGreaterThan(4680)
    expect(await first.interrupt()).toBe(0)
    server.removeAllListeners('close').close()
  }, 60_000)

  test('CLI-9 goes on when nobody reads what it says, and still ends all', async () => {
    const first = new Started('bash', '-c', `'${script}' | head -n 1`)
    await until(() => read('state/demo/desktop/Welcome.md') !== '', 'the demo is mirrored', 40_000)
    await until(() => left().some((line) => line.includes('demo/desktop --json')), 'it runs')
    await first.interrupt()
    await until(
      () => left().length === 0,
      () => left().join('\n'),
    )
  }, 60_000)

  test('CLI-10 help and mistakes start nothing', async () => {
    const help = new Started(script, '--help')
    expect(await help.ended).toBe(0)
    expect(help.out).toContain('Usage: scripts/quickstart [FOLDER]')
    for (const args of [['a', 'b'], [''], ['--nonsense']]) {
      const { ended, text } = complaint(new Started(script, ...args))
      expect(await ended).toBe(2)
      expect(text()).toContain('Nothing was changed.')
    }
    expect(read('state')).toBe('')
  }, 30_000)
})

/** What happened. What is safe. What to do. */
function complaint(one: Started) {
  const text = (): string => {
    expect(one.err).toMatch(/undrift: [^\n]+[.] [^\n]+[.] [^\n]+[.]\n$/)
    return one.err
  }
  return { ended: one.ended, text }
}
