// Group (c): devices that wrote while they could not hear of each other.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Device } from '../e2e/support/device.ts'
import { Group, allSame, apart, filesIn, quiet, times } from '../e2e/support/group.ts'
import { until } from '../e2e/support/until.ts'
import { WebEditor } from '../e2e/support/web-editor.ts'

let group: Group
let a: Device
let b: Device
let c: Device
beforeAll(async () => {
  group = await Group.start(3)
  ;[a, b, c] = group.trio
})
afterAll(() => group[Symbol.asyncDispose]())

async function given(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) a.write(path, text)
  await allSame(group.devices)
}

/** While apart, the first and the second act; then all have the same, and these files below `folder`. */
async function meet(folder: string, first: () => void, second: () => void) {
  await apart([a, b], () => {
    first()
    second()
  })
  await allSame(group.devices)
  return below(c, folder)
}

function below(device: Device, folder: string): Record<string, string> {
  const all = [...filesIn(device.folder).keys()].filter((path) => path.startsWith(`${folder}/`))
  return Object.fromEntries(all.map((path) => [path.slice(folder.length + 1), device.read(path)]))
}

const lines = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n'

describe('the same note, edited twice', () => {
  type Row = readonly [string, string, (text: string) => string, (text: string) => string, string[]]
  const rows: Row[] = [
    [
      'HC-46 the same line',
      'the cat sat\n',
      (text) => text.replace('cat', 'black cat'),
      (text) => text.replace('sat', 'sat down'),
      ['black cat', 'sat down'],
    ],
    [
      'HC-47 other paragraphs',
      lines,
      (text) => text.replace('two', 'TWO by ann'),
      (text) => text.replace('six', 'SIX by bob'),
      ['one\n', 'TWO by ann\n', 'three\n', 'four\n', 'five\n', 'SIX by bob\n', 'seven\n'],
    ],
    [
      'HC-47 a list item beside one that is deleted',
      '- milk\n- bread\n- tea\n',
      (text) => text.replace('- bread\n', '- bread\n- broad beans\n'),
      (text) => text.replace('- bread\n', ''),
      ['- milk\n', '- broad beans\n', '- tea\n'],
    ],
    [
      'HC-73 white space against words in one line',
      '- item   one\n- item two\n',
      (text) => text.replace('item   one', 'item one'),
      (text) => text.replace('one', 'one and a half'),
      ['one and a half', '- item two'],
    ],
    [
      'HC-74 the same key of the frontmatter',
      '---\ntags: [a]\ntitle: T\n---\nbody\n',
      (text) => text.replace('[a]', '[a, fromann]'),
      (text) => text.replace('[a]', '[a, frombob]'),
      ['fromann', 'frombob', 'title: T', 'body'],
    ],
    [
      'HC-105 appended to a last line without an end',
      'no end of line',
      (text) => `${text} ann`,
      (text) => `${text} bob`,
      ['no end of line', ' ann', ' bob'],
    ],
    [
      'HC-101 HC-102 emoji, flags and joiners',
      'x 👩‍🚀 🇩🇪 e\u0301 \u200d y\n',
      (text) => text.replace('👩‍🚀', '👨‍🚀').replace('🇩🇪', '🇫🇷'),
      (text) => text.replace('y', 'y 👍🏽'),
      ['👨‍🚀', '🇫🇷', '👍🏽', 'e\u0301 \u200d y'],
    ],
  ]
  test.each(rows)('%s: everything is there once', async (title, base, first, second, wanted) => {
    const path = `${title.replaceAll(/\W+/g, '-')}/n.md`
    await given({ [path]: base })
    await apart([a, b], () => {
      a.edit(path, first)
      b.edit(path, second)
    })
    await allSame(group.devices)
    const text = c.read(path)
    expect(wanted.map((token) => [token, times(text, token)])).toEqual(
      wanted.map((token) => [token, 1]),
    )
    expect(text.isWellFormed() && !text.includes('\ufffd')).toBe(true)
  })

  test('HC-48 the identical edit, by a formatter or git pull: once', async () => {
    const text = lines.replace('three', 'three, by a formatter').replace('six\n', 'six\nnew\n')
    await given({ '48/n.md': lines })
    await Promise.all([a.pause(), b.pause()])
    for (const device of [a, b]) device.replace('48/n.md', text)
    await a.resume()
    await a.sync()
    await b.resume()
    await allSame(group.devices)
    expect(c.read('48/n.md')).toBe(text)
  })

  test('HC-49 long offline: thousands of edits elsewhere, many here', async () => {
    const base = Array.from({ length: 400 }, (_, n) => `line ${n}.\n`).join('')
    await given({ '49/n.md': base })
    using editor = new WebEditor(a, '49/n.md')
    await editor.shows(base)
    await b.stop()
    for (let n = 0; n < 5_000; n++) {
      editor.text.insert(editor.text.toString().indexOf('line 200.'), `e${n}; `)
    }
    for (let n = 0; n < 200; n++) {
      b.edit('49/n.md', (text) => text.replace(`line ${n}.`, `line ${n}. b${n};`))
    }
    await a.shows('49/n.md', (text) => text.includes('e4999;'))
    await b.start()
    await allSame(group.devices)
    const text = c.read('49/n.md')
    const tokens = [
      ...Array.from({ length: 5_000 }, (_, n) => ` e${n};`.slice(n === 0 ? 1 : 0)),
      ...Array.from({ length: 200 }, (_, n) => ` b${n};`),
    ]
    const words = new Map<string, number>()
    for (const word of text.split(/\s/)) words.set(word, (words.get(word) ?? 0) + 1)
    expect(tokens.filter((token) => words.get(token.trim()) !== 1)).toEqual([])
  })

  test('HC-71 three devices, each alone, in one line', async () => {
    await given({ '71/n.md': 'start middle end\n' })
    await apart([a, b, c], () => {
      a.edit('71/n.md', (text) => text.replace('start', 'start <ann>'))
      b.edit('71/n.md', (text) => text.replace('middle', 'middle <bob>'))
      c.edit('71/n.md', (text) => text.replace('end', '<cem> end'))
    })
    await allSame(group.devices)
    const text = a.read('71/n.md')
    for (const token of ['start', '<ann>', 'middle', '<bob>', '<cem>', 'end']) {
      expect([token, times(text, token)]).toEqual([token, 1])
    }
  })
})

describe('deleted', () => {
  test.each(['deleter first', 'editor first'] as const)(
    'HC-50 and edited elsewhere: lives with the edit (%s)',
    async (order) => {
      const path = `50 ${order}/n.md`
      await given({ [path]: lines })
      await Promise.all([a.pause(), b.pause()])
      a.remove(path)
      b.append(path, 'eight\n')
      const [first, second] = order === 'deleter first' ? [a, b] : [b, a]
      await first.resume()
      await first.sync()
      await second.resume()
      await allSame(group.devices)
      expect(c.read(path)).toBe(`${lines}eight\n`)
    },
  )

  test('HC-51 on both sides: gone', async () => {
    await given({ '51/n.md': lines })
    const remove = (device: Device): void => device.remove('51/n.md')
    expect(
      await meet(
        '51',
        () => remove(a),
        () => remove(b),
      ),
    ).toEqual({})
  })

  test('HC-56 and only renamed elsewhere: gone; renamed and edited: lives', async () => {
    await given({ '56/a.md': lines, '56/b.md': `${lines}b\n` })
    const found = await meet(
      '56',
      () => {
        a.remove('56/a.md')
        a.remove('56/b.md')
      },
      () => {
        b.rename('56/a.md', '56/x.md')
        b.rename('56/b.md', '56/y.md')
        b.append('56/y.md', 'edited\n')
      },
    )
    expect(found).toEqual({ 'y.md': `${lines}b\nedited\n` })
  })

  test('HC-60 HC-61 a folder, while a note in it is added and another edited', async () => {
    await given({ '60/a.md': 'a\n', '60/deep/b.md': lines, '60/deep/c.md': 'c\n' })
    const found = await meet(
      '60',
      () => a.remove('60'),
      () => {
        b.write('60/deep/new.md', 'new\n')
        b.append('60/deep/b.md', 'eight\n')
      },
    )
    expect(found).toEqual({ 'deep/b.md': `${lines}eight\n`, 'deep/new.md': 'new\n' })
  })

  test('HC-50 HC-13 edited elsewhere, back, and then put back from an old copy: the edit stays', async () => {
    await given({ 'back/n.md': lines })
    await apart([a, b], () => {
      a.remove('back/n.md')
      b.append('back/n.md', 'from b\n')
    })
    await a.shows('back/n.md', `${lines}from b\n`)
    a.replace('back/n.md', lines)
    await allSame(group.devices)
    expect(c.read('back/n.md')).toBe(`${lines}from b\n`)
  })

  test('a note deleted and written again elsewhere lives', async () => {
    await given({ 'again/n.md': lines })
    const found = await meet(
      'again',
      () => {
        a.remove('again/n.md')
      },
      () => {
        b.remove('again/n.md')
        b.write('again/n.md', 'one\nanew\n')
      },
    )
    expect(found).toEqual({ 'n.md': 'one\nanew\n' })
  })
})

describe('renamed', () => {
  test('HC-52 and edited elsewhere: the new name has the edit', async () => {
    await given({ '52/a.md': lines })
    const found = await meet(
      '52',
      () => a.rename('52/a.md', '52/b.md'),
      () => b.append('52/a.md', 'eight\n'),
    )
    expect(found).toEqual({ 'b.md': `${lines}eight\n` })
  })

  test('HC-53 to two names: one file, one of them', async () => {
    await given({ '53/a.md': lines })
    const found = await meet(
      '53',
      () => a.rename('53/a.md', '53/b.md'),
      () => b.rename('53/a.md', '53/c.md'),
    )
    expect(Object.values(found)).toEqual([lines])
    expect(['b.md', 'c.md']).toContain(Object.keys(found)[0])
  })

  test('HC-54 to a name that is created elsewhere: both live', async () => {
    await given({ '54/a.md': 'moved\n' })
    const found = await meet(
      '54',
      () => a.rename('54/a.md', '54/b.md'),
      () => b.write('54/b.md', 'created\n'),
    )
    expect(Object.keys(found)).toEqual(['b (2).md', 'b.md'])
    expect(Object.values(found).sort()).toEqual(['created\n', 'moved\n'])
  })

  test('HC-55 two notes to one name: both live', async () => {
    await given({ '55/a.md': 'A\n', '55/b.md': 'B\n' })
    const found = await meet(
      '55',
      () => a.rename('55/a.md', '55/x.md'),
      () => b.rename('55/b.md', '55/x.md'),
    )
    expect(Object.keys(found)).toEqual(['x (2).md', 'x.md'])
    expect(Object.values(found).sort()).toEqual(['A\n', 'B\n'])
  })

  test('HC-69 two folders, each into the other: every note once', async () => {
    await given({ '69/A/a.md': 'a\n', '69/B/b.md': 'b\n' })
    const found = await meet(
      '69',
      () => a.rename('69/A', '69/B/A'),
      () => b.rename('69/B', '69/A/B'),
    )
    expect(Object.values(found).sort()).toEqual(['a\n', 'b\n'])
  })

  test('HC-70 a note into a folder that is renamed: exists once', async () => {
    await given({ '70/n.md': 'n\n', '70/d/m.md': 'm\n' })
    const found = await meet(
      '70',
      () => a.rename('70/n.md', '70/d/n.md'),
      () => b.rename('70/d', '70/e'),
    )
    expect(Object.values(found).sort()).toEqual(['m\n', 'n\n'])
    expect(found).toMatchObject({ 'e/m.md': 'm\n' })
  })
})

describe('a file against a folder', () => {
  test('HC-63 created at one path: the folder keeps it, the file steps aside', async () => {
    const found = await meet(
      '63',
      () => a.write('63/x.md', 'a file\n'),
      () => b.write('63/x.md/in.md', 'in a folder\n'),
    )
    expect(found).toEqual({ 'x (2).md': 'a file\n', 'x.md/in.md': 'in a folder\n' })
  })

  test('HC-64 a folder replaced by a file, while a note in it is edited', async () => {
    await given({ '64/x.md/in.md': lines })
    const found = await meet(
      '64',
      () => {
        a.remove('64/x.md')
        a.write('64/x.md', 'a file\n')
      },
      () => b.append('64/x.md/in.md', 'eight\n'),
    )
    expect(found).toEqual({ 'x (2).md': 'a file\n', 'x.md/in.md': `${lines}eight\n` })
  })
})

describe('the whole vault', () => {
  test('HC-72 HC-118 emptied offline: held until confirmed, edits elsewhere live', async () => {
    await using own = await Group.start(2)
    const [d, e] = own.pair
    for (let n = 0; n < 40; n++) d.write(`notes/${n}.md`, `note ${n}\n`)
    await allSame(own.devices)
    await apart([d, e], () => {
      d.remove('notes')
      e.append('notes/7.md', 'edited meanwhile\n')
    })
    const { held } = await d.reaches('held')
    expect(held).toMatchObject({ deletes: 39 })
    expect((await d.undrift('status', '--json')).code).toBe(4)
    expect((await d.undrift('resume')).code).toBe(4)
    expect(filesIn(e.folder).size).toBe(40)
    await d.shows('notes/7.md', 'note 7\nedited meanwhile\n')
    expect((await d.undrift('resume', '--confirm')).code).toBe(0)
    await e.reaches('held')
    expect(filesIn(e.folder).size).toBe(40)
    await e.resume(true)
    await allSame(own.devices)
    expect([...filesIn(e.folder).keys()]).toEqual(['notes/7.md'])
  })

  test('SYNC-12 HC-118 while deletes from elsewhere are held, a delete made here is published', async () => {
    await using own = await Group.start(2)
    const [d, e] = own.pair
    for (let n = 0; n < 40; n++) d.write(`notes/${n}.md`, `note ${n}\n`)
    d.write('other.md', 'other\n')
    await allSame(own.devices)
    d.remove('notes')
    await d.reaches('held')
    await d.resume(true)
    await e.reaches('held')
    e.remove('other.md')
    await d.lacks('other.md')
  })

  test('HC-118 deletes that are held come back when the person puts the files back', async () => {
    await using own = await Group.start(2)
    const [d] = own.pair
    for (let n = 0; n < 40; n++) d.write(`notes/${n}.md`, `note ${n}\n`)
    await allSame(own.devices)
    d.rename('notes', '.moved away')
    await d.reaches('held')
    d.rename('.moved away', 'notes')
    await until(async () => (await d.status()).held === null, 'no longer held')
    await allSame(own.devices)
    expect(filesIn(d.folder).size).toBe(40)
  })

  test('HC-72 HC-118 a marker that is missing holds everything', async () => {
    await quiet(group.devices)
    b.rename('.undrift/vault.json', '.undrift/away.json')
    b.write('unseen.md', 'x\n')
    await b.reaches('held')
    expect(a.has('unseen.md')).toBe(false)
    b.rename('.undrift/away.json', '.undrift/vault.json')
    await a.shows('unseen.md', 'x\n')
    await allSame(group.devices)
  })
})
