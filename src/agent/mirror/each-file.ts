// Files that the disk reads, writes or removes at the same time: together they share the fsync of their folder.
import pLimit from 'p-limit'

const filesAtOnce = 16

/** Begins them in order, and resolves to what became of each. */
export function eachFile<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  return pLimit(filesAtOnce).map(items, work)
}
