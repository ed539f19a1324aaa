// Group (i) and what belongs to it: the documents behind the notes, over real sockets.
import { expect, test } from 'vitest'
import { Group, allSame } from '../e2e/support/group.ts'
import { fileId, noteUpdates, textOf } from '../relay/support/hub-agent.ts'
import { LiveRelay, SocketAgent } from '../relay/support/live-relay.ts'

test('HC-152 edits that come twice and in the wrong order make the same text', async () => {
  await using relay = await LiveRelay.start()
  const owner = await relay.owner()
  const agent = await SocketAgent.connect(relay, owner)
  const doc = fileId('a')
  const [seed, ...edits] = noteUpdates(['one', ' two', ' three', ' four'])
  if (seed === undefined) throw new Error('no seed')
  agent.say({ type: 'seed', ref: 1, doc, update: seed, mtime: 0 })
  await agent.next('ack', 1)
  const sent = [...edits.toReversed(), ...edits]
  agent.say(
    ...sent.map((update, n) => ({ type: 'update' as const, ref: n + 2, doc, update, mtime: 0 })),
  )
  await agent.next('ack', 1 + sent.length)
  agent.say({ type: 'pull', doc, stateVector: new Uint8Array() })
  expect(textOf((await agent.next('state')).update)).toBe('one two three four')
})

test('HC-177 HC-185 every run is a session of its own, and no process loads Yjs twice', async () => {
  await using group = await Group.start(2)
  const [a, b] = group.pair
  const sessions = new Set<string>()
  for (let n = 0; n < 3; n++) {
    a.write('n.md', `${n}\n`)
    await allSame([a, b])
    sessions.add((await a.status()).session ?? expect.unreachable())
    await a.stop()
    await a.start()
  }
  expect(sessions.size).toBe(3)
  for (const { log } of [a, b, group.relay]) expect(log).not.toContain('Yjs was already imported')
})
