// A standard Yjs editor on the relay writes into the same notes as the programs on the disks.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Group, allSame, quiet } from './support/group.ts'
import { until } from './support/until.ts'
import { WebEditor } from './support/web-editor.ts'

let group: Group
beforeAll(async () => {
  group = await Group.start(2)
})
afterAll(() => group[Symbol.asyncDispose]())

test('an editor in a browser and two folders', async () => {
  const [a, b] = group.pair
  a.write('live.md', 'on disk\n')
  await allSame([a, b])
  using editor = new WebEditor(a, 'live.md')
  await editor.shows('on disk\n')
  editor.text.insert(0, 'in the browser 👩‍🚀\n')
  await Promise.all([a, b].map((device) => device.shows('live.md', 'in the browser 👩‍🚀\non disk\n')))
  b.append('live.md', 'on the other disk\n')
  await editor.shows('in the browser 👩‍🚀\non disk\non the other disk\n')
  editor.text.delete(0, editor.text.length)
  editor.text.insert(0, 'anew\n')
  await Promise.all([a, b].map((device) => device.shows('live.md', 'anew\n')))
  await allSame([a, b])
})

test('typing in the browser while the files are saved: every letter once', async () => {
  const [a, b] = group.pair
  a.write('typing.md', 'start\n\nmiddle\n\nend\n')
  await allSame([a, b])
  using editor = new WebEditor(a, 'typing.md')
  await editor.shows('start\n\nmiddle\n\nend\n')
  for (let n = 0; n < 40; n++) {
    editor.text.insert(editor.text.toString().indexOf('middle'), `e${n} `)
    if (n % 4 === 0) a.append('typing.md', `a${n}\n`)
    if (n % 5 === 0) b.edit('typing.md', (text) => `b${n}\n${text}`)
    if (n % 10 === 0) await quiet([a, b])
  }
  const wanted = Array.from({ length: 40 }, (_, n) => [
    ...[`e${n} `],
    ...(n % 4 === 0 ? [`a${n}\n`] : []),
    ...(n % 5 === 0 ? [`b${n}\n`] : []),
  ]).flat()
  const isWhole = (text: string): boolean => wanted.every((word) => text.includes(word))
  await until(
    () => isWhole(editor.text.toString()),
    () => editor.text.toString(),
  )
  await a.shows('typing.md', isWhole)
  await allSame([a, b])
  expect(a.read('typing.md')).toBe(editor.text.toString())
  const length = [...wanted, 'start\n\nmiddle\n\nend\n'].join('').length
  expect(a.read('typing.md')).toHaveLength(length)
})
