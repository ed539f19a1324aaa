// Hard cases of names at the disk (HC-36, 77-95).
import { readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openDisk, statOf, utf8, vaultPath } from './helpers.ts'

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
    expect((await disk.read(path))?.bytes).toEqual(utf8('old'))
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
    expect((await disk.read(path))?.bytes).toEqual(utf8('x'))
    renameSync(join(root, folder), join(root, folder.normalize('NFC')))
    expect((await disk.read(path))?.bytes).toEqual(utf8('x'))
  })

  test('SYNC-21 HC-78 both forms of one name: one is the file, the other is reported', async () => {
    const { root, disk } = await openDisk()
    writeFileSync(join(root, composed), '1')
    writeFileSync(join(root, decomposed), '2')
    if (readdirSync(root).length < 2) return
    const { entries, problems } = await disk.list()
    expect([...entries.keys()]).toEqual([composed])
    expect(problems.size).toBe(1)
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
      expect((await disk.read(path))?.bytes).toEqual(utf8('2'))
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
})
