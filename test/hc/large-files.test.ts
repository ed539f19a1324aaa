// Binary files that are larger than memory, or grow while they are read.
import { createHash } from 'node:crypto'
import {
  closeSync,
  createReadStream,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { appendFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { expect, test } from 'vitest'
import { fingerprintOf, openDisk, vaultPath } from '../agent-edges/helpers.ts'
import { Group } from '../e2e/support/group.ts'
import { until } from '../e2e/support/until.ts'
import { SeededRandom } from '../fakes/seeded-random.ts'

const megabyte = 1024 * 1024
const atMost = 200 * megabyte

/** The most that a process had in memory so far, in bytes. */
function peakOf(pid: number): number {
  const [, kilobytes] =
    /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** A sparse file with some bytes here and there. */
function writeSparse(file: string, size: number): void {
  writeFileSync(file, '')
  truncateSync(file, size)
  const handle = openSync(file, 'r+')
  for (let at = 0; at < size; at += size / 8) {
    writeSync(handle, new SeededRandom(at).bytes(megabyte), 0, megabyte, at)
  }
  closeSync(handle)
}

test.skipIf(process.platform !== 'linux')(
  'BLOB-57 HC-122 a sparse file of three times the memory that anybody may use for it is on both devices',
  async () => {
    await using group = await Group.start(2)
    const { relay } = group
    const [a, b] = group.pair
    const size = 3 * atMost
    writeSparse(a.file('large.bin'), size)
    const isThere = (): boolean =>
      statSync(b.file('large.bin'), { throwIfNoEntry: false })?.size === size
    await until(isThere, () => `it is there\n${b.log.slice(-3000)}`, 100_000)
    await Promise.all([a.sync(60_000), b.sync(60_000)])
    expect(await hashOf(b.file('large.bin'))).toBe(await hashOf(a.file('large.bin')))
    for (const { pid } of [a, b, relay]) expect(peakOf(pid)).toBeLessThan(atMost)
  },
  120_000,
)

test('BLOB-57 HC-123 a file that grows while it is read was not read', async () => {
  const { disk, root } = await openDisk()
  const file = join(root, 'video.bin')
  writeFileSync(file, new SeededRandom(1).bytes(8 * megabyte))
  let isReading = true
  const reading = disk.blobs.fingerprint(vaultPath('video.bin')).finally(() => {
    isReading = false
  })
  for (let n = 0; isReading; n++) await appendFile(file, `frame ${n}`)
  expect(await reading).toBeUndefined()
  const read = await fingerprintOf(disk.blobs, 'video.bin')
  expect(read.file.hash).toBe(await hashOf(file))
})
