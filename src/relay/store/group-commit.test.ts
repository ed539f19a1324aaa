// What shares a write.
import { expect, test } from 'vitest'
import { GroupCommit } from './group-commit.ts'

const edit = (bytes: number) => ({ update: new Uint8Array(bytes) })
const megabyte = 1024 * 1024

async function writesOf(edits: readonly { update: Uint8Array }[]): Promise<number[]> {
  const writes: number[] = []
  const commits = new GroupCommit(async (items: { update: Uint8Array }[]) => {
    writes.push(items.length)
  })
  await Promise.all(edits.map((one) => commits.append([one])))
  return writes
}

test('STORE-11 what waits shares a write until that is large', async () => {
  expect(await writesOf(Array.from({ length: 500 }, () => edit(100)))).toEqual([500])
  expect(await writesOf(Array.from({ length: 5 }, () => edit(0.2 * megabyte)))).toEqual([2, 2, 1])
})

test('STORE-11 an edit larger than that is written alone', async () => {
  expect(await writesOf([edit(1), edit(16 * megabyte), edit(1)])).toEqual([1, 1, 1])
})
