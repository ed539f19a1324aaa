// `.undrift/vault.json`: says that a folder is the mirror of a vault, and whose.
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, rmdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { AppError } from '../../shared/errors.ts'
import type { DeviceId, VaultId } from '../../shared/ids.ts'
import type { Random } from '../../shared/ports.ts'
import { deviceIdSchema, vaultIdSchema } from '../../shared/schemas.ts'
import type { FolderProblem } from './disk.ts'
import { checkFolder, lstatOf } from './file-stat.ts'
import { readJsonFile, writeJsonFile } from './json-file.ts'
import { errorCode, hasCode, readProblem } from './problems.ts'
import { TempFolder, ownFolderName, removeIfThere } from './temp.ts'

export type Marker = {
  readonly vault: VaultId
  readonly device: DeviceId
  /** Of the machine and the folder; differs in a copy made by hand. */
  readonly fingerprint: string
  /** Where the agent that mirrors the folder keeps its settings. */
  readonly home: string
}

const markerSchema = v.object({
  schema: v.literal(1),
  vault: vaultIdSchema,
  device: deviceIdSchema,
  fingerprint: v.string(),
  home: v.string(),
})

/** The marker of a folder; undefined when there is none, or what is there is none. Throws when we may not look. */
export function readMarker(root: string): Marker | undefined {
  try {
    return findMarker(root)
  } catch (thrown) {
    const { reason, advice } = closed(root, thrown)
    throw new AppError('storage', `${reason}. Nothing was changed. ${advice}`, thrown)
  }
}

/** Why `root` cannot be taken for the folder of `vault` (of any vault, when not given); undefined when it can. */
export function folderProblem(root: string, vault?: VaultId): FolderProblem | undefined {
  try {
    checkFolder(root)
    return isMarkedFor(vault, findMarker(root)) ? undefined : away(markerMissing)
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return away(`the folder ${root} is not there`)
    if (hasCode(thrown, 'ENOTDIR')) return away(`${root} is not a folder`)
    return closed(root, thrown)
  }
}

const markerMissing = 'the vault marker .undrift/vault.json is missing'

function away(reason: string): FolderProblem {
  const rejoin =
    'if this folder is no longer the vault: "undrift leave", then "undrift join" again.'
  return { reason, advice: `Mount its disk again; ${rejoin}` }
}

function closed(root: string, thrown: unknown): FolderProblem {
  return {
    reason: `the folder ${root} cannot be read (${readProblem(thrown).message})`,
    advice: 'Let the user that runs undrift read it and what is in it.',
  }
}

/** Throws what the system says when it does not let us look. */
function findMarker(root: string): Marker | undefined {
  if (lstatOf(join(root, ownFolderName))?.isDirectory() !== true) return undefined
  try {
    const parsed = v.safeParse(markerSchema, readJsonFile(markerFile(root)))
    return parsed.success ? parsed.output : undefined
  } catch (thrown) {
    if (readProblem(thrown).code === 'unreadable') throw thrown
    return undefined
  }
}

/** Whether the folder is the mirror of `vault` (of any vault, when not given). */
function hasMarker(root: string, vault?: VaultId): boolean {
  return isMarkedFor(vault, readMarker(root))
}

function isMarkedFor(vault: VaultId | undefined, marker: Marker | undefined): boolean {
  return marker !== undefined && (vault === undefined || marker.vault === vault)
}

/** Marks the folder, in place of any marker that it was copied with. */
export function writeMarker(
  root: string,
  marker: Omit<Marker, 'fingerprint'>,
  random: Random,
): void {
  new TempFolder(root, random).ownFolder()
  writeJsonFile(markerFile(root), { schema: 1, ...marker, fingerprint: fingerprintOf(root) })
}

/** Removes the marker; the trash stays, and the folder of ours with it. */
export function removeMarker(root: string): void {
  removeIfThere(markerFile(root))
  for (const folder of [join(root, ownFolderName, 'tmp'), join(root, ownFolderName, 'trash')]) {
    removeIfEmpty(folder)
  }
  removeIfEmpty(join(root, ownFolderName))
}

/** Whether `marker` was written for this very folder on this machine, not for one it was copied from. */
export function isMarkerOf(marker: Marker, root: string): boolean {
  return marker.fingerprint === fingerprintOf(root)
}

/** The nearest folder above `root` that is the mirror of a vault. */
export function vaultAbove(root: string): string | undefined {
  for (let folder = dirname(root); ; folder = dirname(folder)) {
    if (hasMarker(folder)) return folder
    if (folder === dirname(folder)) return undefined
  }
}

/** A folder below `root` that is the mirror of a vault. Links are not followed. */
export function vaultBelow(root: string): string | undefined {
  const pending = foldersIn(root)
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    if (hasMarker(folder)) return folder
    pending.push(...foldersIn(folder))
  }
  return undefined
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== ownFolderName)
      .map((entry) => join(folder, entry.name))
  } catch (thrown) {
    if (errorCode(thrown) === undefined) throw thrown
    return []
  }
}

function fingerprintOf(root: string): string {
  return createHash('sha256').update(`${machineId()}\0${root}`).digest('hex')
}

function machineId(): string {
  for (const file of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      const id = readFileSync(file, 'utf8').trim()
      if (id !== '') return id
    } catch (thrown) {
      if (errorCode(thrown) === undefined) throw thrown
    }
  }
  return hostname()
}

function markerFile(root: string): string {
  return join(root, ownFolderName, 'vault.json')
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch (thrown) {
    if (errorCode(thrown) === undefined) throw thrown
  }
}
