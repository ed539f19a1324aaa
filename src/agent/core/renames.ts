// Pairs files that vanished with files that appeared: (base stats, new stats, content hashes) -> renames.
import type { FileId } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { type FileStat, sameInode } from './facts.ts'

export type Vanished = { readonly id: FileId; readonly stat: FileStat; readonly hash: string }

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
  const byInode = new Map(vanished.map((file) => [file.stat.ino, file]))
  for (const { path, stat } of appeared) {
    const from = byInode.get(stat.ino)
    if (from === undefined || !left.has(from.id) || !sameInode(from.stat, stat)) continue
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
