// The room that a relay keeps aside.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { silentLogger } from '../../../test/fakes/silent-logger.ts'
import { tempFolder } from '../../../test/relay/support/level-store.ts'
import { Ballast, reserveBytes } from './ballast.ts'

const mebibyte = 1024 * 1024

test('STORE-13 the room that was given up is kept aside again when there is some', async () => {
  const folder = await tempFolder()
  const clock = new ManualClock()
  let free = reserveBytes + 16 * mebibyte
  const freeBytes = () => Promise.resolve(free)
  const mostBytes = 3 * mebibyte
  const ballast = new Ballast({ folder, mostBytes, freeBytes, clock, log: silentLogger })
  onTestFinished(() => ballast.stop())
  const size = async () => (await stat(join(folder, 'ballast')).catch(() => undefined))?.size
  await ballast.start()
  expect(await size()).toBe(3 * mebibyte)
  await ballast.drop()
  free = reserveBytes
  clock.advance(60_000)
  expect(await size()).toBeUndefined()
  for (const [room, laid] of [
    [8, 2],
    [4, 2],
    [40, 3],
  ] as const) {
    free = reserveBytes + room * mebibyte
    clock.advance(60_000)
    await vi.waitFor(async () => expect(await size()).toBe(laid * mebibyte))
  }
})
