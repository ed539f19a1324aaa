// Makes sure that a folder can become the mirror of a vault, before an invite is used up.
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmdirSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { makeFolder } from '../../make-folder.ts'
import { AppError } from '../../shared/errors.ts'
import { type Home, readJoined } from '../config.ts'
import { type Marker, isMarkerOf, readMarker, vaultAbove, vaultBelow } from '../disk/marker.ts'
import { errorCode, hasCode } from '../disk/problems.ts'

export type PreparedFolder = {
  /** As `realpath` gives it. */
  readonly folder: string
  /** Removes what was created for it, if it is still empty. */
  readonly undo: () => void
}

/** Creates the folder if need be. Throws when it cannot be used; then nothing is left behind. */
export function prepareFolder(home: Home, wanted: string): PreparedFolder {
  const place = resolve(wanted)
  const created = prepare(place)
  const undo = () => {
    if (created !== undefined) removeEmpty(place, created)
  }
  try {
    const folder = realpathSync(place)
    checkFree(home, folder)
    checkWritable(folder)
    return { folder, undo }
  } catch (thrown) {
    undo()
    throw thrown
  }
}

/** Returns the topmost folder that had to be made. */
function prepare(place: string): string | undefined {
  try {
    return makeFolder(place, 0o777)
  } catch (thrown) {
    if (hasCode(thrown, 'EEXIST', 'ENOTDIR')) {
      throw new AppError(
        'not-a-folder',
        `${place} is not a folder. Nothing was changed. Name a folder, or one to be made.`,
        thrown,
      )
    }
    throw notWritable(place, thrown)
  }
}

function checkFree(home: Home, folder: string): void {
  const joined = readJoined(home).find((other) => other.folder === folder)
  if (joined !== undefined) {
    throw taken(`${folder} already mirrors "${joined.vault.name}"`, 'Run "undrift run" to sync it.')
  }
  const marker = readMarker(folder)
  if (marker !== undefined && isMarkerOf(marker, folder) && isInUse(marker, folder)) {
    const todo = 'Use that one, or leave the vault there first.'
    throw taken(`${folder} already mirrors a vault for the undrift in ${marker.home}`, todo)
  }
  const other = vaultAbove(folder) ?? vaultBelow(folder)
  if (other !== undefined) {
    throw taken(`${folder} and the vault in ${other} would contain each other`, 'Choose another.')
  }
  for (const own of [home.configFolder, home.stateFolder].map(realIfThere)) {
    if (!isInside(own, folder)) continue
    throw taken(`${folder} holds undrift's own files (${own})`, 'Choose another folder.')
  }
}

/** A marker whose settings are gone, or forgot it, holds nobody back (HC-76, HC-136). */
function isInUse({ device, home }: Marker, folder: string): boolean {
  if (!existsSync(join(home, 'vaults.json'))) return existsSync(home) && !isReadable(home)
  try {
    const all = readJoined({ configFolder: home })
    return all.some((joined) => joined.device.id === device && joined.folder === folder)
  } catch {
    return true
  }
}

function isReadable(folder: string): boolean {
  try {
    readdirSync(folder)
    return true
  } catch {
    return false
  }
}

/** Asks the disk, not the permission bits: these say nothing of read-only disks, and root may do all. */
function checkWritable(folder: string): void {
  try {
    rmdirSync(mkdtempSync(join(folder, '.undrift-probe-')))
  } catch (thrown) {
    throw notWritable(folder, thrown)
  }
}

function notWritable(folder: string, thrown: unknown): AppError {
  const why = errorCode(thrown) ?? String(thrown)
  return new AppError(
    'read-only',
    `${folder} cannot be written to (${why}). Nothing was changed. Check its permissions.`,
    thrown,
  )
}

function taken(what: string, todo: string): AppError {
  return new AppError('already-joined', `${what}. Nothing was changed. ${todo}`)
}

function realIfThere(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : resolve(folder)
}

function isInside(inner: string, outer: string): boolean {
  return `${inner}${sep}`.startsWith(`${outer}${sep}`)
}

/** Removes `place` and the folders above it up to `topmost`, as far as they are empty. */
function removeEmpty(place: string, topmost: string): void {
  try {
    for (let folder = place; ; folder = dirname(folder)) {
      rmdirSync(folder)
      if (folder === topmost) return
    }
  } catch (thrown) {
    if (errorCode(thrown) === undefined) throw thrown
  }
}
