// Group (f): the owner's rights and times of files, from disk to disk through real processes.
import { chmodSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Device } from '../e2e/support/device.ts'
import { Group, allSame, apart } from '../e2e/support/group.ts'
import { tempFolder } from '../e2e/support/program.ts'
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

const usOf = (device: Device, path: string): bigint =>
  (statSync(device.file(path), { bigint: true, throwIfNoEntry: false })?.mtimeNs ?? 0n) / 1000n

async function sameTime(path: string): Promise<void> {
  await until(
    () => usOf(a, path) === usOf(b, path),
    () => `${path}: ${usOf(a, path)} ${usOf(b, path)} ${b.log.slice(-2000)}`,
  )
}

test.each(kinds)(
  'KIND-18 HC-121 when a file was written is the same everywhere: .%s',
  async (kind) => {
    const path = `time.${kind}`
    await given(path, 'one\n')
    await sameTime(path)
    const seconds = 1_600_000_000.123456
    b.append(path, 'two\n')
    utimesSync(b.file(path), seconds, seconds)
    await a.shows(path, 'one\ntwo\n')
    await sameTime(path)
    expect(usOf(a, path) / 1000n).toBe(1_600_000_000_123n)
    await allSame([a, b])
    await sameTime(path)
  },
)

test.each(kinds)(
  'KIND-19 HC-10 a file that is only touched takes the time along: .%s',
  async (kind) => {
    const path = `touched.${kind}`
    await given(path, 'one\n')
    for (const [device, seconds] of [
      [b, 1_500_000_000],
      [a, 1_900_000_000.5],
    ] as const) {
      utimesSync(device.file(path), seconds, seconds)
      const us = BigInt(seconds * 1_000_000)
      await until(() => usOf(a, path) === us && usOf(b, path) === us, `${path} is of ${seconds}`)
    }
    await allSame([a, b])
    expect(usOf(b, path)).toBe(1_900_000_000_500_000n)
  },
)

test.each(kinds)(
  'KIND-22 a file of 1970 or before is of that time, as far as it can be told: .%s',
  async (kind) => {
    for (const time of [new Date(0), new Date('1955-11-05')]) {
      const path = `${time.getUTCFullYear()}.${kind}`
      const file = join(tempFolder(), 'old')
      writeFileSync(file, `${path}\n`)
      utimesSync(file, time, time)
      renameSync(file, a.file(path))
      await b.shows(path, `${path}\n`)
      await until(() => usOf(b, path) === 1n, `${path} is old, not of ${usOf(b, path)}`)
      await allSame([a, b])
      chmodSync(b.file(path), 0o755)
      await hasMode(a, path, 0o755)
      await allSame([a, b])
      expect([statSync(a.file(path)).mtime, usOf(b, path)]).toEqual([time, 1n])
    }
  },
)

test.each(kinds)(
  'KIND-22 a file of a far future, beyond what a disk can tell, is synced and stays as it is: .%s',
  async (kind) => {
    for (const year of [2200, 2300, 2600]) {
      const path = `${year}.${kind}`
      const seconds = Date.UTC(year, 0) / 1000
      const file = join(tempFolder(), 'new')
      writeFileSync(file, `${path}\n`)
      utimesSync(file, seconds, seconds)
      renameSync(file, a.file(path))
      const here = usOf(a, path)
      await b.shows(path, `${path}\n`)
      const wanted = here > lastUs ? lastUs : here
      const isNear = (): boolean => wanted - usOf(b, path) <= 1n
      await until(isNear, () => `${path} is of ${wanted}, not of ${usOf(b, path)}`)
      await allSame([a, b])
      chmodSync(b.file(path), 0o755)
      await hasMode(a, path, 0o755)
      await allSame([a, b])
      expect(usOf(a, path)).toBe(here)
    }
  },
)

test('KIND-18 two edits of a note, made apart: the merged note is of one time', async () => {
  await given('merged.md', 'one\n\ntwo\n\nthree\n')
  await apart([a, b], () => {
    a.edit('merged.md', (text) => `by ann\n${text}`)
    b.edit('merged.md', (text) => `${text}by bob\n`)
    for (const device of [a, b]) utimesSync(device.file('merged.md'), 1_000_000, 1_000_000)
  })
  await allSame([a, b])
  await sameTime('merged.md')
})

test('KIND-18 a time is known after a restart, and what was written meanwhile has its own', async () => {
  await given('late.md', 'one\n')
  await b.stop()
  a.append('late.md', 'two\n')
  a.write('new.md', 'new\n')
  utimesSync(a.file('late.md'), 1_650_000_000, 1_650_000_000)
  await a.sync()
  await a.stop()
  await Promise.all([a.start(), b.start()])
  await allSame([a, b])
  await sameTime('late.md')
  await sameTime('new.md')
  expect(usOf(b, 'late.md')).toBe(1_650_000_000_000_000n)
})

/** In the year 2255. */
const lastUs = BigInt(Number.MAX_SAFE_INTEGER)
const early = 1_500_000_000_000_000n

test('KIND-17 KIND-18 HC-75 a folder that has the same bytes already gets the vault’s rights and keeps its times', async () => {
  await given('met.md', 'one\n', 0o755)
  await given('met.bin', 'two\n', 0o444)
  await allSame([a, b])
  const fill = (folder: string): void => {
    writeFileSync(join(folder, 'met.md'), 'one\n')
    writeFileSync(join(folder, 'met.bin'), 'two\n')
    for (const path of ['met.md', 'met.bin'])
      utimesSync(join(folder, path), 1_500_000_000, 1_500_000_000)
  }
  await using c = await Device.running({ link: await a.invite(), name: 'cem', fill })
  await allSame([a, b, c])
  for (const path of ['met.md', 'met.bin']) {
    expect([path, modeOf(c, path), usOf(c, path)]).toEqual([path, modeOf(b, path), early])
    expect(usOf(b, path)).toBe(usOf(a, path))
  }
})

test.each(kinds)(
  'KIND-18 KIND-19 a change is told once, and nobody answers it with another: .%s',
  async (kind) => {
    const path = `once.${kind}`
    await given(path, 'one\n')
    const changes: (() => void)[] = [
      () => b.append(path, 'two\n'),
      () => utimesSync(b.file(path), 1_400_000_000, 1_400_000_000),
      () => chmodSync(b.file(path), 0o755),
      () => a.append(path, 'three\n'),
    ]
    for (const change of changes) {
      await allSame([a, b])
      const { head } = (await a.status()).relay
      change()
      await until(async () => (await a.status()).relay.head > head, 'it is told')
      await allSame([a, b])
      for (const device of [a, b]) expect((await device.status()).relay.head).toBe(head + 1)
      await sameTime(path)
    }
  },
)
