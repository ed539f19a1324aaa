// Paths inside a vault: relative, NFC, '/' between parts. An unsafe path cannot become a VaultPath.
import { maxPathBytes, maxPathPartBytes, maxPathParts } from './limits.ts'

declare const brand: unique symbol
/** `Projects/plan.md`: relative, NFC, no empty, `.` or `..` part, none of our own or a VCS's folders. */
export type VaultPath = string & { readonly [brand]: 'path' }

export type PathRefusal = 'empty' | 'malformed' | 'escapes' | 'reserved' | 'too-long'

export type ParsedPath = { ok: true; path: VaultPath } | { ok: false; reason: PathRefusal }

/** Folders that are never synced nor accepted: a remote `.git/hooks/x` would run code here. */
const reservedParts = new Set([
  '.undrift',
  '.git',
  '.hg',
  '.svn',
  '.bzr',
  '.jj',
  '.trash',
  '_darcs',
])
const git8dot3 = /^git~\d+$/

/** The vault's own ignore rules, always a file: no peer makes a folder that stands in their place. */
export const ignoreFileName = '.undriftignore' as VaultPath

const utf8 = new TextEncoder()

/** Composing makes one UTF-16 unit of at most so many: what is longer is not looked at. */
const nfcAtMost = 4

/** Checks a path from disk or from a peer. Both sides use this one function. */
export function parsePath(text: string): ParsedPath {
  if (text === '') return refuse('empty')
  if (text.length > maxPathBytes * nfcAtMost) return refuse('too-long')
  if (!text.isWellFormed() || text.includes('\0')) return refuse('malformed')
  const path = text.normalize('NFC')
  const parts = path.split('/')
  if (parts.some((part) => part === '..')) return refuse('escapes')
  if (parts.some((part) => part === '' || part === '.')) return refuse('malformed')
  if (/^[A-Za-z]:[\\/]/.test(path) || path.startsWith('\\')) return refuse('escapes')
  if (path.split(/[/\\]/).some((part) => part === '..')) return refuse('escapes')
  if (parts.some(isReserved) || isBelowRules(parts)) return refuse('reserved')
  if (isLonger(path, maxPathBytes) || parts.length > maxPathParts) return refuse('too-long')
  if (parts.some((part) => isLonger(part, maxPathPartBytes))) return refuse('too-long')
  return { ok: true, path: path as VaultPath }
}

function refuse(reason: PathRefusal): ParsedPath {
  return { ok: false, reason }
}

/** Encoded as UTF-8; a UTF-16 unit takes at most three bytes, so most texts need no encoding. */
function isLonger(text: string, maxBytes: number): boolean {
  return 3 * text.length > maxBytes && byteLength(text) > maxBytes
}

/** What a reserved part begins with; anything else in ASCII is none, and needs no closer look. */
const unsuspiciousPart = /^(?![._gG])[ -~]+$/

function isReserved(part: string): boolean {
  if (unsuspiciousPart.test(part)) return false
  const name = openedAs(part)
  return reservedParts.has(name) || git8dot3.test(name)
}

function isBelowRules([top = '', ...below]: readonly string[]): boolean {
  return below.length > 0 && !unsuspiciousPart.test(top) && openedAs(top) === ignoreFileName
}

/** What Windows and macOS open under this name: `.git` for `.GIT` and `.git::$DATA`. */
function openedAs(part: string): string {
  return foldCase(part.split(':')[0] ?? '')
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g, '')
    .replace(/[. ]+$/, '')
}

const printableAscii = /^[ -~]*$/

/** A disk that ignores case knows one small sigma, and no long s; `toLowerCase` knows two of each. */
function foldCase(text: string): string {
  if (printableAscii.test(text)) return text.toLowerCase()
  return text.toLowerCase().replaceAll('ς', 'σ').replaceAll('ſ', 's').normalize('NFC')
}

/** Equal for two paths that some device could not hold side by side (differ in case or form only). */
export function pathKey(path: VaultPath): string {
  return foldCase(path)
}

/** The folder of `path`, or undefined at the top. */
export function parentOf(path: VaultPath): VaultPath | undefined {
  const end = path.lastIndexOf('/')
  return end < 0 ? undefined : (path.slice(0, end) as VaultPath)
}

/** The last part of `path`. */
export function nameOf(path: VaultPath): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Every folder above `path`, outermost first. */
export function foldersAbove(path: VaultPath): VaultPath[] {
  const folders: VaultPath[] = []
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
    folders.push(path.slice(0, end) as VaultPath)
  }
  return folders
}

export function isUnder(path: VaultPath, folder: VaultPath): boolean {
  return path.startsWith(`${folder}/`)
}

/** Not what follows the full stop of a sentence. */
const extensionPattern = /(?<=.)\.[^.\s]{1,16}$/u

/**
 * `note.md` -> `note (2).md`, its stem cut where the path would grow too long: at a code point, since what
 * a grapheme is differs between devices. Where the folder leaves no room for it, in the folder above.
 */
export function withSuffix(path: VaultPath, n: number): VaultPath {
  const folder = parentOf(path)
  const name = nameOf(path)
  const extension = extensionPattern.exec(name)?.[0] ?? ''
  const tail = ` (${n})${extension}`
  const prefix = prefixOf(folder)
  const maxNameBytes = Math.min(maxPathPartBytes, maxPathBytes - byteLength(prefix))
  const stem = name.slice(0, name.length - extension.length)
  const kept = cutToBytes(stem, maxNameBytes - byteLength(tail))
  if (kept !== '' || folder === undefined) return `${prefix}${kept}${tail}` as VaultPath
  return withSuffix(`${prefixOf(parentOf(folder))}${name}` as VaultPath, n)
}

const suffixPattern = / \((\d+)\)(?:\.[^.\s]{1,16})?$/u

/** Whether a file that belongs at `wanted` may stand at `path`: there, or where it gives way. */
export function mayStandAt(wanted: VaultPath, path: VaultPath): boolean {
  if (pathKey(wanted) === pathKey(path)) return true
  const n = suffixPattern.exec(path)?.[1]
  return n !== undefined && pathKey(withSuffix(wanted, Number(n))) === pathKey(path)
}

function prefixOf(folder: VaultPath | undefined): string {
  return folder === undefined ? '' : `${folder}/`
}

function byteLength(text: string): number {
  return utf8.encode(text).length
}

/** The beginning of `text` that fits, in whole code points. */
function cutToBytes(text: string, maxBytes: number): string {
  return text.slice(0, utf8.encodeInto(text, new Uint8Array(Math.max(0, maxBytes))).read)
}
