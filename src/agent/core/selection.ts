// Selective sync: (patterns, path) -> does this device mirror it. Patterns are those of gitignore, and say what is in.
import createMatcher, { type Ignore } from 'ignore'
import type { VaultPath } from '../../shared/vault-path.ts'

export interface Selection {
  /** Whether `path` is mirrored, or is a folder in which something may be. */
  has(path: VaultPath, isFolder: boolean): boolean
}

const everything: Selection = { has: () => true }

/** `patterns` as of gitignore, none of them taking back what others say; without any, all is selected. */
export function createSelection(patterns: readonly string[]): Selection {
  if (patterns.length === 0) return everything
  const selected = matcherOf(patterns)
  const above = patterns.map(foldersAbovePattern)
  return {
    has: (path, isFolder) => {
      if (!isFolder) return selected.ignores(path)
      return selected.ignores(`${path}/`) || above.some((mayHold) => mayHold(path))
    },
  }
}

/** Why `pattern` selects nothing; undefined if it may select something. */
export function patternFault(pattern: string): string | undefined {
  if (pattern.trim() === '') return 'it is empty'
  if (pattern.startsWith('!')) return 'a pattern says what is mirrored, not what is left out'
  if (pattern.startsWith('#')) return 'it would be a comment; write \\# for a name that begins so'
  return createMatcher.isPathValid(pattern.replace(/^\/+/, '')) ? undefined : 'it is no path'
}

/** The folders that something selected by `pattern` may be in. */
function foldersAbovePattern(pattern: string): (folder: VaultPath) => boolean {
  const parts = pattern
    .normalize('NFC')
    .replace(/^\/|\/$/g, '')
    .split('/')
  // A name without a folder is looked for everywhere.
  if (parts.length === 1 && !pattern.startsWith('/')) return () => true
  const anywhere = parts.indexOf('**')
  const fixed = anywhere < 0 ? parts.slice(0, -1) : parts.slice(0, anywhere)
  const levels = fixed.map((_, at) => matcherOf([`/${fixed.slice(0, at + 1).join('/')}`]))
  return (folder) => {
    const depth = folder.split('/').length
    const level = levels[depth - 1] ?? (anywhere < 0 ? undefined : levels.at(-1))
    if (level !== undefined) return level.ignores(`${folder}/`)
    return anywhere === 0
  }
}

function matcherOf(patterns: readonly string[]): Ignore {
  return createMatcher({ ignorecase: true }).add(patterns.map((text) => text.normalize('NFC')))
}
