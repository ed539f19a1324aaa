// The vault's own rules on several devices.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Device } from './support/device.ts'
import { Group, allSame, apart, quiet } from './support/group.ts'
import { makeFolder } from '../../src/make-folder.ts'

let group: Group
beforeAll(async () => {
  group = await Group.start(2)
})
afterAll(() => group[Symbol.asyncDispose]())

const diary = 'private/diary.md'

function fillWith(files: Record<string, string>): (folder: string) => void {
  return (folder) => {
    for (const [path, text] of Object.entries(files)) {
      makeFolder(join(folder, path, '..'), 0o777)
      writeFileSync(join(folder, path), text)
    }
  }
}

test('PATH-14 rules that two devices add apart are all in force on both', async () => {
  const [a, b] = group.pair
  a.write('.undriftignore', 'private/\n')
  await b.shows('.undriftignore', 'private/\n')
  await apart([a, b], () => {
    a.write('.undriftignore', 'by-ann/\nprivate/\n')
    b.append('.undriftignore', 'by-bob/\n')
    a.write('by-bob/1.md', 'ann has it')
    b.write('by-ann/2.md', 'bob has it')
  })
  await b.shows('.undriftignore', 'by-ann/\nprivate/\nby-bob/\n')
  await quiet([a, b])
  expect(a.read('.undriftignore')).toBe(b.read('.undriftignore'))
  expect([a.has('by-ann/2.md'), b.has('by-bob/1.md')]).toEqual([false, false])
})

test('PATH-15 HC-45 a device that joins has the rules in force before it sends or writes anything', async () => {
  const [a, b] = group.pair
  await quiet([a, b])
  a.write('old/secret.md', 'written before the rule\n')
  await b.shows('old/secret.md', 'written before the rule\n')
  a.append('.undriftignore', 'old/\n')
  await b.shows('.undriftignore', (text) => text.endsWith('old/\n'))
  await quiet([a, b])
  const { head } = (await a.status()).relay
  const files = { [diary]: 'dear diary', 'by-ann/x.md': 'x', 'by-bob/y.txt': 'y' }
  const fill = fillWith(files)
  await using c = await Device.running({ link: await a.invite(), name: 'c', fill })
  await c.shows('.undriftignore', a.read('.undriftignore'))
  await quiet([a, b, c])
  expect((await a.status()).relay.head).toBe(head)
  expect(c.has('old/secret.md')).toBe(false)
  expect(c.read(diary)).toBe('dear diary')
})

test('PATH-15 HC-45 nor when it has rules of its own: those of both count first', async () => {
  const [a, b] = group.pair
  await quiet([a, b])
  const { head } = (await a.status()).relay
  const own = { '.undriftignore': 'mine/\n', 'mine/1.md': 'mine', [diary]: 'dear diary' }
  const fill = fillWith(own)
  await using c = await Device.running({ link: await a.invite(), name: 'c', fill })
  await a.shows('.undriftignore', (text) => text.includes('mine/\n'))
  await quiet([a, b, c])
  expect((await a.status()).relay.head).toBe(head + 1)
  expect(c.read('.undriftignore')).toBe(a.read('.undriftignore'))
})

test('PATH-16 HC-45 what a rule left out is on every disk when the rule goes', async () => {
  const [a, b] = group.pair
  a.remove('.undriftignore')
  await allSame([a, b])
  expect(a.read('by-ann/2.md')).toBe('bob has it')
  expect(b.read('old/secret.md')).toBe('written before the rule\n')
})

test('PATH-20 HC-89 settings, snippets and themes of Obsidian travel, plugin code only when the rules ask for it', async () => {
  const [a, b] = group.pair
  const goes = [
    '.obsidian/app.json',
    '.obsidian/snippets/wide.css',
    '.obsidian/themes/T/theme.css',
    '.obsidian/themes/T/manifest.json',
    '.obsidian/plugins/x/data.json',
  ]
  const code = '.obsidian/plugins/x/main.js'
  const stays = ['.obsidian/workspace.json', '.obsidian/plugins/x/manifest.json', '.DS_Store']
  for (const path of [...goes, code, ...stays]) a.write(path, `${path}\n`)
  for (const path of goes) await b.shows(path, `${path}\n`)
  await quiet([a, b])
  expect([code, ...stays].filter((path) => b.has(path))).toEqual([])
  b.write('.undriftignore', '!/.obsidian/plugins/*/main.js\n')
  await b.shows(code, `${code}\n`)
  await quiet([a, b])
  expect(stays.filter((path) => b.has(path))).toEqual([])
})
