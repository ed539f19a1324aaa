// Runs the built program as a user would.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, onTestFinished } from 'vitest'

const root = join(import.meta.dirname, '../..')

export type Result = { readonly code: number | null; readonly out: string; readonly err: string }

/** A fresh folder that is gone after the test. */
export function tempFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'undrift-cli-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function start(home: string, args: readonly string[], user?: number): ChildProcess {
  const program = user === undefined ? root : programForNobody()
  return spawn(process.execPath, [join(program, 'dist/main.js'), ...args], {
    env: { PATH: process.env['PATH'], UNDRIFT_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(user === undefined ? {} : { uid: user, gid: user }),
  })
}

/** Runs a command to its end, without a terminal; as another user when root asks for that. */
export async function run(home: string, args: readonly string[], user?: number): Promise<Result> {
  const child = start(home, args, user)
  let [out, err] = ['', '']
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, out, err }
}

/** Starts a command that goes on; resolves with its first line of JSON. Ended after the test. */
export async function runUntilReady(home: string, args: readonly string[], user?: number) {
  const child = start(home, args, user)
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  let [out, err] = ['', '']
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const line = await new Promise<string>((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      if (out.includes('\n')) resolve(out.slice(0, out.indexOf('\n')))
    })
    child.once('close', () => resolve(''))
  })
  if (line === '') expect.unreachable(`ended before it was ready: ${err}`)
  const ready: unknown = JSON.parse(line)
  return { ready, child, ended }
}

/** A relay, and the link to its vault if nobody has joined that yet. */
export async function startRelay({ data = tempFolder(), port = '0' } = {}) {
  const args = ['relay', '--data', join(data, 'relay'), '--port', port, '--json']
  const { ready, child, ended } = await runUntilReady(data, args)
  return { ...(ready as { url: string; setup: string }), child, ended }
}

/** What an error must look like: one line, three sentences, nothing on stdout. */
export function expectError({ code, out, err }: Result, exit: number): string {
  expect({ code, out, err }).toMatchObject({ code: exit, out: '' })
  expect(err).toMatch(/^undrift: [^\n]+[.] [^\n]+[.] [^\n]+[.]\n$/)
  return err
}

let copy: string | undefined
afterAll(() => {
  if (copy !== undefined) rmSync(copy, { recursive: true, force: true })
})

/** Where somebody else may read the program: not below a folder that only root may enter. */
function programForNobody(): string {
  if (!foldersAbove(root).some((folder) => (statSync(folder).mode & 0o001) === 0)) return root
  if (copy !== undefined) return copy
  const open = mkdtempSync(join(tmpdir(), 'undrift-program-'))
  chmodSync(open, 0o755)
  const parts = ['dist', 'node_modules', 'package.json'].map((name) => join(root, name))
  try {
    execFileSync('cp', ['-al', ...parts, open], { stdio: 'ignore' })
  } catch {
    execFileSync('cp', ['-a', ...parts, open])
  }
  copy = open
  return open
}

function foldersAbove(folder: string): string[] {
  return dirname(folder) === folder ? [folder] : [folder, ...foldersAbove(dirname(folder))]
}

const isRoot = process.geteuid?.() === 0

/** Whom to run commands as: root may do everything, so permissions show only to somebody else. */
export const nobody = isRoot ? 65_534 : undefined

export function giveToNobody(folder: string): void {
  if (isRoot) execFileSync('chown', ['-R', '65534:65534', folder])
}

/** What `status --json` always has, in this order. */
export const statusFields = [
  ...['schema', 'vault', 'folder', 'device', 'pid', 'session', 'state', 'relay', 'scan'],
  ...['queue', 'transfers', 'files', 'digest', 'problems', 'held', 'lastSyncedAt', 'only'],
]
