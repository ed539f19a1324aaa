// Where a symbolic link in the vault points to: lexically, for what is there now may be another thing soon.
import { maxPathBytes } from './limits.ts'
import { type VaultPath, parentOf, parsePath } from './vault-path.ts'

const utf8 = new TextEncoder()

/** Whether a link may say this, wherever it is: relative, well-formed, of a length that every disk holds. */
export function isLinkTarget(target: string): boolean {
  if (target === '' || !target.isWellFormed() || target.includes('\0')) return false
  if (target.startsWith('/') || target.startsWith('\\') || /^[A-Za-z]:/.test(target)) return false
  return utf8.encode(target).length <= maxPathBytes
}

/** Whether a link at `path` that says `target` points to something that the vault may hold, or to the vault itself. */
export function pointsInside(path: VaultPath, target: string): boolean {
  if (!isLinkTarget(target)) return false
  const parts = parentOf(path)?.split('/') ?? []
  for (const part of target.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return false
    } else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.length === 0 || parsePath(parts.join('/')).ok
}
