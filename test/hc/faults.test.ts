// Group (g), storage: killed in the middle, full, lost, rolled back, copied, damaged.
import { cpSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Device } from '../e2e/support/device.ts'
import { Group, allSame, filesIn, quiet, times } from '../e2e/support/group.ts'
import { tempFolder, undrift } from '../e2e/support/program.ts'
import { Relay } from '../e2e/support/relay.ts'
import { SmallDisk, canMount } from '../e2e/support/small-disk.ts'
import { pause, until } from '../e2e/support/until.ts'
import { SeededRandom } from '../fakes/seeded-random.ts'

let group: Group
let a: Device
let b: Device
beforeAll(async () => {
  group = await Group.start(2)
  ;[a, b] = group.pair
})
afterAll(() => group[Symbol.asyncDispose]())

const lines = 'one\ntwo\nthree\nfour\nfive\n'

async function given(path: string): Promise<void> {
  a.write(path, lines)
  await allSame([a, b])
}

/** What is rewritten, even with the same bytes, has another inode or time. */
function stamps(device: Device): string[] {
  return [...filesIn(device.folder).keys()].map((path) => {
    const { ino, mtimeNs } = statSync(device.file(path), { bigint: true })
    return `${path} ${ino} ${mtimeNs}`
  })
}

describe('killed', () => {
  test('HC-129 HC-130 while it writes what comes from elsewhere: no text twice, nothing left over', async () => {
    const random = new SeededRandom(129)
    const notes = Array.from({ length: 30 }, (_, n) => `129/${n}.md`)
    for (const note of notes) a.write(note, lines)
    await allSame([a, b])
    for (let round = 0; round < 8; round++) {
      for (const note of notes) a.append(note, `<${round}>\n`)
      await until(() => notes.some((note) => b.read(note).includes(`<${round}>`)), 'it began')
      await pause(random.below(12))
      await b.kill9()
      await b.start()
    }
    await allSame([a, b])
    const wanted = lines + Array.from({ length: 8 }, (_, n) => `<${n}>\n`).join('')
    expect(notes.filter((note) => b.read(note) !== wanted)).toEqual([])
    const isTmpEmpty = (): boolean => readdirSync(b.file('.undrift/tmp')).length === 0
    await until(isTmpEmpty, 'nothing is left over', 10_000)
  })

  test('HC-131 while it opens its store: it opens the next time', async () => {
    await given('131.md')
    for (let n = 0; n < 8; n++) {
      await b.kill9()
      b.begin()
      await pause(150 + n * 30)
    }
    await b.kill9()
    await b.start()
    a.append('131.md', 'six\n')
    await b.shows('131.md', `${lines}six\n`)
    await allSame([a, b])
  })
})

describe('the state of an agent', () => {
  const state = (device: Device): string => join(device.home, 'state')

  test('HC-136 is deleted: rebuilt from relay and folder, nothing is written or sent twice', async () => {
    await given('136.md')
    await b.stop()
    rmSync(state(b), { recursive: true })
    const before = stamps(b)
    const { head } = (await a.status()).relay
    await b.start()
    await allSame([a, b])
    expect(stamps(b)).toEqual(before)
    expect((await b.status()).relay.head).toBe(head)
  })

  test('HC-76 SYNC-24 is lost and the folder is older than the relay: it is brought up to date', async () => {
    await given('76.md')
    await b.stop()
    rmSync(state(b), { recursive: true })
    a.edit('76.md', (text) => `${text.split('\n').slice(1).join('\n')}added while b was away\n`)
    await a.sync()
    const newest = a.read('76.md')
    await b.start()
    await allSame([a, b])
    expect(b.read('76.md')).toBe(newest)
  })

  test('HC-138 is rolled back: nothing is inserted again, nothing is lost', async () => {
    await given('138.md')
    await b.stop()
    const copy = join(tempFolder(), 'state')
    cpSync(state(b), copy, { recursive: true })
    await b.start()
    for (let n = 0; n < 5; n++) {
      a.edit('138.md', (text) => `a${n};\n${text}`)
      await b.shows('138.md', (text) => text.includes(`a${n};`))
      b.append('138.md', `b${n};\n`)
      await allSame([a, b])
    }
    const before = b.read('138.md')
    await b.stop()
    rmSync(state(b), { recursive: true })
    cpSync(copy, state(b), { recursive: true })
    await b.start()
    await allSame([a, b])
    expect(b.read('138.md')).toBe(before)
    b.append('138.md', 'goes on\n')
    await a.shows('138.md', `${before}goes on\n`)
  })

  test.each([
    ['its CURRENT is missing', (store: string) => rmSync(join(store, 'CURRENT'))],
    [
      'every file is cut in half',
      (store: string) => {
        for (const name of readdirSync(store)) {
          const file = join(store, name)
          truncateSync(file, Math.floor(statSync(file).size / 2))
        }
      },
    ],
  ])('HC-137 is damaged, %s: put aside and rebuilt', async (name, damage) => {
    const path = `137 ${name}.md`
    await given(path)
    await b.stop()
    const [vault = ''] = readdirSync(state(b))
    damage(join(state(b), vault, 'store/level'))
    b.append(path, 'written while it was off\n')
    await b.start()
    await allSame([a, b])
    expect(a.read(path)).toBe(`${lines}written while it was off\n`)
  })
})

describe('copies', () => {
  test('HC-142 HC-143 a second agent on the same folder is turned away', async () => {
    await quiet([a, b])
    const second = await undrift(b.home, 'run')
    expect(second.code).toBe(7)
    const home = join(tempFolder(), 'home')
    cpSync(b.home, home, { recursive: true, filter: (source) => !source.endsWith('.sock') })
    const third = await undrift(home, 'join', await a.invite(), b.folder, '--yes')
    expect(third.code).not.toBe(0)
    await given('142.md')
  })

  test('HC-144 state and folder copied to another place: refused, and nothing is written there', async () => {
    await given('144.md')
    await b.stop()
    const room = tempFolder()
    const [home, folder] = [join(room, 'home'), join(room, 'vault')]
    cpSync(b.home, home, { recursive: true, filter: (source) => !source.endsWith('.sock') })
    cpSync(b.folder, folder, { recursive: true })
    const config = join(home, 'vaults.json')
    const text = JSON.stringify(b.joined()).replace(b.folder, folder)
    writeFileSync(config, `{"schema":1,"vaults":[${text}]}`)
    const before = filesIn(folder)
    const copied = await undrift(home, 'run')
    expect(copied.code).toBe(1)
    expect(copied.err).toMatch(/copied or moved/)
    expect(filesIn(folder)).toEqual(before)
    await b.start()
    await allSame([a, b])
  })
})

describe('the relay', () => {
  test('HC-139 is rolled back to an old copy: what any device has comes back', async () => {
    await using own = await Group.start(2)
    const [c, d] = own.pair
    c.write('old.md', lines)
    await allSame([c, d])
    await own.relay.stop()
    const copy = join(tempFolder(), 'data')
    cpSync(own.relay.data, copy, { recursive: true })
    await own.relay.start()
    c.append('old.md', 'from c\n')
    d.write('new.md', 'from d\n')
    await allSame([c, d])
    d.rename('new.md', 'renamed.md')
    await allSame([c, d])
    await own.relay.stop()
    rmSync(own.relay.data, { recursive: true })
    cpSync(copy, own.relay.data, { recursive: true })
    c.append('old.md', 'while it was away\n')
    await own.relay.start()
    await allSame([c, d], 40_000)
    expect(filesIn(d.folder)).toEqual(
      new Map([
        ['old.md', `${lines}from c\nwhile it was away\n`],
        ['renamed.md', 'from d\n'],
      ]),
    )
    const link = await c.invite()
    await using fresh = await Device.running({ link, name: 'fresh' })
    await allSame([c, d, fresh])
  })

  test('HC-140 is lost: devices keep everything, join anew and give it back', async () => {
    await using own = await Group.start(2)
    const [c, d] = own.pair
    for (let n = 0; n < 30; n++) c.write(`${n}.md`, `${n}\n${lines}`)
    await allSame([c, d])
    const before = filesIn(c.folder)
    await own.relay.stop()
    rmSync(own.relay.data, { recursive: true })
    await own.relay.start()
    for (const device of [c, d]) await device.reaches('error')
    expect([filesIn(c.folder), filesIn(d.folder)]).toEqual([before, before])
    for (const device of [c, d]) {
      await device.stop()
      await device.undrift('leave', device.folder)
      const link = device === c ? own.relay.setup : await c.invite()
      await device.undrift('join', link, device.folder, '--yes')
      await device.start()
    }
    await allSame([c, d])
    expect(filesIn(d.folder)).toEqual(before)
  })
})

describe.skipIf(!canMount())('a full disk', () => {
  test('HC-133 of an agent: the note stays whole, status says so, it goes on by itself', async () => {
    using disk = new SmallDisk(2_048)
    const link = await a.invite()
    await using small = await Device.running({
      link,
      name: 'small',
      folder: join(disk.folder, 'v'),
    })
    await given('133.md')
    await allSame([a, b, small], 30_000)
    const before = small.read('133.md')
    disk.fill()
    a.write('133.md', `${lines}${'more\n'.repeat(20_000)}`)
    await until(
      async () => (await small.status()).problems.some(({ code }) => code === 'disk-full'),
      'status says that the disk is full',
    )
    expect(small.read('133.md')).toBe(before)
    expect((await small.status()).state).not.toBe('synced')
    disk.free()
    await allSame([a, b, small])
    expect(times(small.read('133.md'), 'more\n')).toBe(20_000)
    await small.stop()
  })

  test('HC-133 under the state of an agent: what is written waits and is sent in the end', async () => {
    using disk = new SmallDisk(65_536)
    const link = await a.invite()
    const home = join(disk.folder, 'home')
    await using small = await Device.running({ link, name: 'small', home })
    await given('133 state.md')
    await allSame([a, b, small])
    disk.fill()
    small.append('133 state.md', 'written on a full disk\n'.repeat(20_000))
    await until(async () => (await small.status()).state === 'error', 'it says so')
    disk.free()
    await a.shows('133 state.md', `${lines}${'written on a full disk\n'.repeat(20_000)}`)
    await quiet([a, b, small], 40_000)
    expect(filesIn(small.folder)).toEqual(filesIn(a.folder))
    await small.stop()
  })

  test('where a vault is to be joined: one line says so, and the link still works', async () => {
    using disk = new SmallDisk(256)
    const link = await a.invite()
    disk.fill()
    for (let n = 0; n < 2; n++) {
      const join = await undrift(tempFolder(), 'join', link, disk.folder, '--yes')
      expect(join.code).not.toBe(0)
      expect(join.err).toMatch(/^undrift: [^\n]*\n$/)
    }
    disk.free()
    const join = await undrift(tempFolder(), 'join', link, disk.folder, '--yes')
    expect(join).toMatchObject({ code: 0 })
  })

  test('STORE-4 CLI-25 HC-134 of the relay: takes nothing, loses nothing, goes on when there is room', async () => {
    using disk = new SmallDisk(120 * 1024)
    await using relay = await Relay.start(join(disk.folder, 'data'))
    await using c = await Device.running({ link: relay.setup, name: 'c' })
    await using d = await Device.running({ link: await c.invite(), name: 'd' })
    c.write('n.md', lines)
    await allSame([c, d])
    disk.fill()
    const waits = 'waits\n'.repeat(100_000)
    c.append('n.md', waits)
    await until(async () => (await c.status()).state === 'error', 'status says so')
    const full = { path: '.', code: 'storage-full', message: "the relay's disk is full" }
    expect((await c.status()).problems).toMatchObject([full])
    expect(await c.undrift('status')).toMatchObject({ code: 1 })
    const sync = await c.undrift('sync', '--timeout', '1')
    expect([sync.code, sync.err]).toEqual([6, expect.stringContaining(full.message)])
    await d.sync()
    expect(d.read('n.md')).toBe(lines)
    disk.free()
    await allSame([c, d], 60_000)
    expect(d.read('n.md')).toBe(`${lines}${waits}`)
    await relay.stop()
  })

  test('STORE-13 HC-134 of the relay: it starts again, shows what it has, and goes on when there is room', async () => {
    using disk = new SmallDisk(120 * 1024)
    await using relay = await Relay.start(join(disk.folder, 'data'))
    await using c = await Device.running({ link: relay.setup, name: 'c' })
    await using d = await Device.join({ link: await c.invite(), name: 'd' })
    c.write('n.md', lines)
    await c.sync()
    disk.fill()
    await relay.kill9()
    await relay.start()
    await d.start()
    await d.sync()
    expect(d.read('n.md')).toBe(lines)
    d.append('n.md', 'waits\n')
    await until(() => relay.log.includes('storage-full'), 'the relay refuses it')
    disk.free()
    await allSame([c, d], 60_000)
    expect(c.read('n.md')).toBe(`${lines}waits\n`)
    await relay.stop()
  })

  test('STORE-13 too small for a relay: it says how much room it needs', async () => {
    using disk = new SmallDisk(32 * 1024)
    const home = tempFolder()
    const relay = await undrift(home, 'relay', '--data', join(disk.folder, 'data'), '--port', '0')
    expect(relay.code).toBe(1)
    expect(relay.err).toMatch(/^undrift: .* needs 64 MiB of free room\. [^\n]*\n$/)
  })
})
