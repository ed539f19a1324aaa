// Hard cases of names at the disk (HC-36, 77-95).
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NodeDisk } from '../../src/agent/disk/node-disk.ts'
import { systemClock, systemRandom } from '../../src/system.ts'
import { silentLogger } from '../fakes/silent-logger.ts'
import { contentOf, openDisk, statOf, tempFolder, utf8, vaultPath } from './helpers.ts'

const composed = 'caf\u00e9.md'
const decomposed = 'cafe\u0301.md'

describe('names', () => {
  test('SYNC-19 HC-36 a rename that changes only the case', async () => {
    const { root, disk } = await openDisk()
    writeFileSync(join(root, 'note.md'), 'x')
    const seen = await statOf(disk, 'note.md')
    const outcome = await disk.move(vaultPath('note.md'), vaultPath('Note.md'), seen)
    expect(outcome).toMatchObject({ type: 'moved', stat: { ino: seen.ino } })
    expect(readdirSync(root).filter((name) => name !== '.undrift')).toEqual(['Note.md'])
  })

  test('SYNC-21 HC-77 a decomposed name on disk is the composed path, and stays as it is', async () => {
    const { root, disk } = await openDisk()
    writeFileSync(join(root, decomposed), 'old')
    const path = vaultPath(composed)
    expect([...(await disk.list()).entries.keys()]).toEqual([path])
    expect((await contentOf(disk, path)).bytes).toEqual(utf8('old'))
    const seen = await statOf(disk, composed)
    expect(await disk.write(path, utf8('new'), seen, false)).toMatchObject({ type: 'written' })
    expect(readdirSync(root)).toContain(decomposed)
    expect(readdirSync(root)).not.toContain(composed)
    expect(readFileSync(join(root, decomposed), 'utf8')).toBe('new')
  })

  test('SYNC-21 HC-77 also in a folder, without a listing before, and after a rename of the name’s form', async () => {
    const { root, disk } = await openDisk()
    const folder = decomposed.replace('.md', '')
    const path = vaultPath(`${folder}/${decomposed}`)
    await disk.write(vaultPath(`plain/n.md`), utf8(''), undefined, false)
    renameSync(join(root, 'plain'), join(root, folder))
    writeFileSync(join(root, folder, decomposed), 'x')
    expect((await contentOf(disk, path)).bytes).toEqual(utf8('x'))
    renameSync(join(root, folder), join(root, folder.normalize('NFC')))
    expect((await contentOf(disk, path)).bytes).toEqual(utf8('x'))
  })

  test('SYNC-21 HC-78 both forms of one name: one is the file, the other is reported', async () => {
    const { root, disk } = await openDisk()
    writeFileSync(join(root, composed), '1')
    writeFileSync(join(root, decomposed), '2')
    if (readdirSync(root).length < 2) return
    const { entries, problems } = await disk.list()
    expect([...entries.keys()]).toEqual([composed])
    expect(problems.size).toBe(1)
    expect((await contentOf(disk, composed)).bytes).toEqual(utf8('1'))
  })

  test('PATH-26 HC-78 the second form of a name gets one of its own, and nothing is overwritten', async () => {
    const { root, disk } = await openDisk()
    const [taken, free] = ['caf\u00e9 (2).md', 'caf\u00e9 (3).md']
    for (const name of [composed, decomposed, taken]) writeFileSync(join(root, name), name)
    if (readdirSync(root).filter((name) => name.startsWith('caf')).length < 3) return
    const [double] = (await disk.list()).doubles ?? []
    if (double === undefined) expect.unreachable()
    disk.learnName(vaultPath(composed), decomposed)
    expect(await disk.separate(double)).toBe(free)
    expect(await disk.separate(double)).toBeUndefined()
    const texts = [composed, taken, free].map((name) => readFileSync(join(root, name), 'utf8'))
    expect(texts).toEqual([composed, taken, decomposed])
    const { entries, problems } = await disk.list()
    expect([...entries.keys()].sort()).toEqual([composed, taken, free].sort())
    expect(problems.size).toBe(0)
  })

  test('PATH-26 HC-78 a folder too, with all that is in it', async () => {
    const { root, disk } = await openDisk()
    for (const name of ['caf\u00e9', 'cafe\u0301']) {
      mkdirSync(join(root, name), { recursive: true })
      writeFileSync(join(root, name, 'n.md'), name)
    }
    const [double] = (await disk.list()).doubles ?? []
    if (double === undefined) return
    expect(await disk.separate(double)).toBe('caf\u00e9 (2)')
    expect(readFileSync(join(root, 'caf\u00e9 (2)', 'n.md'), 'utf8')).toBe('cafe\u0301')
    expect(readFileSync(join(root, 'caf\u00e9', 'n.md'), 'utf8')).toBe('caf\u00e9')
  })

  test('PATH-25 HC-81 what its platform cannot hold is not even tried: it may be another file there', async () => {
    const root = tempFolder()
    const options = { root, clock: systemClock, random: systemRandom, logger: silentLogger }
    const disk = new NodeDisk({ ...options, platform: 'win32' })
    writeFileSync(join(root, 'a'), 'mine')
    const refusal = { type: 'failed', problem: { code: 'unmaterialisable' } }
    const stream = vaultPath('a:b.md')
    expect(await disk.write(stream, utf8('x'), undefined, false)).toMatchObject(refusal)
    expect(await disk.move(vaultPath('a'), stream, await statOf(disk, 'a'))).toMatchObject(refusal)
    expect(readdirSync(root)).toEqual(['a'])
  })

  const odd = [
    ['HC-82', 'line\nend\ttab\u001b[31m.md'],
    ['HC-83', `${'n'.repeat(252)}.md`],
    ['HC-85', '👩‍👩‍👧 \u202efdp.md'],
    ['HC-86', '--help $(rm) %00 "q" \'s\'.md'],
    ['HC-86', '-rf'],
    ['HC-94', '__proto__.md'],
  ] as const
  test.each(odd)(
    '%s an odd name is written, listed, read, moved and deleted: %j',
    async (_, name) => {
      const { disk } = await openDisk()
      const path = vaultPath(name)
      await disk.write(path, utf8('1'), undefined, false)
      await disk.write(path, utf8('2'), await statOf(disk, name), true)
      expect((await contentOf(disk, path)).bytes).toEqual(utf8('2'))
      await disk.move(path, vaultPath(`d/${name}`), await statOf(disk, name))
      expect([...(await disk.list()).entries.keys()]).toEqual(['d', `d/${name}`])
      await disk.trash(vaultPath(`d/${name}`), await statOf(disk, `d/${name}`))
      expect([...(await disk.list()).entries.keys()]).toEqual(['d'])
    },
  )

  test('SYNC-22 HC-91 names that are not UTF-8 are reported, each by itself, and left alone', async () => {
    const { root, disk } = await openDisk()
    writeFileSync(join(root, 'good \ufffd.md'), 'x')
    for (const byte of [0xff, 0xfe]) {
      const name = Buffer.concat([Buffer.from('bad'), Buffer.of(byte), Buffer.from('.md')])
      try {
        writeFileSync(Buffer.concat([Buffer.from(`${root}/`), name]), 'x')
      } catch {
        return // Not every disk holds such names.
      }
    }
    const { entries, problems } = await disk.list()
    expect([...entries.keys()]).toContain('good \ufffd.md')
    expect([...problems.keys()]).toEqual(expect.arrayContaining(['bad\\xff.md', 'bad\\xfe.md']))
    expect(readdirSync(root, { encoding: 'buffer' })).toHaveLength(3)
  })

  test('SYNC-22 HC-91 a folder whose name is not UTF-8 is reported, and what is in it left alone', async () => {
    const { root, disk } = await openDisk()
    mkdirSync(join(root, 'd'))
    const inFolder = Buffer.concat([Buffer.from(`${root}/d/bad`), Buffer.of(0xff)])
    try {
      mkdirSync(inFolder)
    } catch {
      return // Not every disk holds such names.
    }
    const inside = Buffer.concat([inFolder, Buffer.from('/n.md')])
    writeFileSync(inside, 'x')
    const { entries, problems } = await disk.list()
    expect([...entries.keys()]).toEqual(['d'])
    expect([...problems.keys()]).toEqual(['d/bad\\xff'])
    writeFileSync(join(root, 'd/n.md'), 'y')
    await disk.trash(vaultPath('d/n.md'), await statOf(disk, 'd/n.md'))
    expect(readFileSync(inside, 'utf8')).toBe('x')
  })
})
