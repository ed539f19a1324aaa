// How programs write files: real ones where they are installed, else their steps one by one.
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import type { Device } from './device.ts'
import { pause } from './until.ts'

/** Whether a program is there. */
export function has(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Runs a program in the device's folder; returns what it prints. */
export function inFolder(device: Device, program: string, ...args: string[]): string {
  return execFileSync(program, args, { cwd: device.folder, encoding: 'utf8', stdio: 'pipe' })
}

/** Real vim with swap file and backups as given: runs `commands` and writes. */
export function vim(
  device: Device,
  path: string,
  backupcopy: 'yes' | 'no',
  ...commands: string[]
): void {
  const settings = `set nocp backup writebackup swapfile backupcopy=${backupcopy}`
  const all = [settings, `edit ${path}`, ...commands, 'wq'].flatMap((one) => ['-c', one])
  inFolder(device, 'vim', '-Nu', 'NONE', '-es', ...all)
}

/** Empties the file, thinks, and writes it anew. */
export async function truncateThenWrite(
  device: Device,
  path: string,
  text: string,
  gapMs: number,
): Promise<void> {
  const file = openSync(device.file(path), 'r+')
  ftruncateSync(file, 0)
  await pause(gapMs)
  writeSync(file, text, 0)
  closeSync(file)
}

/** A -> A.bak, then the new text under the old name, then the backup goes. */
export async function renameDance(
  device: Device,
  path: string,
  text: string,
  gapMs: number,
): Promise<void> {
  const file = device.file(path)
  renameSync(file, `${file}.bak`)
  await pause(gapMs)
  const created = openSync(file, 'wx')
  writeSync(created, text)
  fsyncSync(created)
  closeSync(created)
  rmSync(`${file}.bak`)
}

/** Changes the bytes and puts the old times back. */
export function writeKeepingTimes(device: Device, path: string, text: string): void {
  const { atime, mtime } = statSync(device.file(path))
  device.write(path, text)
  utimesSync(device.file(path), atime, mtime)
}

/** An editor's window: it loaded the file once and saves what it has. */
export class Buffer {
  text: string
  readonly #device: Device
  readonly #path: string

  constructor(device: Device, path: string) {
    this.#device = device
    this.#path = path
    this.text = readFileSync(device.file(path), 'utf8')
  }

  save(): void {
    this.#device.replace(this.#path, this.text)
  }
}
