// A folder with a thousand files that gets another name while others write in it, on virtual time.
import { expect, test } from 'vitest'
import { pathOf } from '../fakes/facts.ts'
import { filesOf, givenTwo } from './two-devices.ts'

const count = 1_000
const file = (folder: string, n: number) =>
  pathOf(`${folder}/${n % 7}/${n}.${n % 3 ? 'md' : 'bin'}`)

test('SIM-6 HC-62 a folder with a thousand files is moved while one of them is edited and one is added elsewhere', async () => {
  const { one, two, settled, apart, together } = await givenTwo()
  for (let n = 0; n < count; n++) one.folder.writeInPlace(file('old', n), `file ${n}\n`)
  one.folder.link(pathOf('old/link'), '0/7.md')
  one.folder.makeFolder(pathOf('old/empty'))
  expect(Object.keys(await settled())).toHaveLength(count + 1)
  const trashed = two.trash().length
  apart(two)
  for (const path of [...one.folder.files.keys()]) {
    one.folder.rename(path, pathOf(path.replace('old', 'new')))
  }
  for (const path of [...one.folder.folders].sort().reverse()) {
    if (one.folder.removeFolder(path) && path.endsWith('empty'))
      one.folder.makeFolder(pathOf('new/empty'))
  }
  two.folder.writeInPlace(file('old', 1), 'edited\n')
  two.folder.writeInPlace(pathOf('old/added.md'), 'added\n')
  together(two)
  const files = await settled()
  expect(Object.keys(files)).toHaveLength(count + 2)
  expect(files).toMatchObject({
    [file('new', 1)]: 'edited\n',
    [file('new', 3)]: 'file 3\n',
    'new/link': '0/7.md',
    'old/added.md': 'added\n',
  })
  expect(Object.keys(files).filter((path) => path.startsWith('old/'))).toEqual(['old/added.md'])
  expect(two.trash(), 'nothing was written again').toHaveLength(trashed)
  for (const { folder } of [one, two]) {
    expect([...folder.folders].sort()).toEqual(
      ['new', 'new/empty', 'old', ...Array.from({ length: 7 }, (_, n) => `new/${n}`)].sort(),
    )
  }
  expect(filesOf(two)).toEqual(files)
}, 60_000)
