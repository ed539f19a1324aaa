// `undrift trash`: what was deleted or replaced from elsewhere, and how to have it back.
import type { Command } from 'commander'
import { AppError } from '../../shared/errors.ts'
import { systemClock } from '../../system.ts'
import { readHome } from '../config.ts'
import { type TrashedFile, emptyTrash, listTrashed, restoreTrashed } from '../disk/trashed-files.ts'
import { parseDuration } from './arguments.ts'
import { count, printAnswer, printable } from './output.ts'
import { selectOne } from './select.ts'

type Flags = { json?: boolean }
type EmptyFlags = Flags & { olderThan?: number }

const folderHelp = 'folder of a joined vault (needed when several are joined)'

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
    .option('--json', 'print id, path, time and bytes of each file as JSON')
    .addHelpText('after', '\nExample:\n  undrift trash list')
    .action(list)
  trash
    .command('restore')
    .description('put a file back where it was, or beside what is there by now')
    .argument(
      '<file>',
      'its path (then the newest of that path), or its id from "trash list --json"',
    )
    .argument('[folder]', folderHelp)
    .option('--json', 'print where it is now as JSON')
    .addHelpText('after', '\nExample:\n  undrift trash restore "Projects/plan.md"')
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
  const file = listTrashed(folder).find(({ id, path }) => id === wanted || path === wanted)
  if (file === undefined) throw notThere(wanted)
  const path = restoreTrashed(folder, file)
  printAnswer(json, { folder, path }, `${printable(path)} is back in ${printable(folder)}.`)
}

function empty(wanted: string | undefined, { json, olderThan = 0 }: EmptyFlags): void {
  const { folder } = selectOne(readHome(), wanted)
  const removed = emptyTrash(folder, systemClock.now() - olderThan * 1000)
  const text = `${count(removed.length, 'file')} removed for good.`
  printAnswer(json, { folder, removed: removed.map(toJson) }, text)
}

function describe({ path, at, bytes }: TrashedFile): string {
  const time = new Date(at).toISOString().slice(0, 16).replace('T', ' ')
  return `${time}  ${String(bytes).padStart(10)}  ${printable(path)}`
}

function toJson({ id, path, at, bytes }: TrashedFile) {
  return { id, path, trashedAt: new Date(at).toISOString(), bytes }
}

function notThere(wanted: string): AppError {
  const what = `"${wanted}" is not in the trash`
  return new AppError('not-found', `${what}. Nothing was changed. See "undrift trash list".`)
}
