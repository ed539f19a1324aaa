// Selective sync: (patterns, path) -> does this device mirror it. Patterns are those of gitignore, and say what is in.
import createMatcher, { type Ignore } from 'ignore'
import { type VaultPath, parsePath } from '../../shared/vault-path.ts'

export interface Selection {
  /** Whether `path` is mirrored, or is a folder in which something may be. */
  has(path: VaultPath, isFolder: boolean): boolean
  /** Whether all that may be in the folder is mirrored, so that it is for its own sake, though nothing be in it. */
  hasAllOf(folder: VaultPath): boolean
}

const everything: Selection = { has: () => true, hasAllOf: () => true }
/** Patterns that end so match whatever is in the folders that they name. */
const anyTail = /(?:^|\/)\*+$/
const anyName = 'any'

/** `patterns` as of gitignore, none of them taking back what others say; without any, all is selected. */
export function createSelection(patterns: readonly string[]): Selection {
  if (patterns.length === 0) return everything
  const selected = matcherOf(patterns)
  const selectedByAnyName = matcherOf(patterns.filter((pattern) => anyTail.test(pattern)))
  const above = patterns.map(foldersAbovePattern)
  return {
    has: (path, isFolder) => {
      if (!isFolder) return selected.ignores(path)
      return selected.ignores(`${path}/`) || above.some((mayHold) => mayHold(path))
    },
    hasAllOf: (folder) =>
      selected.ignores(`${folder}/`) || selectedByAnyName.ignores(`${folder}/${anyName}`),
  }
}

/** Why `pattern` selects nothing; undefined if it may select something. */
export function patternFault(pattern: string): string | undefined {
  if (pattern.trim() === '') return 'it is empty'
  if (pattern.startsWith('!')) return 'a pattern says what is mirrored, not what is left out'
  if (pattern.startsWith('#')) return 'it would be a comment; write \\# for a name that begins so'
  return partsOf(pattern)
    .map(partFault)
    .find((fault) => fault !== undefined)
}

/** An escaped character, or a class, whose first member may be `]`. What else begins like one of these is broken. */
const wholeToken = /\\.|\[(?:[!^]|(?![!^]))(?:\\.|[^\\])(?:\\.|[^\]\\])*\]/gu
const broken = /\\|\[/
const escaped = /\\(.)/gu
const wildcard = /[*?[]/

/** A range in a class, and the name of a class in it: `a-c`, `[:digit:]`. */
const rangeOrName = /\\?(?<from>.)-\\?(?<to>[^\]])|\[:(?<name>[^\]]*):/gsu
const classNames = new Set(
  'alnum alpha blank cntrl digit graph lower print punct space upper xdigit'.split(' '),
)

function partFault(part: string): string | undefined {
  if (part === '') return 'it has a / with no name before or after it'
  for (const [token] of part.matchAll(wholeToken)) {
    const fault = token.startsWith('[') ? classFault(token.slice(1, -1)) : undefined
    if (fault !== undefined) return fault
  }
  const [fault] = broken.exec(part.replaceAll(wholeToken, '')) ?? []
  if (fault === '[') return 'its [ has no ]; write \\[ for a name with that character'
  if (fault !== undefined) return 'nothing follows its last \\'
  if (wildcard.test(part.replaceAll(escaped, ''))) return undefined
  const name = part.replaceAll(escaped, '$1')
  return parsePath(name).ok ? undefined : `nothing in a vault is called "${name}"`
}

/** Of what stands between [ and ]. */
function classFault(members: string): string | undefined {
  for (const { groups = {} } of members.matchAll(rangeOrName)) {
    const { from, to, name } = groups
    if (name !== undefined && !classNames.has(name)) return `there is no class "[:${name}:]"`
    if (from !== undefined && to !== undefined && from > to)
      return `its ${from}-${to} ends before it begins; write ${to}-${from}`
  }
  return undefined
}

/** The folders that something selected by `pattern` may be in. */
function foldersAbovePattern(pattern: string): (folder: VaultPath) => boolean {
  const parts = partsOf(pattern.normalize('NFC'))
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

function partsOf(pattern: string): string[] {
  return pattern.replace(/^\/|\/$/g, '').split('/')
}

function matcherOf(patterns: readonly string[]): Ignore {
  return createMatcher({ ignorecase: true }).add(patterns.map((text) => text.normalize('NFC')))
}
