// `undrift trash`: what was deleted or replaced from elsewhere, and how to have it back.
import type { Command } from 'commander'
import { AppError, toAppError } from '../../shared/errors.ts'
import { type VaultPath, parsePath } from '../../shared/vault-path.ts'
import { systemClock } from '../../system.ts'
import { readHome } from '../config.ts'
import {
  type TrashedFile,
  type TrashedFolder,
  emptyTrash,
  listTrashed,
  restoreTrashed,
  trashedBelow,
} from '../disk/trashed-files.ts'
import { parseDuration } from './arguments.ts'
import { count, printAnswer, printable } from './output.ts'
import { selectOne } from './select.ts'

type Flags = { json?: boolean }
type EmptyFlags = Flags & { olderThan?: number }

const folderHelp = 'folder of a joined vault (needed when several are joined)'

const restoreHelp = `
Of a folder the newest of each path is put back, where nothing is at that path by now.

Examples:
  undrift trash restore "Projects/plan.md"
  undrift trash restore Projects/`

/** Adds `trash list`, `trash restore` and `trash empty` to the program. */
export function registerTrash(program: Command): void {
  const trash = program
    .command('trash')
    .description('files that were deleted or replaced from another device')
    .addHelpText('after', '\nExample:\n  undrift trash restore "Projects/plan.md"')
  trash
    .command('list')
    .description('list what is in the trash of a folder, the newest first')
    .argument('[folder]', folderHelp)
    .option('--json', 'print id, path, time, bytes and link target of each file as JSON')
    .addHelpText('after', '\nExample:\n  undrift trash list')
    .action(list)
  trash
    .command('restore')
    .description('put a file back where it was, or beside what is there by now; or all of a folder')
    .argument(
      '<file>',
      'its path (then the newest of that path), or its id from "trash list --json", or a folder that it was in',
    )
    .argument('[folder]', folderHelp)
    .option('--json', 'print where it is now as JSON')
    .addHelpText('after', restoreHelp)
    .action(restore)
  trash
    .command('empty')
    .description('remove what is in the trash for good')
    .argument('[folder]', folderHelp)
    .option('--older-than <time>', 'only what is older, like 24h or 7d', parseDuration)
    .option('--json', 'print what was removed as JSON')
    .addHelpText('after', '\nExample:\n  undrift trash empty --older-than 7d')
    .action(empty)
}

function list(wanted: string | undefined, { json }: Flags): void {
  const { folder } = selectOne(readHome(), wanted)
  const trash = listTrashed(folder)
  const lines = trash.map(describe)
  printAnswer(json, { folder, trash: trash.map(toJson) }, lines.join('\n') || 'The trash is empty.')
}

function restore(wanted: string, inFolder: string | undefined, { json }: Flags): void {
  const { folder } = selectOne(readHome(), inFolder)
  const trashed = listTrashed(folder)
  const file = trashed.find(({ id, path }) => id === wanted || path === wanted)
  if (file === undefined) return restoreBelow(folder, trashed, wanted, json)
  const path = restoreTrashed(folder, file)
  printAnswer(json, { folder, path }, `${printable(path)} is back in ${printable(folder)}.`)
}

function restoreBelow(
  folder: string,
  trashed: readonly TrashedFile[],
  wanted: string,
  json: boolean | undefined,
): void {
  const above = parsePath(wanted.replace(/\/$/, ''))
  if (!above.ok) throw notThere(wanted)
  const { free, taken } = trashedBelow(folder, trashed, above.path)
  if (free.length + taken.length === 0) throw notThere(wanted)
  const paths = restoreAll(folder, free, wanted)
  const text = describeRestored(wanted, { free, taken })
  printAnswer(json, { folder, paths, stay: taken.map(({ path }) => path) }, text)
}

/** Throws what keeps one of them from its place, after what is back by then. */
function restoreAll(folder: string, files: readonly TrashedFile[], wanted: string): VaultPath[] {
  const paths: VaultPath[] = []
  for (const file of files) {
    try {
      paths.push(restoreTrashed(folder, file))
    } catch (thrown) {
      const { code, message } = toAppError(thrown)
      const back = `${paths.length} of ${count(files.length, 'file')} of ${wanted} put back`
      throw new AppError(code, `${back}, the rest is still in the trash: ${message}`, thrown)
    }
  }
  return paths
}

function describeRestored(wanted: string, { free, taken }: TrashedFolder): string {
  const back = `${count(free.length, 'file')} of ${printable(wanted)} put back.`
  const [one] = taken
  if (one === undefined) return back
  const stay = `${count(taken.length, 'older version')} of what is there by now stayed in the trash.`
  return `${back} ${stay}\nTo have one beside it: undrift trash restore "${printable(one.path)}"`
}

function empty(wanted: string | undefined, { json, olderThan = 0 }: EmptyFlags): void {
  const { folder } = selectOne(readHome(), wanted)
  const removed = emptyTrash(folder, systemClock.now() - olderThan * 1000)
  const text = `${count(removed.length, 'file')} removed for good.`
  printAnswer(json, { folder, removed: removed.map(toJson) }, text)
}

function describe({ path, at, bytes, target }: TrashedFile): string {
  const time = new Date(at).toISOString().slice(0, 16).replace('T', ' ')
  const link = target === undefined ? '' : ` -> ${printable(target)}`
  return `${time}  ${String(bytes).padStart(10)}  ${printable(path)}${link}`
}

function toJson({ id, path, at, bytes, target }: TrashedFile) {
  return { id, path, trashedAt: new Date(at).toISOString(), bytes, target: target ?? null }
}

function notThere(wanted: string): AppError {
  const what = `"${wanted}" is not in the trash`
  return new AppError('not-found', `${what}. Nothing was changed. See "undrift trash list".`)
}
