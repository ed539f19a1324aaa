// The promise in small: real relay, real agents, real folders.
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Device } from './support/device.ts'
import { Group, allSame, filesIn, quiet } from './support/group.ts'

let group: Group
beforeAll(async () => {
  group = await Group.start(3)
})
afterAll(() => group[Symbol.asyncDispose]())

describe('a relay and agents', () => {
  test('one note, both ways', async () => {
    const [a, b] = group.pair
    a.write('one.md', 'from ann\n')
    await b.shows('one.md', 'from ann\n')
    b.append('one.md', 'from bob\n')
    await a.shows('one.md', 'from ann\nfrom bob\n')
    a.remove('one.md')
    await b.lacks('one.md')
    await allSame([a, b])
  })

  test('three devices, folders, many notes at once', async () => {
    const [a, b, c] = group.trio
    for (let n = 0; n < 60; n++) a.write(`many/${n % 7}/${n}.md`, `note ${n}\n`)
    b.write('many/b.md', 'b\n')
    c.write('many/c/c.md', 'c\n')
    await allSame([a, b, c])
    expect([...filesIn(b.folder).keys()].filter((path) => path.startsWith('many/'))).toHaveLength(
      62,
    )
    a.rename('many', 'renamed')
    await b.shows('renamed/6/6.md', 'note 6\n')
    await allSame([a, b, c])
    expect(b.has('many/6/6.md')).toBe(false)
  })

  test('sync and status, as other programs use them', async () => {
    const [a, b] = group.pair
    a.write('status.md', 'x\n')
    const synced = await a.undrift('sync', a.folder, '--json')
    expect(synced).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(synced.out)).toMatchObject({ folder: a.folder, result: 'synced' })
    await quiet([a, b])
    const [first, second] = await Promise.all([statusOf(a), statusOf(b)])
    expect(first).toMatchObject({
      schema: 1,
      state: 'synced',
      folder: a.folder,
      held: null,
      problems: [],
      queue: {
        ...{ dirty: 0, settling: 0, outgoing: 0, unacked: 0, incoming: 0 },
        ...{ blobsUp: 0, blobsDown: 0 },
      },
    })
    expect(first.digest).toBe(second.digest)
  })

  test('everything is stopped and started again, and goes on where it was', async () => {
    const [a, b] = group.pair
    a.write('restart.md', 'one\n')
    await allSame([a, b])
    const before = (await a.status()).session
    expect(await a.stop()).toBe(0)
    expect(await b.stop()).toBe(0)
    await group.relay.stop()
    a.append('restart.md', 'two, while nobody ran\n')
    b.write('born-offline.md', 'x\n')
    await b.start()
    expect((await b.status()).state).toBe('offline')
    await group.relay.start()
    await a.start()
    await allSame(group.devices)
    expect(b.read('restart.md')).toBe('one\ntwo, while nobody ran\n')
    expect(a.read('born-offline.md')).toBe('x\n')
    expect((await a.status()).session).not.toBe(before)
  })
})

describe('first contact', () => {
  test('HC-58 a daily note born on two devices: common lines once, both sides whole', async () => {
    const [a, b] = group.pair
    await Promise.all([a.pause(), b.pause()])
    a.write('daily/2026-11-21.md', '# 2026-11-21\n\n## Log\n- ann got up\n')
    b.write('daily/2026-11-21.md', '# 2026-11-21\n\n## Log\n- bob slept in\n- bob had tea\n')
    await Promise.all([a.resume(), b.resume()])
    await allSame(group.devices)
    const lines = a.read('daily/2026-11-21.md').split('\n')
    expect(lines.slice(0, 3)).toEqual(['# 2026-11-21', '', '## Log'])
    expect(lines.slice(3).sort()).toEqual(['', '- ann got up', '- bob had tea', '- bob slept in'])
  })

  test('HC-57 HC-179 the same bytes born on two devices: one file, the text once', async () => {
    const [a, b] = group.pair
    await Promise.all([a.pause(), b.pause()])
    a.write('twins.md', 'the same\nbytes\n')
    b.write('twins.md', 'the same\nbytes\n')
    await Promise.all([a.resume(), b.resume()])
    await allSame(group.devices)
    expect(b.read('twins.md')).toBe('the same\nbytes\n')
    expect(b.has('twins (2).md')).toBe(false)
  })

  test('HC-75 a folder copied by hand joins: nothing doubles, nothing is written', async () => {
    const [a, b] = group.pair
    await quiet([a, b])
    const fill = (folder: string): void => {
      const filter = (source: string): boolean => !source.startsWith(a.file('.undrift'))
      cpSync(a.folder, folder, { recursive: true, preserveTimestamps: true, filter })
      writeFileSync(join(folder, 'one more.md'), 'only in the copy\n')
    }
    await using copy = await Device.join({ link: await a.invite(), name: 'copy', fill })
    const before = stampsOf(copy)
    await copy.start()
    await allSame([a, b, copy])
    expect(stampsOf(copy)).toEqual(before)
    expect(readFileSync(b.file('one more.md'), 'utf8')).toBe('only in the copy\n')
  })
})

async function statusOf(device: Device): Promise<{ digest: string }> {
  const { code, out } = await device.undrift('status', device.folder, '--json')
  expect(code).toBe(0)
  return JSON.parse(out) as { digest: string }
}

/** Inode and times of every file: what is rewritten, even with the same bytes, shows here. */
function stampsOf(device: Device): string[] {
  return [...filesIn(device.folder).keys()].map((path) => {
    const { ino, mtimeNs, ctimeNs } = statSync(device.file(path), { bigint: true })
    return `${path} ${ino} ${mtimeNs} ${ctimeNs}`
  })
}
