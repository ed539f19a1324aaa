// Settings of the agent: the environment, which vaults are joined, and where their state is.
import { createHash } from 'node:crypto'
import { chmodSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import envPaths from 'env-paths'
import * as v from 'valibot'
import { makeFolder } from '../make-folder.ts'
import { AppError } from '../shared/errors.ts'
import type { DeviceId, VaultId } from '../shared/ids.ts'
import { type Role, roles } from '../shared/roles.ts'
import { deviceIdSchema, vaultIdSchema } from '../shared/schemas.ts'
import { lstatOf } from './disk/file-stat.ts'
import { readJsonFile, writeJsonFile } from './disk/json-file.ts'
import { writeProblem } from './disk/problems.ts'
import { type LogLevel, parseLogLevel } from '../line-logger.ts'

/** Where undrift keeps what is its own, apart from the vaults' folders. */
export type Home = {
  readonly configFolder: string
  readonly stateFolder: string
  readonly logLevel: LogLevel
}

/** A folder that mirrors a vault, and how its agent reaches the relay. */
export type JoinedVault = {
  readonly vault: { readonly id: VaultId; readonly name: string }
  readonly device: { readonly id: DeviceId; readonly name: string }
  /** As `realpath` gives it. */
  readonly folder: string
  /** The relay's URL without a slash at its end. */
  readonly relay: string
  readonly token: string
  readonly role: Role
  /** Patterns of what this device mirrors of the vault (see `createSelection`); without any, all of it. */
  readonly only: readonly string[]
}

/** Reads `UNDRIFT_HOME` and `UNDRIFT_LOG`; else the places that the system has for this. */
export function readHome(env: NodeJS.ProcessEnv = process.env): Home {
  const logLevel = parseLogLevel(env['UNDRIFT_LOG'] ?? '') ?? 'warn'
  const wanted = env['UNDRIFT_HOME'] ?? ''
  if (wanted !== '') {
    const home = resolve(wanted)
    return { configFolder: home, stateFolder: home, logLevel }
  }
  const paths = envPaths('undrift', { suffix: '' })
  // On Linux `log` is the XDG state folder; elsewhere logs have a place of their own.
  const stateFolder = process.platform === 'linux' ? paths.log : paths.data
  return { configFolder: paths.config, stateFolder, logLevel }
}

const joinedSchema = v.object({
  vault: v.object({ id: vaultIdSchema, name: v.string() }),
  device: v.object({ id: deviceIdSchema, name: v.string() }),
  folder: v.string(),
  relay: v.pipe(v.string(), v.url()),
  token: v.string(),
  role: v.picklist(roles),
  only: v.optional(v.array(v.string()), []),
})

const configSchema = v.object({ schema: v.literal(1), vaults: v.array(joinedSchema) })

/** What the relay answers to a join. */
export const joinAnswerSchema = v.pick(joinedSchema, ['vault', 'device', 'token', 'role'])

/** All joined vaults, oldest first. */
export function readJoined(home: Pick<Home, 'configFolder'>): readonly JoinedVault[] {
  const file = configFile(home)
  try {
    const value = readJsonFile(file)
    return value === undefined ? [] : v.parse(configSchema, value).vaults
  } catch (thrown) {
    const text = `${file} cannot be read. The notes are safe. Repair the file or remove it and join again.`
    throw new AppError('storage', text, thrown)
  }
}

/** Remembers a vault, or replaces what was known of it. */
export function addJoined(home: Home, joined: JoinedVault): void {
  const others = readJoined(home).filter(({ vault }) => vault.id !== joined.vault.id)
  writeJoined(home, [...others, joined])
}

/** Forgets a vault, as joined by `device`, and everything that was remembered of it. */
export function removeJoined(home: Home, vault: VaultId, device: DeviceId): void {
  const all = readJoined(home)
  const others = all.filter((joined) => joined.device.id !== device)
  if (others.length < all.length) writeJoined(home, others)
  // Another device of this vault has the state, if this one's join came to nothing.
  if (others.some((joined) => joined.vault.id === vault)) return
  rmSync(stateFolder(home, vault), { recursive: true, force: true })
}

/** Folder of a vault's local store. */
export function storeFolder(home: Home, vault: VaultId): string {
  return join(stateFolder(home, vault), 'store')
}

/** The file that is there while a vault is paused. */
export function pauseFile(home: Home, vault: VaultId): string {
  return join(stateFolder(home, vault), 'paused.json')
}

function stateFolder(home: Home, vault: VaultId): string {
  return join(home.stateFolder, 'state', vault)
}

/** The address of the running agent's control socket. Creates its folder, which only we may enter. */
export function controlSocket(home: Home, vault: VaultId): string {
  const unique = createHash('sha256').update(`${home.stateFolder}\0${vault}`).digest('hex')
  if (process.platform === 'win32') return `\\\\.\\pipe\\undrift-${unique.slice(0, 32)}`
  const folder = join(home.stateFolder, 'run')
  const file = join(folder, `${vault.slice(0, 12)}.sock`)
  // A socket's path has about 104 bytes on macOS, 108 on Linux.
  if (Buffer.byteLength(file) <= 100) {
    ownFolder(folder)
    return file
  }
  const shared = join(tmpdir(), `undrift-${userInfo().uid}`)
  ownFolder(shared)
  return join(shared, `${unique.slice(0, 12)}.sock`)
}

function ownFolder(folder: string): void {
  makeFolder(folder)
  const stats = lstatOf(folder)
  if (!stats?.isDirectory() || stats.uid !== BigInt(userInfo().uid)) {
    throw new AppError('storage', `${folder} belongs to somebody else`)
  }
  chmodSync(folder, 0o700)
}

function writeJoined(home: Home, vaults: readonly JoinedVault[]): void {
  try {
    makeFolder(home.configFolder)
    writeJsonFile(configFile(home), { schema: 1, vaults })
  } catch (thrown) {
    const why = `the settings in ${home.configFolder} cannot be written (${writeProblem(thrown).message})`
    throw new AppError(
      'storage',
      `${why}. The notes are safe. Check that folder, or name another with UNDRIFT_HOME.`,
      thrown,
    )
  }
}

function configFile(home: Pick<Home, 'configFolder'>): string {
  return join(home.configFolder, 'vaults.json')
}
