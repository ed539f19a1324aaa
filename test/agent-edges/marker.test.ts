// The marker of a vault's folder, and the settings that remember where vaults are.
import { cpSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type Home,
  type JoinedVault,
  addJoined,
  controlSocket,
  readHome,
  readJoined,
  removeJoined,
  storeFolder,
} from '../../src/agent/config.ts'
import {
  isMarkerOf,
  readMarker,
  removeMarker,
  vaultAbove,
  vaultBelow,
  writeMarker,
} from '../../src/agent/disk/marker.ts'
import { systemRandom } from '../../src/system.ts'
import { type DeviceId, type VaultId, parseId } from '../../src/shared/ids.ts'
import { tempFolder } from './helpers.ts'

const vault = parseId<VaultId>('b'.repeat(26)) ?? expect.unreachable()
const device = parseId<DeviceId>('c'.repeat(26)) ?? expect.unreachable()

function marked(folder: string): string {
  mkdirSync(folder, { recursive: true })
  writeMarker(folder, { vault, device, home: '/h' }, systemRandom)
  return folder
}

describe('marker', () => {
  test('SYNC-23 HC-143 says whose the folder is; a copy made by hand is told from it', () => {
    const root = tempFolder()
    const folder = marked(join(root, 'vault'))
    const marker = readMarker(folder) ?? expect.unreachable()
    expect(marker).toMatchObject({ vault, device })
    expect(isMarkerOf(marker, folder)).toBe(true)
    cpSync(folder, join(root, 'copy'), { recursive: true })
    const copied = readMarker(join(root, 'copy')) ?? expect.unreachable()
    expect(isMarkerOf(copied, join(root, 'copy'))).toBe(false)
  })

  test('HC-125 finds a vault above and below', () => {
    const root = tempFolder()
    mkdirSync(join(root, 'a/b/c/d'), { recursive: true })
    marked(join(root, 'a/b'))
    expect(vaultAbove(join(root, 'a/b/c/d'))).toBe(join(root, 'a/b'))
    expect(vaultAbove(join(root, 'a/b'))).toBeUndefined()
    expect(vaultBelow(root)).toBe(join(root, 'a/b'))
    expect(vaultBelow(join(root, 'a/b'))).toBeUndefined()
  })

  test('SYNC-23 is none when it is broken or behind a link', () => {
    const root = tempFolder()
    mkdirSync(join(root, 'v/.undrift'), { recursive: true })
    for (const text of ['', '{', '{}', '{"schema":2}']) {
      writeFileSync(join(root, 'v/.undrift/vault.json'), text)
      expect(readMarker(join(root, 'v'))).toBeUndefined()
    }
    marked(join(root, 'w'))
    mkdirSync(join(root, 'x'))
    symlinkSync(join(root, 'w/.undrift'), join(root, 'x/.undrift'))
    expect(readMarker(join(root, 'x'))).toBeUndefined()
  })

  test('goes, and leaves the trash', () => {
    const root = tempFolder()
    const folder = marked(join(root, 'v'))
    mkdirSync(join(folder, '.undrift/trash/t'), { recursive: true })
    removeMarker(folder)
    expect(existsSync(join(folder, '.undrift/trash/t'))).toBe(true)
    const clean = marked(join(root, 'w'))
    removeMarker(clean)
    expect(existsSync(join(clean, '.undrift'))).toBe(false)
  })
})

describe('settings', () => {
  const joined: JoinedVault = {
    vault: { id: vault, name: 'Notes' },
    device: { id: device, name: 'laptop' },
    folder: '/n',
    relay: 'http://127.0.0.1:1',
    token: 'secret',
    role: 'editor',
    only: [],
  }
  const newHome = (): Home => readHome({ UNDRIFT_HOME: join(tempFolder(), 'home') })

  test('remember and forget a vault, for the owner only', () => {
    const home = newHome()
    expect(readJoined(home)).toEqual([])
    addJoined(home, joined)
    addJoined(home, { ...joined, role: 'viewer' })
    expect(readJoined(home)).toEqual([{ ...joined, role: 'viewer' }])
    expect(statSync(join(home.configFolder, 'vaults.json')).mode & 0o777).toBe(0o600)
    mkdirSync(storeFolder(home, vault), { recursive: true })
    removeJoined(home, vault, device)
    expect(readJoined(home)).toEqual([])
    expect(existsSync(storeFolder(home, vault))).toBe(false)
  })

  test('that cannot be read are an error, not an empty list', () => {
    const home = newHome()
    mkdirSync(home.configFolder)
    for (const text of ['', '{', '{"schema":1,"vaults":[{}]}']) {
      writeFileSync(join(home.configFolder, 'vaults.json'), text)
      expect(() => readJoined(home)).toThrow(expect.objectContaining({ code: 'storage' }))
    }
  })

  test('give each vault a control socket of its own, short enough for the system', () => {
    const [home, other] = [newHome(), newHome()]
    expect(controlSocket(home, vault)).not.toBe(controlSocket(other, vault))
    const deep = readHome({ UNDRIFT_HOME: join(tempFolder(), 'x'.repeat(150)) })
    expect(Buffer.byteLength(controlSocket(deep, vault))).toBeLessThanOrEqual(100)
    expect(controlSocket(deep, vault)).not.toBe(controlSocket(home, vault))
  })

  test('come from the environment, else from where the system keeps such things', () => {
    expect(readHome({ UNDRIFT_HOME: '/h', UNDRIFT_LOG: 'debug' })).toEqual({
      configFolder: '/h',
      stateFolder: '/h',
      logLevel: 'debug',
    })
    expect(readHome({ UNDRIFT_LOG: 'nonsense' }).logLevel).toBe('warn')
    expect(readHome({}).configFolder).toMatch(/undrift/)
  })
})
