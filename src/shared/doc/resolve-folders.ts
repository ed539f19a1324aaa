// The folders that the index names -> those that every device has, though nothing be in them. Pure.
import {
  type VaultPath,
  foldersAbove,
  ignoreFileName,
  nameOf,
  parsePath,
  pathKey,
} from '../vault-path.ts'

/** What stands in the tree already: files, and the folders above them. */
export type Occupied = {
  readonly isFile: (key: string) => boolean
  /** How the folder with this `pathKey` is spelled, where files are below it. */
  readonly spelling: (key: string) => VaultPath | undefined
}

/**
 * By `pathKey`. A file has its name before a folder that is only named, and all below that folder; a folder is
 * spelled as above files, else as it sorts first.
 */
export function resolveFolders(
  names: Iterable<string>,
  { isFile, spelling }: Occupied,
): ReadonlyMap<string, VaultPath> {
  const wanted = [...names].flatMap(toLineage)
  const spelled = new Map<string, string>()
  for (const { folder, key } of wanted.flat()) {
    const name = nameOf(spelling(key) ?? folder)
    const other = spelled.get(key)
    if (other === undefined || name < other) spelled.set(key, name)
  }
  const folders = new Map<string, VaultPath>()
  for (const lineage of wanted) {
    const own = lineage.at(-1)
    if (own === undefined || lineage.some(({ key }) => isFile(key))) continue
    const names = lineage.map(({ key, folder }) => spelled.get(key) ?? nameOf(folder))
    folders.set(own.key, names.join('/') as VaultPath)
  }
  return folders
}

type Ancestor = { readonly folder: VaultPath; readonly key: string }

/** The folder itself is the last. Ignore rules are read from a file, so no folder takes its name. */
function toLineage(name: string): [Ancestor[]] | [] {
  const parsed = parsePath(name)
  if (!parsed.ok || pathKey(parsed.path) === ignoreFileName) return []
  const folders = [...foldersAbove(parsed.path), parsed.path]
  return [folders.map((folder) => ({ folder, key: pathKey(folder) }))]
}
