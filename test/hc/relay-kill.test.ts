import { type ChildProcess, spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { fileId, textOf, vaultId } from '../relay/support/hub-agent.ts'
import { openLevelStore, tempFolder } from '../relay/support/level-store.ts'

const writer = fileURLToPath(new URL('../relay/support/writer.mjs', import.meta.url))
const built = fileURLToPath(new URL('../../dist', import.meta.url))
const vault = vaultId('v')
const rounds = 5

/** Kills the writer once it has said that `count` more edits are durable; returns all that it said. */
async function ackedUntilKilled(folder: string, count: number): Promise<number[]> {
  const child: ChildProcess = spawn(process.execPath, [writer, folder, built], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const acked: number[] = []
  if (child.stdout === null) throw new Error('no output')
  for await (const line of createInterface(child.stdout)) {
    acked.push(Number(line))
    if (acked.length === count) child.kill('SIGKILL')
  }
  await exited
  return acked
}

test('HC-131 kill -9 of the relay loses nothing it has acknowledged, and it opens again', async () => {
  const folder = await tempFolder()
  const acked = new Set<number>()
  for (let round = 1; round <= rounds; round++) {
    for (const seq of await ackedUntilKilled(folder, 300 * round)) acked.add(seq)
    const store = await openLevelStore(folder)
    const { head, epoch, lastSeqs } = await store.openVault(vault)
    const docs = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(async (letter) => {
        const doc = fileId(letter)
        return { doc, text: textOf(...(await store.read(vault, doc))) }
      }),
    )
    await store.close()
    const stored = new Set(docs.flatMap(({ text }) => [...text.matchAll(/<(\d+)>/g)].map(numberIn)))
    const lost = [...acked].filter((seq) => !stored.has(seq))
    const unlisted = docs.filter(({ doc, text }) => text !== '' && !lastSeqs.has(doc))
    expect([lost, unlisted, epoch]).toEqual([[], [], 'epoch'])
    expect(head).toBe(Math.max(...stored))
  }
  await rm(folder, { recursive: true })
})

function numberIn(match: RegExpMatchArray): number {
  return Number(match[1])
}
