// When the loop of a vault wakes by itself.
import { expect, test, vi } from 'vitest'
import { fileId, someVault } from '../../../test/fakes/facts.ts'
import { MemoryBlobDisk } from '../../../test/fakes/memory-blob-disk.ts'
import { MemoryRemote } from '../../../test/fakes/memory-remote.ts'
import { MemoryDisk } from '../../../test/fakes/memory-disk.ts'
import { MemoryFolder } from '../../../test/fakes/memory-folder.ts'
import { SeededRandom } from '../../../test/fakes/seeded-random.ts'
import { silentLogger } from '../../../test/fakes/silent-logger.ts'
import { type DeviceId, randomId } from '../../shared/ids.ts'
import { MemoryLocalStore } from '../store/memory-local-store.ts'
import { Mirror } from './mirror.ts'

/**
 * A mirror whose relay is out of reach, and a file that waits for its name; `wait` lets the mirror's timer come
 * and returns how long that took.
 */
async function givenOffline() {
  const random = new SeededRandom(1)
  const onIdle = vi.fn<() => void>()
  let now = 1_800_000_000_000
  let timer = { delayMs: 0, run: (): void => undefined }
  const after = (delayMs: number, run: () => void) => {
    timer = { delayMs, run }
    return () => undefined
  }
  const folder = new MemoryFolder(() => now, vi.fn())
  folder.aside.set(`staged/${fileId(1)}`, folder.create(new Uint8Array(1)))
  const mirror = new Mirror(
    {
      vault: someVault,
      device: randomId<DeviceId>(random),
      disk: new MemoryDisk(folder, () => Promise.resolve()),
      blobs: new MemoryBlobDisk(folder),
      remoteBlobs: new MemoryRemote(),
      watcher: { start: () => Promise.resolve(), stop: () => Promise.resolve() },
      store: new MemoryLocalStore(),
      openLink: () => ({
        start: vi.fn(),
        stop: vi.fn(),
        restart: vi.fn(),
        settled: vi.fn(),
        send: vi.fn(),
      }),
      clock: { now: () => now, after },
      random,
      log: silentLogger,
    },
    { onIdle, onCrash: (reason) => expect.unreachable(reason.message) },
  )
  await mirror.start()
  const wait = async (): Promise<number> => {
    const { delayMs, run } = timer
    onIdle.mockClear()
    now += delayMs
    run()
    await vi.waitFor(() => expect(onIdle).toHaveBeenCalled())
    return delayMs
  }
  return wait
}

test('SYNC-26 what could not be done does not keep an agent busy that is offline', async () => {
  const wait = await givenOffline()
  await wait()
  expect(await wait()).toBeGreaterThan(1_000)
  expect(await wait()).toBeGreaterThan(1_000)
})
