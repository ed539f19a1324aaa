// Short ways to say what is known of a file, for tests that decide from facts.
import type { FileStat } from '../../src/agent/core/facts.ts'
import { type FileId, type VaultId, parseId } from '../../src/shared/ids.ts'
import { type VaultPath, parsePath } from '../../src/shared/vault-path.ts'

export function pathOf(text: string): VaultPath {
  const parsed = parsePath(text)
  if (!parsed.ok) throw new Error(`${text} is no path: ${parsed.reason}`)
  return parsed.path
}

/** `fileId(3)` is the same id every time, and sorts after `fileId(2)`. */
export function fileId(n: number): FileId {
  const digits = [...n.toString(26)].map((digit) => String.fromCharCode(97 + parseInt(digit, 26)))
  return idOf<FileId>(digits.join('').padStart(26, 'a'))
}

export const someVault = idOf<VaultId>('v'.repeat(26))

function idOf<T extends FileId | VaultId>(text: string): T {
  const id = parseId<T>(text)
  if (id === undefined) throw new Error(`${text} is no id`)
  return id
}

/** A file of 10 bytes, written at `atMs`; what matters to a test is said by `facts`. */
export function statAt(atMs: number, facts: Partial<FileStat> = {}): FileStat {
  const ns = `${BigInt(atMs) * 1_000_000n}`
  return { ino: '1', birth: '1', mtime: ns, ctime: ns, size: 10, mode: 0o644, ...facts }
}
