// Folders that the disk makes and removes for their own sake.
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { asNobody, openDisk, tempFolder, vaultPath } from './helpers.ts'

const nothingKept = () => false

test('KIND-6 makes a folder and those above it, once', async () => {
  const { root, disk } = await openDisk()
  for (let n = 0; n < 2; n++) expect(await disk.makeFolder(vaultPath('a/b'))).toBeUndefined()
  expect(await disk.stat(vaultPath('a/b'))).toEqual({ kind: 'folder', isEmpty: true })
  expect(await disk.stat(vaultPath('a'))).toEqual({ kind: 'folder', isEmpty: false })
  expect(readdirSync(join(root, 'a'))).toEqual(['b'])
})

test('KIND-6 HC-113 makes none through a link, and none where something else is', async () => {
  const { root, disk } = await openDisk()
  const outside = tempFolder()
  symlinkSync(outside, join(root, 'link'))
  writeFileSync(join(root, 'file'), 'x')
  for (const path of ['link', 'link/a', 'file', 'file/a']) {
    expect(await disk.makeFolder(vaultPath(path)), path).toMatchObject({ code: 'refused' })
  }
  expect(readdirSync(outside)).toEqual([])
})

test('SYNC-19 KIND-7 removes a folder and those above it that are empty then, up to one that is kept', async () => {
  const { root, disk } = await openDisk()
  mkdirSync(join(root, 'kept/a/b/c'), { recursive: true })
  const isKept = (path: string) => path === 'kept'
  expect(await disk.removeFolder(vaultPath('kept/a/b/c'), isKept)).toBeUndefined()
  expect(readdirSync(join(root, 'kept'))).toEqual([])
  expect(await disk.removeFolder(vaultPath('kept/a'), isKept)).toBeUndefined()
  expect(existsSync(join(root, 'kept'))).toBe(true)
})

test('KIND-7 removes no folder that something is in, an ignored file too, and no link to one', async () => {
  const { root, disk } = await openDisk()
  const outside = tempFolder()
  mkdirSync(join(outside, 'a'))
  mkdirSync(join(root, 'd'))
  writeFileSync(join(root, 'd/.DS_Store'), '')
  symlinkSync(outside, join(root, 'link'))
  for (const path of ['d', 'link', 'link/a']) {
    expect(await disk.removeFolder(vaultPath(path), nothingKept)).toBeUndefined()
  }
  expect(await disk.stat(vaultPath('d'))).toEqual({ kind: 'folder', isEmpty: false })
  expect(readdirSync(root).sort()).toEqual(['d', 'link'])
  expect(readdirSync(outside)).toEqual(['a'])
})

test('KIND-6 KIND-7 says what keeps it from that', async () => {
  const { root, disk } = await openDisk()
  mkdirSync(join(root, 'd/e'), { recursive: true })
  await asNobody(root, async () => {
    chmodSync(join(root, 'd'), 0o500)
    expect(await disk.makeFolder(vaultPath('d/new'))).toMatchObject({ code: 'read-only' })
    const removed = await disk.removeFolder(vaultPath('d/e'), nothingKept)
    expect(removed).toMatchObject({ code: 'read-only' })
  })
})
