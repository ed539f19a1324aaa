// Group (a): the ways in which programs save, with the real program where there is one.
import {
  chmodSync,
  closeSync,
  openSync,
  readFileSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Device } from '../e2e/support/device.ts'
import {
  Buffer,
  has,
  inFolder,
  renameDance,
  truncateThenWrite,
  vim,
  writeKeepingTimes,
} from '../e2e/support/editors.ts'
import { Group, allSame, filesIn, quiet, times } from '../e2e/support/group.ts'
import { pause, until } from '../e2e/support/until.ts'

let group: Group
let a: Device
let b: Device
beforeAll(async () => {
  group = await Group.start(2)
  ;[a, b] = group.pair
})
afterAll(() => group[Symbol.asyncDispose]())

/** A note that both have. */
async function given(path: string, text: string): Promise<void> {
  a.write(path, text)
  await quiet([a, b])
  expect(b.read(path)).toBe(text)
}

/** Both have exactly this, and under this name only. */
async function becomes(path: string, text: string): Promise<void> {
  await b.shows(path, text)
  await allSame([a, b])
  const stem = path.replace(/\.md$/, '')
  const related = [...filesIn(b.folder).keys()].filter((other) => other.startsWith(stem))
  expect([a.read(path), related]).toEqual([text, [path]])
}

/** Nothing that the relay counts happened while `act` ran. */
async function nothingSent(act: () => void): Promise<void> {
  await quiet([a, b])
  const { head } = (await a.status()).relay
  act()
  await quiet([a, b])
  expect((await b.status()).relay.head).toBe(head)
}

const tenLines = Array.from({ length: 10 }, (_, n) => `line ${n}\n`).join('')

describe('one save is one edit of the same note', () => {
  const saves: [string, string, (path: string, text: string) => Promise<void> | void][] = [
    ['HC-1 in place, same length', 'line 3', (path, text) => a.write(path, text)],
    ['HC-2 written beside and renamed', 'LINE THREE', (path, text) => a.replace(path, text)],
    [
      'HC-6 renamed away and written anew at once',
      '3',
      (path, text) => renameDance(a, path, text, 0),
    ],
    [
      'HC-6 renamed away, 200 ms later written',
      'x',
      (path, text) => renameDance(a, path, text, 200),
    ],
    [
      'HC-9 with the old times put back',
      'LINE 3',
      (path, text) => writeKeepingTimes(a, path, text),
    ],
  ]
  test.each(saves)('%s', async (title, line, save) => {
    const path = `${title.replaceAll(/\W+/g, '-')}.md`
    await given(path, tenLines)
    using editor = new Witness(b, path)
    const text = tenLines.replace('line 3', line === 'line 3' ? 'LINE 3' : line)
    await save(path, text)
    await becomes(path, text)
    expect(editor.gaps).toEqual([])
  })

  test('HC-2 sed -i', async () => {
    await given('sed.md', tenLines)
    inFolder(a, 'sed', '-i', 's/line 3/changed by sed/', 'sed.md')
    await becomes('sed.md', tenLines.replace('line 3', 'changed by sed'))
  })

  test.skipIf(!has('vim')).each(['yes', 'no'] as const)(
    'HC-4 HC-5 vim with backupcopy=%s: its swap and backup files never leave',
    async (mode) => {
      const path = `vim-${mode}.md`
      await given(path, tenLines)
      vim(a, path, mode, '%s/line 3/changed by vim/', "$put='more'")
      await b.shows(path, `${tenLines.replace('line 3', 'changed by vim')}more\n`)
      b.append(path, 'and bob\n')
      await a.shows(path, `${tenLines.replace('line 3', 'changed by vim')}more\nand bob\n`)
      await quiet([a, b])
      expect([...filesIn(b.folder).keys()].filter((name) => name.startsWith('vim'))).toEqual(
        mode === 'yes' ? ['vim-yes.md'] : ['vim-no.md', 'vim-yes.md'],
      )
      inFolder(a, 'rm', '-f', `${path}~`)
    },
  )

  test('HC-3 emptied, two seconds of thought, written: the empty moment is never published', async () => {
    await given('truncated.md', tenLines)
    using witness = new Witness(b, 'truncated.md')
    await truncateThenWrite(a, 'truncated.md', `${tenLines}new\n`, 1_500)
    await becomes('truncated.md', `${tenLines}new\n`)
    expect(witness.gaps).toEqual([])
  })

  test('HC-104 a note that stays empty becomes empty everywhere', async () => {
    await given('emptied.md', tenLines)
    a.write('emptied.md', '')
    await becomes('emptied.md', '')
  })

  test('KIND-19 HC-10 HC-11 touched or saved unchanged: the time is sent, and no text', async () => {
    await given('touched.md', tenLines)
    await nothingSent(() => chmodSync(a.file('touched.md'), 0o600))
    const { ino } = statSync(b.file('touched.md'))
    const saves = [
      () => utimesSync(a.file('touched.md'), 1, 1),
      () => a.write('touched.md', tenLines),
      () => a.replace('touched.md', tenLines),
    ]
    for (const save of saves) {
      save()
      await quiet([a, b])
      const [there, here] = [a, b].map((device) => statSync(device.file('touched.md')))
      expect([here?.ino, here?.mtime]).toEqual([ino, there?.mtime])
    }
  })

  test('HC-16 changed back and forth within a moment: at most an edit that changes nothing', async () => {
    await given('flap.md', tenLines)
    for (let n = 0; n < 20; n++) a.replace('flap.md', n % 2 === 0 ? 'other\n' : tenLines)
    await becomes('flap.md', tenLines)
  })
})

describe('long writes', () => {
  test('HC-7 a log that grows every few ms arrives while it grows', async () => {
    await given('grows.md', '')
    const log = openSync(a.file('grows.md'), 'a')
    let lines = 0
    const write = (): void => void writeSync(log, `${lines++} tick\n`)
    await until(
      async () => {
        write()
        await pause(20)
        return (b.peek('grows.md') ?? '').includes('\n')
      },
      'the log arrives while it grows',
      5_000,
    )
    for (let n = 0; n < 50; n++) write()
    closeSync(log)
    const wanted = Array.from({ length: lines }, (_, n) => `${n} tick\n`).join('')
    await becomes('grows.md', wanted)
  })

  test('HC-8 a slow copy: every line in the end, once', async () => {
    const text = Array.from({ length: 4_000 }, (_, n) => `${n}: some words to copy\n`).join('')
    const copy = openSync(a.file('slow-copy.md'), 'w')
    for (let at = 0; at < text.length; at += 9_001) {
      writeSync(copy, text.slice(at, at + 9_001))
      await pause(30)
    }
    closeSync(copy)
    await becomes('slow-copy.md', text)
  })

  test('HC-18 two megabytes pasted over everything', async () => {
    await given('paste.md', tenLines)
    const text = Array.from({ length: 40_000 }, (_, n) => `pasted ${n} ${'x'.repeat(40)}\n`).join(
      '',
    )
    a.write('paste.md', text)
    await becomes('paste.md', text)
  })
})

describe('buffers that are older than the file', () => {
  test('HC-12 saved over a remote edit: both survive', async () => {
    await given('stale.md', tenLines)
    const editor = new Buffer(a, 'stale.md')
    b.edit('stale.md', (text) => text.replace('line 8', 'line 8 by bob'))
    await a.shows('stale.md', (text) => text.includes('by bob'))
    editor.text = editor.text.replace('line 2', 'line 2 by ann')
    editor.save()
    await becomes(
      'stale.md',
      tenLines.replace('line 2', 'line 2 by ann').replace('line 8', 'line 8 by bob'),
    )
  })

  test('HC-13 saved without an edit right after a remote one: the remote one stays', async () => {
    await given('unedited.md', tenLines)
    const editor = new Buffer(a, 'unedited.md')
    b.edit('unedited.md', (text) => text.replace('line 8', 'line 8 by bob'))
    await a.shows('unedited.md', (text) => text.includes('by bob'))
    editor.save()
    await becomes('unedited.md', tenLines.replace('line 8', 'line 8 by bob'))
  })

  test('HC-14 undo after a merge takes away only what was in the buffer', async () => {
    await given('undo.md', tenLines)
    const editor = new Buffer(a, 'undo.md')
    editor.text = editor.text.replace('line 2', 'line 2 by ann')
    editor.save()
    await b.shows('undo.md', (text) => text.includes('by ann'))
    b.edit('undo.md', (text) => text.replace('line 8', 'line 8 by bob'))
    await a.shows('undo.md', (text) => text.includes('by bob'))
    editor.text = editor.text.replace('line 2 by ann', 'line 2')
    editor.save()
    await becomes('undo.md', tenLines.replace('line 8', 'line 8 by bob'))
  })

  test('HC-19 an editor keeps the file open and writes after it was replaced', async () => {
    await given('held-open.md', tenLines)
    const held = openSync(a.file('held-open.md'), 'a')
    b.edit('held-open.md', (text) => `bob on top\n${text}`)
    await a.shows('held-open.md', (text) => text.startsWith('bob'))
    writeSync(held, 'through the old file\n')
    closeSync(held)
    await becomes('held-open.md', `bob on top\n${tenLines}through the old file\n`)
  })

  test('HC-20 two editors on one device save old buffers in turn: all from elsewhere survives, and it ends', async () => {
    await given('two-editors.md', tenLines)
    const [first, second] = [new Buffer(a, 'two-editors.md'), new Buffer(a, 'two-editors.md')]
    for (let n = 0; n < 3; n++) {
      b.edit('two-editors.md', (text) => `${text}bob ${n}\n`)
      await a.shows('two-editors.md', (text) => text.includes(`bob ${n}`))
      first.text = first.text.replace('line 2', `line 2 +${n}`)
      first.save()
      await quiet([a, b])
      second.text = second.text.replace('line 6', `line 6 -${n}`)
      second.save()
      await quiet([a, b])
    }
    await allSame([a, b])
    // Of the two, the later save wins where it says so, as on any disk.
    const text = a.read('two-editors.md')
    for (const token of ['bob 0', 'bob 1', 'bob 2', '-2']) {
      expect([token, times(text, token)]).toEqual([token, 1])
    }
  })

  test('HC-20 SYNC-41 a program that takes a line away whenever it comes wins in the end', async () => {
    await given('strict.md', 'one\ntwo\n')
    const line = 'line from elsewhere\n'
    let [saves, isOver] = [0, false]
    const strict = (async () => {
      for (;;) {
        await a.shows('strict.md', (text) => isOver || text.includes(line))
        if (isOver) return
        a.edit('strict.md', (text) => text.replace(line, ''))
        saves += 1
      }
    })()
    b.edit('strict.md', (text) => text.replace('two', `${line}two`))
    await a.shows('strict.md', () => saves > 0)
    await b.shows('strict.md', (text) => text === 'one\ntwo\n')
    isOver = true
    await strict
    await allSame([a, b])
    expect(a.read('strict.md')).toBe('one\ntwo\n')
    expect(saves).toBeLessThan(20)
  })

  test('HC-17 a formatter rewrites the whole file while somebody writes', async () => {
    const table = Array.from({ length: 30 }, (_, n) => `|a${n}|b|\r\n`).join('')
    await given('formatted.md', `# Head\r\n\r\n${table}\r\nend\r\n`)
    await Promise.all([a.pause(), b.pause()])
    a.edit('formatted.md', (text) => text.replaceAll('\r\n', '\n').replaceAll('|b|', '| b |'))
    b.edit('formatted.md', (text) => text.replace('end\r\n', 'end\r\nbob was here\r\n'))
    await Promise.all([a.resume(), b.resume()])
    await allSame([a, b])
    const text = b.read('formatted.md')
    expect([times(text, 'bob was here'), times(text, '# Head'), times(text, 'a7|')]).toEqual([
      1, 1, 1,
    ])
    expect(times(text, '| b |')).toBe(30)
  })
})

describe('other programs in the same folder', () => {
  test.skipIf(!has('git'))('HC-15 git checkout changes 200 notes at once', async () => {
    const git = (...args: string[]): string =>
      inFolder(a, 'git', '-c', 'user.name=a', '-c', 'user.email=a@b', ...args)
    for (let n = 0; n < 200; n++) a.write(`repo/${n}.md`, `# ${n}\n\nfirst branch\n`)
    await allSame([a, b])
    git('init', '-q', '-b', 'first')
    git('add', 'repo')
    git('commit', '-qm', 'first')
    git('checkout', '-qb', 'second')
    for (let n = 0; n < 200; n++) a.write(`repo/${n}.md`, `# ${n}\n\nsecond branch\n`)
    for (let n = 0; n < 15; n++) a.remove(`repo/${n}.md`)
    git('add', '-A', 'repo')
    git('commit', '-qm', 'second')
    await allSame([a, b])
    expect(b.has('repo/3.md')).toBe(false)
    git('checkout', '-q', 'first')
    await b.shows('repo/199.md', '# 199\n\nfirst branch\n')
    await allSame([a, b])
    expect(b.read('repo/3.md')).toBe('# 3\n\nfirst branch\n')
    expect(b.has('.git')).toBe(false)
    expect(git('status', '--porcelain', 'repo')).toBe('')
  })

  test('HC-5 HC-22 swap, lock and window files of editors never leave', async () => {
    const names = ['4913', '.n.md.swp', '.n.md.swo', 'n.md~', '#n.md#', '~$n.md', '.~lock.n.md#']
    for (const name of names) a.write(`swap/${name}`, 'x')
    inFolder(a, 'ln', '-s', 'user@host.1234', 'swap/.#n.md')
    a.write('.obsidian/workspace.json', '{}')
    a.write('swap/n.md', 'the note\n')
    await b.shows('swap/n.md', 'the note\n')
    await quiet([a, b])
    expect([...filesIn(b.folder).keys()].filter((path) => /^(swap|\.)/.test(path))).toEqual([
      'swap/n.md',
    ])
    expect((await a.status()).problems.filter(({ path }) => path.startsWith('swap'))).toEqual([])
  })

  test('HC-21 conflict copies of other programs are ordinary notes', async () => {
    a.write('n.sync-conflict-20261121-101010-ABCDEFG.md', 'one\n')
    a.write('n (conflicted copy).md', 'two\n')
    await b.shows('n.sync-conflict-20261121-101010-ABCDEFG.md', 'one\n')
    await b.shows('n (conflicted copy).md', 'two\n')
  })
})

/** Looks at a file all the time and remembers when it was missing or empty. */
class Witness implements Disposable {
  readonly gaps: string[] = []
  readonly #timer: NodeJS.Timeout

  constructor(device: Device, path: string) {
    this.#timer = globalThis.setInterval(() => {
      try {
        if (statSync(device.file(path)).size === 0) this.gaps.push('empty')
        else readFileSync(device.file(path))
      } catch {
        this.gaps.push('missing')
      }
    }, 1)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
