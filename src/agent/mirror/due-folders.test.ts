import { expect, test } from 'vitest'
import { pathOf } from '../../../test/fakes/facts.ts'
import { DueFolders, folderSettleMs } from './due-folders.ts'

const [a, b] = [pathOf('a'), pathOf('b')]

test('KIND-6 a folder is due once, at the earliest time that was asked for', () => {
  const folders = new DueFolders()
  folders.add(a, 50)
  folders.add(a, 20)
  folders.add(a, 30)
  folders.add(b, 60)
  expect([folders.size, folders.nextDue()]).toEqual([2, 20])
  expect(folders.takeDue(19, 10)).toEqual([])
  expect(folders.takeDue(20, 10)).toMatchObject([{ path: a }])
  expect(folders.nextDue()).toBe(60)
  folders.add(a, 60)
  expect(folders.takeDue(60, 1)).toHaveLength(1)
  expect(folders.size).toBe(1)
})

test('KIND-6 what is to be published about it must be right for a while', () => {
  const folders = new DueFolders()
  const look = (act: 'publish' | 'publish-removal', now: number): boolean => {
    folders.add(a, now)
    const [due] = folders.takeDue(now, 1)
    return due !== undefined && folders.hasSettled(due, act, now)
  }
  expect(look('publish', 0)).toBe(false)
  expect(folders.nextDue()).toBe(folderSettleMs)
  expect(look('publish', folderSettleMs - 1)).toBe(false)
  expect(look('publish-removal', folderSettleMs)).toBe(false)
  expect(look('publish-removal', 2 * folderSettleMs - 1)).toBe(false)
  expect(look('publish-removal', 2 * folderSettleMs)).toBe(true)
  expect(folders.size).toBe(0)
})

test('KIND-7 what waits for the files of the tree is due when they are others', () => {
  const folders = new DueFolders()
  folders.await(a)
  expect(folders.size).toBe(0)
  folders.treeChanged(10)
  expect(folders.takeDue(10, 10)).toMatchObject([{ path: a }])
})
