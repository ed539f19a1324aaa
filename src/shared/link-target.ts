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

/**
 * Whether a link at `path` that says `target` points to something that the vault may hold, or to the vault itself.
 * What is named before `..` may be a link that leads to the top, so that `..` would lead out of the vault.
 */
export function pointsInside(path: VaultPath, target: string): boolean {
  if (!isLinkTarget(target)) return false
  const above = parentOf(path)?.split('/') ?? []
  const named: string[] = []
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') named.push(part)
    else if (named.length > 0 || above.pop() === undefined) return false
  }
  const parts = [...above, ...named]
  return parts.length === 0 || parsePath(parts.join('/')).ok
}
