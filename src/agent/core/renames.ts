// Pairs files that vanished with files that appeared: (base stats, new stats, content hashes) -> renames.
import type { FileId } from '../../shared/ids.ts'
import { lengthOf } from '../../shared/text/lines.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { type FileStat, inodeKey } from './facts.ts'

/** `hash` is undefined where the file itself was seen at another path, and is still to be read there. */
export type Vanished = {
  readonly id: FileId
  readonly stat: FileStat
  readonly hash: string | undefined
}

/** `hash` is undefined where the content was not read. */
export type Appeared = {
  readonly path: VaultPath
  readonly stat: FileStat
  readonly hash: string | undefined
}

/**
 * First by inode and birth time together, then by equal content where that is unambiguous. An empty file
 * is never paired by content: all of them are alike.
 */
export function pairRenames(
  vanished: readonly Vanished[],
  appeared: readonly Appeared[],
): ReadonlyMap<VaultPath, FileId> {
  const renames = new Map<VaultPath, FileId>()
  const left = new Map(vanished.map((file) => [file.id, file]))
  const byInode = new Map(vanished.map((file) => [inodeKey(file.stat), file]))
  for (const { path, stat } of appeared) {
    const from = byInode.get(inodeKey(stat))
    if (from === undefined || !left.has(from.id)) continue
    renames.set(path, from.id)
    left.delete(from.id)
  }
  const fromByHash = groupBy([...left.values()], ({ hash }) => hash)
  const toByHash = groupBy(
    appeared.filter(({ path, stat }) => !renames.has(path) && stat.size > 0),
    ({ hash }) => hash,
  )
  for (const [hash, [to, ...otherTargets]] of toByHash) {
    const [from, ...otherSources] = fromByHash.get(hash) ?? []
    if (to === undefined || from === undefined) continue
    if (otherTargets.length === 0 && otherSources.length === 0) renames.set(to.path, from.id)
  }
  return renames
}

/** A moved note that was edited on the way keeps at least this share of its lines. */
const similarShare = 0.5

export type TextOf<Key> = { readonly key: Key; readonly text: string }

/**
 * Pairs what is left by likeness of lines, the most alike first, as git does for renames with edits
 * (git diff --find-renames). Blank lines tell nothing.
 */
export function pairSimilar<From, To>(
  vanished: readonly TextOf<From>[],
  appeared: readonly TextOf<To>[],
): ReadonlyMap<To, From> {
  const sources = vanished.map((from) => ({ from, lines: linesOf(from.text) }))
  const targets = appeared.map((to) => ({ to, lines: linesOf(to.text) }))
  const pairs = sources.flatMap(({ from, lines }) =>
    targets.map((other) => ({ from, to: other.to, share: commonShare(lines, other.lines) })),
  )
  const found = new Map<To, From>()
  const taken = new Set<From>()
  for (const { from, to, share } of pairs.sort((a, b) => b.share - a.share)) {
    if (share < similarShare || taken.has(from.key) || found.has(to.key)) continue
    found.set(to.key, from.key)
    taken.add(from.key)
  }
  return found
}

/** Whether one text may be the other, edited. An empty one tells nothing. */
export function isSimilar(a: string, b: string): boolean {
  return a === '' || b === '' || commonShare(linesOf(a), linesOf(b)) >= similarShare
}

/** A text's lines, blank ones left out, and their characters in all. */
type Lines = {
  readonly all: readonly string[]
  readonly set: ReadonlySet<string>
  readonly length: number
}

function linesOf(text: string): Lines {
  const all = text.split('\n').filter((line) => line.trim() !== '')
  return { all, set: new Set(all), length: lengthOf(all) }
}

/** Characters of the shorter text's lines that stand in the other as well, 0 to 1. */
function commonShare(a: Lines, b: Lines): number {
  const [shorter, longer] = a.length < b.length ? [a, b] : [b, a]
  if (shorter.length === 0) return 0
  return lengthOf(shorter.all.filter((line) => longer.set.has(line))) / shorter.length
}

function groupBy<Item>(
  items: readonly Item[],
  key: (item: Item) => string | undefined,
): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const name = key(item)
    if (name === undefined) continue
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [item])
    else group.push(item)
  }
  return groups
}
