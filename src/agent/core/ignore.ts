// Ignore rules: (path, rules) -> is it left out of sync. The same answer for local and for remote paths.
import createMatcher, { type Ignore } from 'ignore'
import { type VaultPath, ignoreFileName, pathKey } from '../../shared/vault-path.ts'
import { patternsFault } from './pattern-cost.ts'
import { createSelection } from './selection.ts'

/** What no vault wants on other devices, in gitignore syntax. A vault's own rules come after and may undo. */
const builtInRules = [
  // Hidden files, except what is meant to travel.
  '.*',
  '!/.obsidian',
  // Editors and offices: backups, swap, lock and probe files, and those that a save goes through.
  '*~',
  '*.bak',
  '*.tmp',
  '*.swp',
  '4913',
  '\\#*#',
  '~$*',
  '*___jb_tmp___',
  '*___jb_old___',
  '*.sb-????????-??????',
  // Downloads that are not finished.
  '*.crdownload',
  '*.part',
  // Litter of operating systems, network disks and tools.
  'Thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  'Icon[\r]',
  '__MACOSX/',
  '$RECYCLE.BIN/',
  'System Volume Information/',
  '/lost+found/',
  '@eaDir/',
  '\\#recycle/',
  'node_modules/',
  // Obsidian: settings, snippets and themes travel. The state of one window does not, nor anything that runs.
  '/.obsidian/**',
  '!/.obsidian/**/',
  '!/.obsidian/**/*.json',
  '!/.obsidian/**/*.css',
  '/.obsidian/**/.*',
  '/.obsidian/workspace*.json',
  '/.obsidian/cache',
  '/.obsidian/plugins/*/*',
  '!/.obsidian/plugins/*/data.json',
]

/** Why a path is left out: a rule, or what this device does not mirror. */
export type LeftOutBy = {
  /** The pattern that did it; for `selection` those that select, none of which matches. */
  readonly rule: string
  readonly source: 'built-in' | '.undriftignore' | 'selection'
}

export interface IgnoreRules {
  /** Whether `path` is neither sent nor accepted. A folder's answer holds for all below it. */
  ignores(path: VaultPath, isFolder: boolean): boolean
  /** Whether this device mirrors the file at `path`, if no rule leaves it out. */
  selects(path: VaultPath): boolean
  /** Whether this device mirrors the folder though nothing be in it. */
  keepsFolder(path: VaultPath): boolean
  /** Why `ignores` says so; undefined where it does not. */
  explain(path: VaultPath, isFolder: boolean): LeftOutBy | undefined
}

/**
 * `ownRules` is the text of the vault's `.undriftignore`, `only` what this device mirrors (see `createSelection`).
 * Paths match whatever their case, on every disk.
 */
export function createIgnoreRules(ownRules = '', only: readonly string[] = []): IgnoreRules {
  const selection = createSelection(only)
  const matcher: Ignore = createMatcher({ ignorecase: true })
    .add(builtInRules)
    .add(linesOf(ownRules).map((pattern) => ({ pattern, mark: ignoreFileName })))
  const explain = (path: VaultPath, isFolder: boolean): LeftOutBy | undefined => {
    if (pathKey(path) === ignoreFileName) {
      return path === ignoreFileName ? undefined : { rule: '.*', source: 'built-in' }
    }
    const { ignored, rule } = matcher.checkIgnore(isFolder ? `${path}/` : path)
    if (ignored && rule !== undefined) {
      return { rule: rule.pattern, source: rule.mark === undefined ? 'built-in' : '.undriftignore' }
    }
    if (selection.has(path, isFolder)) return undefined
    return { rule: only.join(' '), source: 'selection' }
  }
  const ignores = (path: VaultPath, isFolder: boolean): boolean => {
    // The rules never leave themselves out, nor let in another spelling, which some disks would open as them.
    if (pathKey(path) === ignoreFileName) return path !== ignoreFileName
    return !selection.has(path, isFolder) || matcher.ignores(isFolder ? `${path}/` : path)
  }
  return {
    ignores,
    selects: (path) => path === ignoreFileName || selection.has(path, false),
    keepsFolder: (path) =>
      pathKey(path) !== ignoreFileName && selection.hasAllOf(path) && !ignores(path, true),
    explain,
  }
}

/** Why the rules in this text cannot be followed; undefined if they can. */
export function rulesFault(text: string): string | undefined {
  return patternsFault(linesOf(text))
}

/** Without the byte order mark that some editors begin a file with: it is no part of the first rule. */
function linesOf(text: string): string[] {
  return text
    .normalize('NFC')
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
}

const textPattern = /\.(?:md|markdown|txt)$/i

/** Whether a file of this name is a note, so that its text is merged; the vault's rules are one. */
export function isTextPath(path: VaultPath): boolean {
  return textPattern.test(path) || path === ignoreFileName
}
