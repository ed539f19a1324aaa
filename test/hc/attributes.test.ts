// Group (f): the owner's rights, from disk to disk through real processes.
import { chmodSync, statSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Device } from '../e2e/support/device.ts'
import { Group, allSame, apart } from '../e2e/support/group.ts'
import { until } from '../e2e/support/until.ts'

let group: Group
let a: Device
let b: Device
beforeAll(async () => {
  group = await Group.start(2)
  ;[a, b] = group.pair
})
afterAll(() => group[Symbol.asyncDispose]())

const kinds = ['md', 'bin'] as const

function modeOf(device: Device, path: string): number {
  const mode = statSync(device.file(path), { throwIfNoEntry: false })?.mode ?? 0
  return mode & 0o7777
}

async function hasMode(device: Device, path: string, mode: number): Promise<void> {
  await until(
    () => modeOf(device, path) === mode,
    () => `${device.name} ${path} ${modeOf(device, path).toString(8)} ${device.log.slice(-2000)}`,
  )
}

async function given(path: string, text: string, mode = 0o644): Promise<void> {
  a.write(path, text)
  chmodSync(a.file(path), mode)
  await b.shows(path, text)
  await hasMode(b, path, mode)
  await allSame([a, b])
}

test.each(kinds)(
  'KIND-15 HC-121 rights of a new file, and every change of them: .%s',
  async (kind) => {
    const path = `rights.${kind}`
    await given(path, 'run me\n', 0o755)
    for (const mode of [0o644, 0o444, 0o555, 0o755]) {
      chmodSync(b.file(path), mode)
      await hasMode(a, path, mode)
    }
    await allSame([a, b])
  },
)

test.each(kinds)('KIND-15 HC-121 what is not the owner’s stays: .%s', async (kind) => {
  const path = `others.${kind}`
  await given(path, 'mine\n')
  chmodSync(a.file(path), 0o600)
  chmodSync(b.file(path), 0o6644)
  a.write(path, 'changed\n')
  await b.shows(path, 'changed\n')
  chmodSync(a.file(path), 0o700)
  await hasMode(b, path, 0o755)
  expect(modeOf(a, path)).toBe(0o700)
  await allSame([a, b])
})

test.each(kinds)(
  'KIND-16 HC-119 a file that nobody may write follows whoever writes it: .%s',
  async (kind) => {
    const path = `protected.${kind}`
    await given(path, 'one\n', 0o444)
    chmodSync(b.file(path), 0o644)
    b.append(path, 'two\n')
    chmodSync(b.file(path), 0o444)
    await a.shows(path, 'one\ntwo\n')
    await hasMode(a, path, 0o444)
    await hasMode(b, path, 0o444)
    await allSame([a, b])
  },
)

test.each(kinds)(
  'KIND-16 HC-119 protected here while it was edited there: both arrive: .%s',
  async (kind) => {
    const path = `both.${kind}`
    await given(path, 'one\n')
    await apart([a, b], () => {
      chmodSync(a.file(path), 0o444)
      b.append(path, 'two\n')
    })
    for (const device of [a, b]) {
      await device.shows(path, 'one\ntwo\n')
      await hasMode(device, path, 0o444)
    }
    await allSame([a, b])
  },
)
