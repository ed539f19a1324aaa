// Small JSON files of our own: read, and replaced atomically.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { syncFolderNow } from './folder-sync.ts'
import { hasCode } from './problems.ts'
import { removeIfThere } from './temp.ts'

/** The value in `file`; undefined when there is no such file. Throws on anything that is not JSON. */
export function readJsonFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT', 'ENOTDIR')) return undefined
    throw thrown
  }
}

/** Puts `value` into `file`, readable for its owner only. A crash leaves the old file or the new one. */
export function writeJsonFile(file: string, value: unknown): void {
  const temp = `${file}.${process.pid}.new`
  removeIfThere(temp)
  const fd = openSync(temp, 'wx', 0o600)
  try {
    writeSync(fd, `${JSON.stringify(value, null, 2)}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(temp, file)
  syncFolderNow(dirname(file))
}
