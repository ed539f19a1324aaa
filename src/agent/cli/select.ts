// Which joined vaults a command is about.
import { realpathSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { AppError } from '../../shared/errors.ts'
import { type Home, type JoinedVault, readJoined } from '../config.ts'
import { errorCode } from '../disk/problems.ts'

/** The one vault that `folder` (or a folder in it) belongs to; without it, the only one that is joined. */
export function selectOne(home: Home, folder: string | undefined): JoinedVault {
  const all = readJoined(home)
  if (folder !== undefined) return selectByFolder(all, folder)
  const [only, ...others] = all
  if (only === undefined) throw nothingJoined()
  if (others.length === 0) return only
  const folders = all.map((joined) => joined.folder).join(', ')
  throw new AppError(
    'usage',
    `several vaults are joined (${folders}). Nothing was changed. Name the folder.`,
  )
}

/** The vaults of these folders; without any, all that are joined. */
export function selectMany(home: Home, folders: readonly string[]): readonly JoinedVault[] {
  const all = readJoined(home)
  if (all.length === 0) throw nothingJoined()
  if (folders.length === 0) return all
  return [...new Set(folders.map((folder) => selectByFolder(all, folder)))]
}

export function selectByFolder(all: readonly JoinedVault[], folder: string): JoinedVault {
  const place = realFolder(folder)
  const found = all.find((joined) => `${place}${sep}`.startsWith(`${joined.folder}${sep}`))
  if (found !== undefined) return found
  throw new AppError(
    'usage',
    `${place} is not the folder of a joined vault. Nothing was changed. See "undrift status".`,
  )
}

/** Without links; a folder that is gone is taken as it was written. */
export function realFolder(folder: string): string {
  try {
    return realpathSync(folder)
  } catch (thrown) {
    if (errorCode(thrown) === undefined) throw thrown
    return resolve(folder)
  }
}

function nothingJoined(): AppError {
  return new AppError(
    'usage',
    'no vault is joined here. Nothing was changed. Run "undrift join LINK FOLDER" first.',
  )
}
