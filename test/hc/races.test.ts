// Group (b): what happens on the disk while the agent looks, writes or is busy.
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Device } from '../e2e/support/device.ts'
import { Buffer, truncateThenWrite } from '../e2e/support/editors.ts'
import { Group, allSame, apart, filesIn, quiet, times } from '../e2e/support/group.ts'
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

async function given(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) a.write(path, text)
  await allSame([a, b])
}

/** The files below `folder` on both devices, with their text. */
async function becomes(folder: string, files: Record<string, string>): Promise<void> {
  await allSame([a, b])
  expect(below(b, folder)).toEqual(files)
}

function below(device: Device, folder: string): Record<string, string> {
  const all = [...filesIn(device.folder).keys()].filter((path) => path.startsWith(`${folder}/`))
  return Object.fromEntries(all.map((path) => [path.slice(folder.length + 1), device.read(path)]))
}

const lines = 'one\ntwo\nthree\nfour\nfive\n'

describe('folders', () => {
  test('HC-25 made a moment before the note in them', async () => {
    for (let n = 0; n < 10; n++) a.write(`25/${n}/b/c/f.md`, `${n}\n`)
    await until(() => b.has('25/9/b/c/f.md'), 'the last note', 5_000)
    await allSame([a, b])
    expect(Object.keys(below(b, '25'))).toHaveLength(10)
  })

  test('HC-26 moved in from outside with all that is in them', async () => {
    const outside = join(tempFolder(), 'full')
    mkdirSync(join(outside, 'deep/er'), { recursive: true })
    for (const path of ['a.md', 'deep/b.md', 'deep/er/c.md'])
      writeFileSync(join(outside, path), path)
    renameSync(outside, a.file('26'))
    await b.shows('26/deep/er/c.md', 'deep/er/c.md')
    await becomes('26', {
      'a.md': 'a.md',
      'deep/b.md': 'deep/b.md',
      'deep/er/c.md': 'deep/er/c.md',
    })
  })

  test('HC-27 removed, made again, and then edited', async () => {
    await given({ '27/f.md': 'first\n', '27/g.md': 'gone\n' })
    rmSync(a.file('27'), { recursive: true })
    a.write('27/f.md', 'second\n')
    await b.shows('27/f.md', 'second\n')
    for (const text of ['third\n', 'fourth\n']) {
      a.write('27/f.md', text)
      await b.shows('27/f.md', text)
    }
    await becomes('27', { 'f.md': 'fourth\n' })
  })

  test('HC-34 with 1000 notes, renamed: at once, and nothing is sent again', async () => {
    await using own = await Group.start(2)
    const [c, d] = own.pair
    for (let n = 0; n < 1000; n++) c.write(`34/${n % 10}/${n}.md`, `note ${n}\n${lines}`)
    await allSame([c, d])
    const { head } = (await c.status()).relay
    c.rename('34', '34 renamed')
    await until(() => d.has('34 renamed/9/999.md') && !d.has('34/9/999.md'), 'renamed', 10_000)
    await allSame([c, d])
    // Some edits of the index, for a turn each; none of a note.
    expect((await c.status()).relay.head).toBeLessThan(head + 10)
    expect(Object.keys(below(d, '34 renamed'))).toHaveLength(1000)
    expect(Object.keys(below(d, '34'))).toEqual([])
  })

  test('HC-35 HC-62 renamed here while a note is added to the old one there', async () => {
    await given({ '35/a.md': 'a\n' })
    await apart([a, b], () => {
      a.rename('35', '35 new')
      b.write('35/added.md', 'added\n')
    })
    await allSame([a, b])
    expect({ ...below(a, '35'), ...below(a, '35 new') }).toEqual({
      'a.md': 'a\n',
      'added.md': 'added\n',
    })
  })
})

describe('names', () => {
  test('HC-30 renamed and then edited: one note, with what was written elsewhere meanwhile', async () => {
    await given({ '30/a.md': lines })
    await apart([a, b], () => {
      a.rename('30/a.md', '30/b.md')
      a.edit('30/b.md', (text) => text.replace('two', 'TWO'))
      b.edit('30/a.md', (text) => text.replace('four', 'FOUR'))
    })
    await becomes('30', { 'b.md': lines.replace('two', 'TWO').replace('four', 'FOUR') })
  })

  test('HC-31 a chain of renames is one', async () => {
    await given({ '31/a.md': lines })
    await apart([a, b], () => {
      for (const [from, to] of ['ab', 'bc', 'cd']) a.rename(`31/${from}.md`, `31/${to}.md`)
      b.append('31/a.md', 'six\n')
    })
    await becomes('31', { 'd.md': `${lines}six\n` })
  })

  test('HC-32 HC-33 swapped, and rotated: every text under its new name', async () => {
    await given({
      '32/a.md': 'A\n',
      '32/b.md': 'B\n',
      '33/a.md': 'A\n',
      '33/b.md': 'B\n',
      '33/c.md': 'C\n',
    })
    a.rename('32/a.md', '32/t.md')
    a.rename('32/b.md', '32/a.md')
    a.rename('32/t.md', '32/b.md')
    await becomes('32', { 'a.md': 'B\n', 'b.md': 'A\n' })
    a.rename('33/c.md', '33/t.md')
    a.rename('33/b.md', '33/c.md')
    a.rename('33/a.md', '33/b.md')
    a.rename('33/t.md', '33/a.md')
    await becomes('33', { 'a.md': 'C\n', 'b.md': 'A\n', 'c.md': 'B\n' })
  })

  test('HC-36 only the case of a name changes', async () => {
    await given({ '36/note.md': lines })
    a.rename('36/note.md', '36/Note.md')
    await b.shows('36/Note.md', lines)
    await becomes('36', { 'Note.md': lines })
  })

  test('HC-37 HC-38 copied and deleted; deleted and another one created', async () => {
    await given({ '37/a.md': lines, '38/a.md': lines })
    cpSync(a.file('37/a.md'), a.file('37/b.md'))
    a.remove('37/a.md')
    a.remove('38/a.md')
    a.write('38/b.md', 'nothing in common\n')
    await becomes('37', { 'b.md': lines })
    await becomes('38', { 'b.md': 'nothing in common\n' })
  })
})

describe('moments', () => {
  test('HC-24 an update comes while the file is being rewritten: held, then merged', async () => {
    await given({ '24/a.md': lines })
    const rewritten = truncateThenWrite(a, '24/a.md', `${lines}by ann\n`, 600)
    b.edit('24/a.md', (text) => text.replace('two', 'two by bob'))
    await rewritten
    await becomes('24', { 'a.md': `${lines.replace('two', 'two by bob')}by ann\n` })
  })

  test('HC-28 written, deleted and written within a moment: an edit', async () => {
    await given({ '28/a.md': lines })
    a.write('28/a.md', 'x\n')
    a.remove('28/a.md')
    a.write('28/a.md', `${lines}six\n`)
    await becomes('28', { 'a.md': `${lines}six\n` })
  })

  test('HC-29 created and deleted within a moment: nothing is published', async () => {
    await quiet([a, b])
    const { head } = (await a.status()).relay
    a.write('29.md', 'x\n')
    a.remove('29.md')
    await quiet([a, b])
    expect((await a.status()).relay.head).toBe(head)
  })

  test('HC-39 1500 notes written while the agent cannot hear', async () => {
    a.signal('SIGSTOP')
    for (let n = 0; n < 1500; n++) a.write(`39/${n % 30}/${n}.md`, `${n}\n`)
    a.signal('SIGCONT')
    await until(() => b.has('39/29/1499.md'), 'the last note', 20_000)
    await allSame([a, b])
    expect(Object.keys(below(b, '39'))).toHaveLength(1500)
  })

  test('HC-40 our own write seen again is no edit', async () => {
    await given({ '40/a.md': lines })
    const { head } = (await b.status()).relay
    a.append('40/a.md', 'six\n')
    await b.shows('40/a.md', `${lines}six\n`)
    await allSame([a, b])
    expect((await b.status()).relay.head).toBe(head + 1)
  })

  test('HC-41 HC-43 edits on both sides in quick turn: none is lost, none comes twice', async () => {
    await given({ '41/a.md': `top\n\n${lines}\nbottom\n` })
    for (let n = 0; n < 30; n++) {
      a.edit('41/a.md', (text) => text.replace('top\n', `top\na${n};\n`))
      b.edit('41/a.md', (text) => text.replace('bottom\n', `bottom\nb${n};\n`))
      if (n % 3 === 0) await until(() => b.read('41/a.md').includes(`a${n};`), `a${n}`)
    }
    await allSame([a, b])
    const text = a.read('41/a.md')
    const tokens = Array.from({ length: 30 }, (_, n) => [`a${n};`, `b${n};`]).flat()
    expect(tokens.filter((token) => times(text, token) !== 1)).toEqual([])
  })

  test('HC-42 edited during the first sweep', async () => {
    await given({ '42/a.md': lines })
    await a.stop()
    a.begin()
    for (let n = 0; !(await isUp(a)); n++) a.write('42/a.md', `${lines}${n}\n`)
    const last = `${lines}last\n`
    a.write('42/a.md', last)
    await becomes('42', { 'a.md': last })
  })

  test('HC-45 what is ignored from now on stays everywhere, is not sent, and merges when the rule goes', async () => {
    await given({ '45/private/a.md': lines, '45/b.md': 'b\n' })
    a.write('.undriftignore', '45/private/\n')
    await b.shows('.undriftignore', '45/private/\n')
    await quiet([a, b])
    a.edit('45/private/a.md', (text) => text.replace('one', 'one by ann'))
    b.edit('45/private/a.md', (text) => text.replace('five', 'five by bob'))
    a.write('45/private/new.md', 'not for all\n')
    b.append('45/b.md', 'after\n')
    await a.shows('45/b.md', 'b\nafter\n')
    await quiet([a, b])
    expect(below(b, '45')).toEqual({
      'private/a.md': lines.replace('five', 'five by bob'),
      'b.md': 'b\nafter\n',
    })
    a.remove('.undriftignore')
    await becomes('45', {
      'private/a.md': lines.replace('one', 'one by ann').replace('five', 'five by bob'),
      'private/new.md': 'not for all\n',
      'b.md': 'b\nafter\n',
    })
    expect(b.has('.undriftignore')).toBe(false)
  })

  test('PATH-16 HC-45 what is removed while it is ignored was not deleted: it is back when the rule goes', async () => {
    await given({ '45c/private/a.md': 'a\n', '45c/private/b.md': 'b\n' })
    a.write('.undriftignore', '45c/private/\n')
    await b.shows('.undriftignore', '45c/private/\n')
    await quiet([a, b])
    b.remove('45c/private/a.md')
    b.remove('.undriftignore')
    await becomes('45c', { 'private/a.md': 'a\n', 'private/b.md': 'b\n' })
  })

  test('a buffer saved at the very moment of a remote write: both are there', async () => {
    await given({ 'moment/a.md': `${lines}\nend\n` })
    for (let n = 0; n < 20; n++) {
      const buffer = new Buffer(a, 'moment/a.md')
      b.edit('moment/a.md', (text) => text.replace('end\n', `b${n};\nend\n`))
      buffer.text = `a${n};\n${buffer.text}`
      await until(() => (n % 2 === 0 ? true : a.read('moment/a.md').includes(`b${n};`)), 'half-way')
      buffer.save()
      await quiet([a, b])
    }
    await allSame([a, b])
    const text = a.read('moment/a.md')
    const tokens = Array.from({ length: 20 }, (_, n) => [`a${n};`, `b${n};`]).flat()
    expect(tokens.filter((token) => times(text, token) !== 1)).toEqual([])
  })
})

async function isUp(device: Device): Promise<boolean> {
  return device.status().then(
    ({ scan }) => scan.generation > 0,
    () => false,
  )
}
