// Real folders, disks and stores for the tests of the agent's edges.
import { execFileSync } from 'node:child_process'
import { chownSync, lstatSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { type FileStat, statOf as entryStat } from '../../src/agent/core/facts.ts'
import type { BlobDisk, Fingerprinted } from '../../src/agent/blob/blob-disk.ts'
import type { DiskContent } from '../../src/agent/disk/disk.ts'
import { NodeDisk } from '../../src/agent/disk/node-disk.ts'
import { silentLogger } from '../fakes/silent-logger.ts'
import { systemClock, systemRandom } from '../../src/system.ts'
import { type DeviceId, type VaultId, parseId } from '../../src/shared/ids.ts'
import type { Clock } from '../../src/shared/ports.ts'
import { type VaultPath, parsePath } from '../../src/shared/vault-path.ts'

/** A fresh folder that is gone after the test. */
export function tempFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'undrift-test-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function vaultPath(text: string): VaultPath {
  const parsed = parsePath(text)
  return parsed.ok ? parsed.path : expect.unreachable(`${text}: ${parsed.reason}`)
}

export const utf8 = (text: string) => new TextEncoder().encode(text)

/** What makes a folder a vault. */
export const marker = {
  vault: parseId<VaultId>('b'.repeat(26)) ?? expect.unreachable(),
  device: parseId<DeviceId>('c'.repeat(26)) ?? expect.unreachable(),
  home: '/nowhere',
}

/** A started disk on a fresh folder. */
export async function openDisk(root = tempFolder(), clock: Clock = systemClock) {
  const disk = new NodeDisk({ root, clock, random: systemRandom, logger: silentLogger })
  await disk.start()
  onTestFinished(() => disk.stop())
  return { root, disk }
}

export async function statOf(disk: NodeDisk, path: string): Promise<FileStat> {
  const entry = await disk.stat(vaultPath(path))
  return entryStat(entry) ?? expect.unreachable(`${path}: ${entry?.kind}`)
}

export async function contentOf(disk: NodeDisk, path: string): Promise<DiskContent> {
  const content = await disk.read(vaultPath(path))
  if (content === undefined || !('bytes' in content)) return expect.unreachable(path)
  return content
}

export async function fingerprintOf(disk: BlobDisk, path: string): Promise<Fingerprinted> {
  const found = await disk.fingerprint(vaultPath(path))
  if (found === undefined || !('file' in found)) return expect.unreachable(path)
  return found
}

/** Root may do anything; permissions show only to somebody else. */
export async function asNobody(root: string, run: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0
  if (isRoot) {
    for (const path of [root, ...readdirSync(root, { recursive: true, encoding: 'utf8' })]) {
      const file = path === root ? root : join(root, path)
      if (lstatSync(file).uid === 0) chownSync(file, 65_534, 65_534)
    }
    process.seteuid?.(65_534)
  }
  try {
    await run()
  } finally {
    if (isRoot) process.seteuid?.(0)
    execFileSync('chmod', ['-R', 'u+rwX', root])
  }
}
