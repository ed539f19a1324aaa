// Bytes that were put together, before they have a name in the vault.
import {
  chmodSync,
  existsSync,
  fstatSync,
  linkSync,
  readFileSync,
  statSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { open } from 'node:fs/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { blobHashOf } from '../../src/agent/blob/fingerprint.ts'
import { SmallDisk, canMount } from '../e2e/support/small-disk.ts'
import { asNobody, openDisk, statOf, utf8, vaultPath } from './helpers.ts'

const bytes = utf8('put together')
const hash = blobHashOf(bytes)
const path = vaultPath('a.bin')

async function withPart() {
  const opened = await openDisk()
  const part = await opened.disk.blobs.openPart(hash, bytes.length)
  await part.write(0, bytes)
  await part.finish(bytes.length)
  await part.close()
  const file = join(opened.root, '.undrift/tmp', `b-${hash}`)
  return { ...opened, file, target: join(opened.root, 'a.bin') }
}

test('BLOB-24 they stay while something else stands at their place, and are gone once they have it', async () => {
  const { disk, file, target } = await withPart()
  writeFileSync(target, 'in the way')
  const stat = await statOf(disk, 'a.bin')
  expect(await disk.write(path, { part: hash }, undefined, true)).toEqual({ type: 'stale' })
  expect(existsSync(file)).toBe(true)
  expect(await disk.write(path, { part: hash }, stat, true)).toMatchObject({ type: 'written' })
  expect(readFileSync(target, 'utf8')).toBe('put together')
  expect(existsSync(file)).toBe(false)
  expect(await disk.write(vaultPath('b.bin'), { part: hash }, undefined, true)).toEqual({
    type: 'part-gone',
  })
})

test('BLOB-24 HC-132 a crash that left them two names lets nothing be written into the file of the vault', async () => {
  const { disk, file, target } = await withPart()
  linkSync(file, target)
  const part = await disk.blobs.openPart(hash, bytes.length)
  await part.write(0, utf8('PUT'))
  await part.close()
  expect(readFileSync(target, 'utf8')).toBe('put together')
})

test('BLOB-80 KIND-15 with the rights of a file that may not be written they get their name at another time, or are fetched on', async () => {
  const { root, disk, file, target } = await withPart()
  const locked = { mode: 5, mtime: 1_000_000, overProtected: false }
  await asNobody(root, async () => {
    const writing = disk.write(path, { part: hash }, undefined, true, locked)
    writeFileSync(target, 'in the way')
    expect(await writing).toEqual({ type: 'stale' })
    expect(statSync(file).mode & 0o700).toBe(0o500)
    const part = await disk.blobs.openPart(hash, bytes.length)
    await part.write(0, bytes)
    await part.close()
    chmodSync(file, 0o555)
    const open = { ...locked, mode: 6 }
    const stat = await statOf(disk, 'a.bin')
    expect(await disk.write(path, { part: hash }, stat, true, open)).toMatchObject({
      type: 'written',
    })
    expect(readFileSync(target, 'utf8')).toBe('put together')
    expect(statSync(target).mode & 0o700).toBe(0o600)
  })
})

test('BLOB-24 what nobody wants goes, all else that is on its way stays', async () => {
  const { root, disk, file } = await withPart()
  const other = join(root, '.undrift/tmp', `w-${'a'.repeat(16)}`)
  writeFileSync(other, 'on its way')
  await disk.blobs.keepParts(new Set([hash]))
  expect(existsSync(file)).toBe(true)
  await disk.blobs.keepParts(new Set())
  expect([existsSync(file), existsSync(other)]).toEqual([false, true])
})

test('BLOB-51 a file that cannot be looked at any more is closed', async () => {
  const { root, disk } = await openDisk()
  writeFileSync(join(root, 'a.bin'), bytes)
  const stat = await statOf(disk, 'a.bin')
  const probe = await open(join(root, 'a.bin'))
  await probe.close()
  let opened = -1
  const handles = Object.getPrototypeOf(probe) as typeof probe
  vi.spyOn(handles, 'stat').mockImplementationOnce(function (this: typeof probe) {
    opened = this.fd
    return Promise.reject(new Error('the disk is gone'))
  })
  onTestFinished(() => void vi.restoreAllMocks())
  await expect(disk.blobs.openFile(path, stat)).rejects.toThrow('the disk is gone')
  expect(opened).toBeGreaterThan(0)
  expect(() => fstatSync(opened)).toThrow('EBADF')
})

test('BLOB-88 a file is not read on once that is stopped', async () => {
  const { disk, root } = await openDisk()
  writeFileSync(join(root, 'a.bin'), bytes)
  await expect(disk.blobs.fingerprint(path, AbortSignal.abort())).rejects.toThrow()
  expect(await disk.blobs.fingerprint(path)).toMatchObject({ file: { hash } })
})

test('SYNC-47 HC-117 a disk that reports an error is told from a file that changed, or went', async () => {
  const { root, disk } = await openDisk()
  writeFileSync(join(root, 'a.bin'), new Uint8Array(300_000))
  const probe = await open(join(root, 'a.bin'))
  await probe.close()
  const handles = Object.getPrototypeOf(probe) as typeof probe
  const broken = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' })
  vi.spyOn(handles, 'read').mockRejectedValueOnce(broken).mockRejectedValueOnce(broken)
  onTestFinished(() => void vi.restoreAllMocks())
  const unreadable = { kind: 'unreadable', why: 'the disk reports an error' }
  expect(await disk.blobs.fingerprint(path)).toEqual(unreadable)
  expect(await disk.read(path)).toEqual(unreadable)
  expect(await disk.read(path)).toMatchObject({ bytes: new Uint8Array(300_000) })
  expect(await disk.blobs.fingerprint(vaultPath('gone.bin'))).toBeUndefined()
})

describe.runIf(canMount())('on a disk of 20 MiB', () => {
  const mebibyte = 1024 * 1024
  const full = expect.objectContaining({ code: 'storage-full' }) as unknown

  test('BLOB-81 HC-133 what does not fit beside the reserve is not begun; what a part has already needs no more', async () => {
    using small = new SmallDisk(20 * 1024)
    const { disk } = await openDisk(small.folder)
    const part = await disk.blobs.openPart(hash, 16 * mebibyte)
    for (let at = 0; at < 12; at++) await part.write(at * mebibyte, new Uint8Array(mebibyte))
    await part.close()
    const other = blobHashOf(utf8('another'))
    await expect(disk.blobs.openPart(other, 8 * mebibyte)).rejects.toEqual(full)
    const again = await disk.blobs.openPart(hash, 16 * mebibyte)
    for (let at = 12; at < 16; at++) await again.write(at * mebibyte, new Uint8Array(mebibyte))
    await again.finish(16 * mebibyte)
    await again.close()
  })

  test('BLOB-81 HC-133 what others take meanwhile ends it before the reserve is gone', async () => {
    using small = new SmallDisk(20 * 1024)
    const { disk } = await openDisk(small.folder)
    const part = await disk.blobs.openPart(hash, 2 * mebibyte)
    await part.write(0, new Uint8Array(mebibyte))
    const { bavail, bsize } = statfsSync(small.folder)
    writeFileSync(join(small.folder, 'theirs'), new Uint8Array(bavail * bsize - 1.5 * mebibyte))
    await expect(part.write(mebibyte, new Uint8Array(mebibyte))).rejects.toEqual(full)
    await part.close()
  })
})
