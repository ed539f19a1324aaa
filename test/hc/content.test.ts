// Groups (d) and (e): odd names and odd bytes, through real processes from disk to disk.
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Device } from '../e2e/support/device.ts'
import { Group, allSame, apart, filesIn, quiet, times } from '../e2e/support/group.ts'
import { Relay } from '../e2e/support/relay.ts'
import { until } from '../e2e/support/until.ts'

let group: Group
let a: Device
let b: Device
beforeAll(async () => {
  group = await Group.start(2)
  ;[a, b] = group.pair
  // So many that the brake does not hold what the tests remove.
  for (let n = 0; n < 200; n++) a.write(`others/${n}.md`, `${n}\n`)
})
afterAll(() => group[Symbol.asyncDispose]())

const encoder = new TextEncoder()
/** Long notes on a machine that is busy with others. */
const patienceMs = 60_000

function below(device: Device, folder: string): string[] {
  const all = [...filesIn(device.folder).keys()].filter((path) => path.startsWith(`${folder}/`))
  return all.map((path) => path.slice(folder.length + 1))
}

describe('bytes', () => {
  const texts: [string, string][] = [
    ['HC-97 a byte order mark', '\ufeffwith a mark\n'],
    ['HC-99 line ends of every kind', 'crlf\r\nlf\ncr\rmixed\r\n\n\r'],
    ['HC-100 zero bytes', 'a\0b\0\n'],
    ['HC-101 HC-102 signs of every plane', 'e\u0301 👩‍👩‍👧‍👦 🇩🇪\u200b\u2028\u2029\ufeff\u00a0😀😁\n'],
    ['HC-103 nothing', ''],
    ['HC-110 the same line again and again', 'tick\n'.repeat(5_000)],
    ['HC-111 conflict markers and comments', '<<<<<<< a\n=======\n>>>>>>> b\n<!-- undrift -->\n'],
  ]
  test.each(texts)('%s: kept exactly, also by an edit of each side', async (title, text) => {
    const path = `${title.replaceAll(/\W+/g, '-')}.md`
    a.write(path, text)
    await until(() => b.has(path), path)
    await allSame([a, b])
    expect(b.read(path)).toBe(text)
    await apart([a, b], () => {
      a.replace(path, `${text}<end by ann>\n`)
      b.replace(path, `<start by bob>\n${text}`)
    })
    await allSame([a, b])
    const merged = a.read(path)
    expect([times(merged, '<end by ann>'), times(merged, '<start by bob>')]).toEqual([1, 1])
    expect(merged).toHaveLength(text.length + '<end by ann>\n<start by bob>\n'.length)
  })

  const notText: [string, Uint8Array][] = [
    ['HC-96 bytes that are not UTF-8', Uint8Array.of(0x66, 0xff, 0xfe, 0x0a)],
    ['HC-98 UTF-16 with its mark', Uint8Array.of(0xff, 0xfe, 0x61, 0, 0x0a, 0)],
    ['HC-107 more than 16 MiB', new Uint8Array(16 * 1024 * 1024 + 1).fill(0x61)],
  ]
  test.each(notText)('BLOB-22 %s: a binary file, byte for byte', async (title, bytes) => {
    const path = `${title.replaceAll(/\W+/g, '-')}.md`
    writeFileSync(a.file(path), bytes)
    await until(() => b.has(path), path)
    expect(readFileSync(b.file(path)).equals(bytes)).toBe(true)
    a.remove(path)
    await allSame([a, b])
    expect(b.has(path)).toBe(false)
  })

  test.each([
    ['HC-106 16 MiB', () => 'some words of a long note\n'.repeat(640_000), 'a long note\n'],
    ['HC-108 a million lines', () => 'a line\n'.repeat(1_000_000), 'a line\n'],
    ['HC-109 one line of 10 MB', () => 'word '.repeat(2_000_000), 'word '],
  ])(
    '%s: arrives, and so does an edit in its middle',
    async (title, make, landmark) => {
      const path = `${title.replaceAll(/\W+/g, '-')}.md`
      const text = make()
      a.write(path, text)
      await until(() => b.has(path), path, patienceMs)
      await quiet([a, b], patienceMs)
      expect(b.read(path) === text).toBe(true)
      const middle = text.indexOf(landmark, text.length / 2)
      const edited = `${text.slice(0, middle)}<here>${text.slice(middle)}`
      b.replace(path, edited)
      const size = encoder.encode(edited).length
      await until(() => statSync(a.file(path)).size === size, 'the edit', patienceMs)
      expect(a.read(path) === edited).toBe(true)
      a.remove(path)
      await allSame([a, b])
    },
    200_000,
  )
})

describe('names', () => {
  const odd = [
    ['HC-81 what other systems cannot hold', 'con.md', 'a<b>:"|?*.md', ' space .md'],
    ['HC-82 line ends, tabs and escapes', 'line\nend\ttab\u001b[31m.md'],
    ['HC-83 255 bytes', `${'n'.repeat(252)}.md`],
    ['HC-85 emoji, joiners, right to left', '👩‍👩‍👧 \u202efdp.md', '\u05d0\u200d.md'],
    ['HC-86 what a shell would run', '-rf.md', '--help.md', '$(rm -r *) `x` "q" \'s\' %00.md'],
    ['HC-94 words of JavaScript', '__proto__.md', 'constructor.md', 'toString.md'],
  ]
  test.each(odd)('PATH-27 %s: there and back, notes and binary files', async (title, ...notes) => {
    const [first = ''] = notes
    // No more, or the brake would hold that so many go within a minute.
    const names = [...notes, first.replace(/\.md$/, '.b')]
    for (const name of names) a.write(`${title}/${name}`, `${name}\n`)
    await until(() => names.every((name) => b.has(`${title}/${name}`)), title)
    for (const name of names) b.append(`${title}/${name}`, 'and back\n')
    await allSame([a, b])
    for (const name of names) expect(a.read(`${title}/${name}`)).toBe(`${name}\nand back\n`)
    const status = await a.undrift('status')
    expect(status.out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
    for (const name of names) a.remove(`${title}/${name}`)
    await until(() => !names.some((name) => b.has(`${title}/${name}`)), 'gone')
    const { out } = await b.undrift('trash', 'list')
    expect(out.split('\n').filter((line) => line.includes(title)).length).toBe(names.length)
    expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
    for (const { log } of [a, b]) expect(log.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  })

  test('PATH-26 HC-78 both Unicode forms of one name: both live, the same everywhere', async () => {
    const [composed, decomposed] = ['78/caf\u00e9.md', '78/cafe\u0301.md']
    a.write(composed, 'composed\n')
    await b.shows(composed, 'composed\n')
    a.write(decomposed, 'decomposed\n')
    if (readdirSync(a.file('78')).length < 2) return
    await b.shows('78/caf\u00e9 (2).md', 'decomposed\n')
    await allSame([a, b])
    expect(below(b, '78')).toEqual(['caf\u00e9 (2).md', 'caf\u00e9.md'])
    expect(b.read(composed)).toBe('composed\n')
  })

  test('HC-79 HC-80 names that differ only in case, born apart: both live, the same everywhere', async () => {
    await apart([a, b], () => {
      a.write('79/Note.md', 'upper\n')
      b.write('79/note.md', 'lower\n')
      a.write('80/Dir/x.md', 'x\n')
      b.write('80/dir/y.md', 'y\n')
    })
    await allSame([a, b])
    const texts = below(a, '79').map((name) => a.read(`79/${name}`))
    expect(texts.join('')).toMatch(/upper/)
    expect(texts.join('')).toMatch(/lower/)
    expect(below(a, '80').map((path) => path.toLowerCase())).toEqual(['dir/x.md', 'dir/y.md'])
    expect(new Set(readdirSync(a.file('80'))).size).toBe(1)
  })

  test('HC-75 HC-79 HC-80 a copy of a folder with such names joins: each note finds itself', async () => {
    const notes = { 'A.md': 'upper', 'a.md': 'lower', 'Dir/x.md': 'in Dir', 'dir/x.md': 'in dir' }
    const fill = (folder: string): void => {
      for (const name of ['Dir', 'dir']) mkdirSync(join(folder, name))
      for (const [path, text] of Object.entries(notes)) writeFileSync(join(folder, path), text)
    }
    await using relay = await Relay.start()
    await using first = await Device.running({ link: relay.setup, name: 'first', fill })
    await using copy = await Device.running({ link: await first.invite(), name: 'copy', fill })
    await allSame([first, copy])
    expect([...filesIn(copy.folder).values()].sort()).toEqual(Object.values(notes).sort())
  })

  test('HC-84 two notes at one name of 255 bytes: the second is cut to fit', async () => {
    const name = `84/${'ü'.repeat(126)}.md`
    await apart([a, b], () => {
      a.write('84/a.md', 'A\n')
      b.write('84/b.md', 'B\n')
    })
    await allSame([a, b])
    await apart([a, b], () => {
      a.rename('84/a.md', name)
      b.rename('84/b.md', name)
    })
    await allSame([a, b])
    const names = below(a, '84')
    expect(names.map((one) => a.read(`84/${one}`)).sort()).toEqual(['A\n', 'B\n'])
    expect(names.every((one) => encoder.encode(one).length <= 255 && one.isWellFormed())).toBe(true)
  })

  test('HC-88 HC-90 HC-93 what is ours, hidden, or another kind of file stays here', async () => {
    const [stays, goes] = [
      [
        '.git/config.md',
        '.undrift/trash/mine.md',
        '.hidden.md',
        'x/.deep/n.md',
        'node_modules/m.md',
      ],
      ['93/a.MD', '93/b.markdown', '93/c.txt'],
    ]
    for (const path of [...stays, ...goes]) a.write(path, `${path}\n`)
    await until(() => goes.every((path) => b.has(path)), 'notes arrive')
    await quiet([a, b])
    expect(stays.filter((path) => b.has(path))).toEqual([])
    for (const path of stays) a.remove(path)
  })
})
