// Binary files while things go wrong: a relay that lost them, a disk that is full, an edit in the way.
import {
  cpSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SeededRandom } from '../fakes/seeded-random.ts'
import { Device } from '../e2e/support/device.ts'
import { Group, allSame } from '../e2e/support/group.ts'
import { Proxy } from '../e2e/support/proxy.ts'
import { Relay } from '../e2e/support/relay.ts'
import { SmallDisk, canMount } from '../e2e/support/small-disk.ts'
import { until } from '../e2e/support/until.ts'

const megabyte = 1024 * 1024
const noise = (seed: number, size: number) => new SeededRandom(seed).bytes(size)

function has(device: Device, path: string, bytes: Uint8Array, ms = 30_000): Promise<void> {
  const file = device.file(path)
  const isThere = (): boolean =>
    statSync(file, { throwIfNoEntry: false })?.size === bytes.length &&
    readFileSync(file).equals(bytes)
  return until(isThere, () => `${device.name} has ${path}\n${device.log.slice(-3000)}`, ms)
}

async function problemsOf(device: Device) {
  return (await device.status()).problems.map(({ path, code, message }) => ({
    path,
    code,
    message,
  }))
}

describe('A relay', () => {
  test.each(['before another one joins', 'while another one is connected'])(
    'BLOB-26 HC-139 RELAY-7 is rolled back to an old copy, which a device notices %s: the bytes come back',
    async (when) => {
      await using group = await Group.start(2)
      const { relay } = group
      const [a, b] = group.pair
      const link = await a.invite()
      a.write('before.bin', noise(1, 1000))
      await allSame([a, b])
      await relay.stop()
      const copy = join(relay.home, 'copy')
      cpSync(relay.data, copy, { recursive: true })
      await relay.start()
      a.write('small.bin', noise(2, 1000))
      a.write('large.bin', noise(3, 6 * megabyte))
      await has(b, 'large.bin', noise(3, 6 * megabyte))
      await allSame([a, b])
      await Promise.all([a.stop(), b.stop()])
      await relay.kill9()
      rmSync(relay.data, { recursive: true })
      cpSync(copy, relay.data, { recursive: true })
      await relay.start()
      if (when === 'before another one joins') await a.start()
      await using c = await Device.running({ link, name: 'c' })
      await c.sync()
      if (when !== 'before another one joins') await a.start()
      await has(c, 'small.bin', noise(2, 1000))
      await has(c, 'large.bin', noise(3, 6 * megabyte))
      await allSame([a, c])
    },
  )

  test('BLOB-25 BLOB-26 HC-140 lost bytes that it knows of: who lacks them waits and says so, who has them sends them', async () => {
    await using group = await Group.start(1)
    const { relay, devices } = group
    const [a] = devices
    if (a === undefined) throw new Error('no device')
    a.write('small.bin', noise(4, 1000))
    a.write('large.bin', noise(5, 6 * megabyte))
    await a.sync()
    await a.stop()
    rmSync(join(relay.data, 'blobs'), { recursive: true })
    await using c = await Device.running({ link: await a.invite(), name: 'c' })
    const message = 'the relay does not have it: it comes when a device that has it is connected'
    const listed = ['large.bin', 'small.bin'].map((path) => ({ path, code: 'delayed', message }))
    await until(
      async () => (await problemsOf(c)).length === 2,
      () => 'both are listed',
    )
    expect(await problemsOf(c)).toEqual(listed)
    expect(await c.undrift('status')).toMatchObject({ code: 1 })
    await a.start()
    await has(c, 'small.bin', noise(4, 1000))
    await has(c, 'large.bin', noise(5, 6 * megabyte))
    await allSame([a, c])
    expect(await problemsOf(c)).toEqual([])
  })

  test('BLOB-63 has lost bytes, or has damaged ones: a device that is connected sends them again', async () => {
    await using group = await Group.start(1)
    const { relay, devices } = group
    const [a] = devices
    if (a === undefined) throw new Error('no device')
    a.write('gone.bin', noise(9, 1000))
    a.write('rotten.bin', noise(10, 6 * megabyte))
    await a.sync()
    const blobs = join(relay.data, 'blobs')
    const files = readdirSync(blobs, { recursive: true, encoding: 'utf8' }).map((name) =>
      join(blobs, name),
    )
    for (const file of files) {
      const stats = statSync(file)
      if (!stats.isFile()) continue
      if (stats.size === 1000) rmSync(file)
      else writeFileSync(file, readFileSync(file).fill(0, 100, 200))
    }
    await using c = await Device.running({ link: await a.invite(), name: 'c' })
    await has(c, 'gone.bin', noise(9, 1000))
    await has(c, 'rotten.bin', noise(10, 6 * megabyte))
    await allSame([a, c])
  })
})

test('HC-44 SYNC-16 a file that was changed here while another version was fetched stays, and goes to the others', async () => {
  await using relay = await Relay.start()
  await using proxy = await Proxy.start(relay.port)
  await using a = await Device.running({ link: relay.setup, name: 'a' })
  const link = proxy.through(await a.invite())
  await using b = await Device.running({ link, name: 'b' })
  a.write('f.bin', noise(6, 1000))
  await has(b, 'f.bin', noise(6, 1000))
  await allSame([a, b])
  proxy.become({ type: 'slow', bytesPerSecond: megabyte })
  const [theirs, ours] = [noise(7, 3 * megabyte), noise(8, 2000)]
  a.write('f.bin', theirs)
  await until(
    async () => (await b.status()).queue.blobsDown === 1,
    () => 'it is on its way',
  )
  b.write('f.bin', ours)
  proxy.become({ type: 'open' })
  await has(a, 'f.bin', ours)
  await allSame([a, b])
  const trash = join(a.folder, '.undrift/trash')
  const kept = readdirSync(trash, { recursive: true, encoding: 'utf8' }).map((name) =>
    join(trash, name),
  )
  expect(kept.some((file) => statSync(file).isFile() && readFileSync(file).equals(theirs))).toBe(
    true,
  )
})

test('BLOB-31 HC-151 a note is not stuck behind a large file on a slow line', async () => {
  await using relay = await Relay.start()
  await using proxy = await Proxy.start(relay.port)
  await using a = await Device.running({ link: proxy.through(relay.setup), name: 'a' })
  await using b = await Device.running({ link: await a.invite(), name: 'b' })
  proxy.become({ type: 'slow', bytesPerSecond: 200_000 })
  a.write('large.bin', noise(9, 12 * megabyte))
  await until(
    async () => (await a.status()).queue.blobsUp === 1,
    () => 'it is on its way',
  )
  const { out } = await a.undrift('status')
  expect(out).toMatch(/Sending 1 file, [\d.]+ of 13 MB\./)
  a.write('n.md', 'not stuck\n')
  await b.shows('n.md', 'not stuck\n')
  expect((await a.status()).queue.blobsUp).toBe(1)
  proxy.become({ type: 'open' })
  await has(b, 'large.bin', noise(9, 12 * megabyte))
})

test('BLOB-87 PATH-8 a file that is left out while it is sent is not sent on, and all is in step', async () => {
  await using relay = await Relay.start()
  await using proxy = await Proxy.start(relay.port)
  await using a = await Device.running({ link: proxy.through(relay.setup), name: 'a' })
  proxy.become({ type: 'slow', bytesPerSecond: 100_000 })
  a.write('large.bin', noise(10, 12 * megabyte))
  await until(
    async () => (await a.status()).queue.blobsUp === 1,
    () => 'it is on its way',
  )
  a.write('.undriftignore', '*.bin\n')
  await until(
    async () => (await a.status()).state === 'synced',
    () => 'it is in step',
  )
  const { queue, problems, files } = await a.status()
  expect([queue.blobsUp, problems, files.binary]).toEqual([0, [], 0])
})

describe.runIf(canMount())('A full disk', () => {
  test('BLOB-25 HC-134 of the relay: the file stays here, says why it is not sent, and goes when there is room', async () => {
    using disk = new SmallDisk(120 * 1024)
    await using relay = await Relay.start(join(disk.folder, 'data'))
    await using a = await Device.running({ link: relay.setup, name: 'a' })
    await using b = await Device.running({ link: await a.invite(), name: 'b' })
    await allSame([a, b])
    disk.fill()
    a.write('f.bin', noise(10, megabyte))
    const message =
      "the relay's disk is full: it stays on this disk, and is sent when there is room"
    await until(
      async () => (await problemsOf(a)).length > 0,
      () => 'it is listed',
    )
    expect(await problemsOf(a)).toEqual([{ path: 'f.bin', code: 'storage-full', message }])
    expect(await a.undrift('status')).toMatchObject({ code: 1 })
    const sync = await a.undrift('sync', '--timeout', '1')
    expect([sync.code, sync.err]).toEqual([6, expect.stringContaining(message)])
    disk.free()
    await has(b, 'f.bin', noise(10, megabyte), 60_000)
    await allSame([a, b])
    expect(await problemsOf(a)).toEqual([])
    await relay.stop()
  })

  test('BLOB-25 HC-133 of a device: what was there stays, it says so, and goes on when there is room', async () => {
    await using relay = await Relay.start()
    await using a = await Device.running({ link: relay.setup, name: 'a' })
    using disk = new SmallDisk(20 * 1024)
    const folder = join(disk.folder, 'vault')
    await using b = await Device.running({ link: await a.invite(), name: 'b', folder })
    a.write('f.bin', noise(11, 1000))
    await has(b, 'f.bin', noise(11, 1000))
    disk.fill()
    a.write('f.bin', noise(12, 3 * megabyte))
    await until(
      async () => (await problemsOf(b)).length > 0,
      () => 'it is listed',
    )
    const message = expect.stringMatching(
      /^the disk is full: 3\.1 MB more are needed and 1\.0 MB to spare, \d\.\d MB are free; it comes/,
    ) as string
    expect(await problemsOf(b)).toEqual([{ path: 'f.bin', code: 'disk-full', message }])
    expect(readFileSync(b.file('f.bin')).equals(noise(11, 1000))).toBe(true)
    disk.free()
    await has(b, 'f.bin', noise(12, 3 * megabyte), 60_000)
    await allSame([a, b])
    expect(await problemsOf(b)).toEqual([])
    await b.stop()
  })

  test('BLOB-81 HC-133 of a device: a file that does not fit takes no room, and notes go on', async () => {
    await using relay = await Relay.start()
    await using a = await Device.running({ link: relay.setup, name: 'a' })
    using disk = new SmallDisk(20 * 1024)
    const folder = join(disk.folder, 'vault')
    await using b = await Device.running({ link: await a.invite(), name: 'b', folder })
    await allSame([a, b])
    disk.fill(8 * megabyte)
    a.write('f.bin', noise(15, 12 * megabyte))
    await until(
      async () => (await problemsOf(b)).length > 0,
      () => 'it is listed',
    )
    expect(await problemsOf(b)).toMatchObject([{ path: 'f.bin', code: 'disk-full' }])
    const { bavail, bsize } = statfsSync(disk.folder)
    expect(bavail * bsize).toBeGreaterThan(7 * megabyte)
    a.write('n.md', 'goes on\n')
    await b.shows('n.md', 'goes on\n')
    expect(await b.undrift('status')).toMatchObject({ code: 1 })
    disk.free()
    await has(b, 'f.bin', noise(15, 12 * megabyte), 60_000)
    await allSame([a, b])
    expect(await problemsOf(b)).toEqual([])
    await b.stop()
  })

  test('BLOB-54 HC-133 of a device: what was fetched for nothing makes room for what is wanted', async () => {
    await using relay = await Relay.start()
    await using a = await Device.running({ link: relay.setup, name: 'a' })
    using disk = new SmallDisk(20 * 1024)
    const folder = join(disk.folder, 'vault')
    await using b = await Device.running({ link: await a.invite(), name: 'b', folder })
    await allSame([a, b])
    const unwanted = join(folder, '.undrift/tmp', `b-${'0'.repeat(64)}`)
    writeFileSync(unwanted, noise(13, 6 * megabyte))
    disk.fill()
    a.write('f.bin', noise(14, 3 * megabyte))
    await has(b, 'f.bin', noise(14, 3 * megabyte), 60_000)
    expect(existsSync(unwanted)).toBe(false)
    await allSame([a, b])
    expect(await problemsOf(b)).toEqual([])

    await b.stop()
    writeFileSync(unwanted, noise(13, megabyte))
    await b.start()
    await allSame([a, b])
    expect(existsSync(unwanted)).toBe(false)
    await b.stop()
  })
})
