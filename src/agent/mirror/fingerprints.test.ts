import { expect, test } from 'vitest'
import { pathOf } from '../../../test/fakes/facts.ts'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { MemoryBlobDisk } from '../../../test/fakes/memory-blob-disk.ts'
import { MemoryFolder, statOf } from '../../../test/fakes/memory-folder.ts'
import type { BlobDisk, Fingerprinted } from '../blob/blob-disk.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { Fingerprints } from './fingerprints.ts'

class CountingDisk extends MemoryBlobDisk {
  running = 0
  most = 0

  override async fingerprint(path: VaultPath): Promise<Fingerprinted | undefined> {
    this.most = Math.max(this.most, ++this.running)
    const found = await super.fingerprint(path)
    this.running--
    return found
  }
}

const megabyte = 1024 * 1024

test('BLOB-60 what was read of a long file is kept until it is forgotten, and whether that was right after a write', async () => {
  const clock = new ManualClock()
  const folder = new MemoryFolder(
    () => clock.now(),
    () => undefined,
  )
  const disk = new CountingDisk(folder)
  const [young, old] = [pathOf('young.bin'), pathOf('old.bin')]
  const statsOf = (path: VaultPath) => statOf(folder.files.get(path) ?? expect.unreachable())
  folder.writeInPlace(old, new Uint8Array(megabyte + 1))
  clock.advance(1_000)
  folder.writeInPlace(young, new Uint8Array(megabyte + 1))
  const read = new Set<VaultPath>()
  const fingerprints = new Fingerprints(disk, clock, (path) => void read.add(path))
  for (const path of [young, old]) {
    expect(await fingerprints.of(path, statsOf(path))).toBe('later')
    await expect.poll(() => read.has(path)).toBe(true)
    for (let times = 0; times < 2; times++)
      expect(await fingerprints.of(path, statsOf(path))).toMatchObject({ stat: statsOf(path) })
  }
  expect([fingerprints.isRacy(young), fingerprints.isRacy(old)]).toEqual([true, false])
  fingerprints.forget(young)
  expect(await fingerprints.of(young, statsOf(young))).toBe('later')
})

test('BLOB-30 many large files are read two at a time, and none after the end', async () => {
  const clock = new ManualClock()
  const folder = new MemoryFolder(
    () => clock.now(),
    () => undefined,
  )
  const disk = new CountingDisk(folder)
  const paths = Array.from({ length: 9 }, (_, n) => pathOf(`${n}.bin`))
  for (const path of paths) folder.writeInPlace(path, new Uint8Array(megabyte + 1))
  const read = new Set<VaultPath>()
  const fingerprints = new Fingerprints(disk, clock, (path) => {
    read.add(path)
    if (read.size === 5) fingerprints.stop()
  })
  const found = paths.map(async (path) => {
    const inode = folder.files.get(path) ?? expect.unreachable()
    return await fingerprints.of(path, statOf(inode))
  })
  expect(await Promise.all(found)).toEqual(paths.map(() => 'later'))
  await expect.poll(() => disk.running).toBe(0)
  expect(disk.most).toBe(2)
  expect(read.size).toBeLessThan(paths.length)
})

test('BLOB-88 a long file is not read on after the end', async () => {
  const clock = new ManualClock()
  const folder = new MemoryFolder(
    () => clock.now(),
    () => undefined,
  )
  const path = pathOf('long.bin')
  folder.writeInPlace(path, new Uint8Array(megabyte + 1))
  let running = 0
  const fingerprint = async (_: VaultPath, signal?: AbortSignal): Promise<undefined> => {
    running++
    await new Promise((resolve) => signal?.addEventListener('abort', resolve))
    running--
  }
  const disk = Object.assign(new MemoryBlobDisk(folder), { fingerprint })
  const fingerprints = new Fingerprints(disk, clock, () => undefined)
  await fingerprints.of(path, statOf(folder.files.get(path) ?? expect.unreachable()))
  await expect.poll(() => running).toBe(1)
  fingerprints.stop()
  await expect.poll(() => running).toBe(0)
})

test('SYNC-47 that a long file could not be read is told once, then it is read again', async () => {
  const clock = new ManualClock()
  const folder = new MemoryFolder(
    () => clock.now(),
    () => undefined,
  )
  const memory = new MemoryBlobDisk(folder)
  const path = pathOf('long.bin')
  folder.writeInPlace(path, new Uint8Array(megabyte + 1))
  const stat = statOf(folder.files.get(path) ?? expect.unreachable())
  const unreadable = { kind: 'unreadable', why: 'the disk reports an error' } as const
  let isBroken = true
  const disk: BlobDisk = {
    openFile: (at, expected) => memory.openFile(at, expected),
    openPart: (hash) => memory.openPart(hash),
    keepParts: (wanted) => memory.keepParts(wanted),
    fingerprint: (at) => (isBroken ? Promise.resolve(unreadable) : memory.fingerprint(at)),
  }
  let reads = 0
  const fingerprints = new Fingerprints(disk, clock, () => {
    reads++
  })
  expect(await fingerprints.of(path, stat)).toBe('later')
  await expect.poll(() => reads).toBe(1)
  expect(await fingerprints.of(path, stat)).toEqual(unreadable)
  isBroken = false
  expect(await fingerprints.of(path, stat)).toBe('later')
  await expect.poll(() => reads).toBe(2)
  expect(await fingerprints.of(path, stat)).toMatchObject({ stat })
})

test('BLOB-60 a short file is read every time, and remembered to be young where it is', async () => {
  const clock = new ManualClock()
  const folder = new MemoryFolder(
    () => clock.now(),
    () => undefined,
  )
  const path = pathOf('short.bin')
  folder.writeInPlace(path, new Uint8Array([1]))
  const stat = statOf(folder.files.get(path) ?? expect.unreachable())
  const fingerprints = new Fingerprints(new CountingDisk(folder), clock, () => undefined)
  expect(await fingerprints.of(path, stat)).toMatchObject({ stat })
  expect(fingerprints.isRacy(path)).toBe(true)
  clock.advance(1_000)
  expect(await fingerprints.of(path, stat)).toMatchObject({ stat })
  expect(fingerprints.isRacy(path)).toBe(false)
})
