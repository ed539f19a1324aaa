import { expect, test } from 'vitest'
import {
  HubAgent,
  fileId,
  holdable,
  noteUpdates,
  startHub,
  turns as allTurns,
} from '../../../test/relay/support/hub-agent.ts'
import { emptyUpdate } from '../../shared/doc/note-doc.ts'
import { AnswerQueue } from './answer-queue.ts'
import { AnswerTurns } from './answer-turns.ts'
import { newDeviceAllowance } from './device-allowances.ts'

const mebibyte = 1024 * 1024

/** Connections of a device that has two answers at once and four questions; answers end on `open`. */
function givenDevice(connections: number) {
  const turns = new AnswerTurns({ items: 4, bytes: 100, atOnce: 2 })
  const { settle, open } = holdable()
  const answering: number[] = []
  const unread = Array.from({ length: connections }, () => 0)
  const queues = unread.map((_, connection) => {
    const answer = (): Promise<void> => {
      answering.push(connection)
      return settle()
    }
    return new AnswerQueue<'?'>({ answer, unread: () => unread[connection] ?? 0, atOnce: 2, turns })
  })
  const ask = (connection: number) => queues[connection]?.add('?', 1)
  return { turns, answering, unread, queues, ask, open }
}

test('RELAY-18 all connections of a device together are given so many answers at once, in turn', async () => {
  const { answering, ask, open } = givenDevice(3)
  expect([ask(0), ask(0), ask(0), ask(1)]).toEqual([true, true, true, true])
  expect(answering).toEqual([0, 0])
  open()
  await allTurns()
  expect(answering).toEqual([0, 0, 1, 0])
})

test('RELAY-18 a question counts until its answer was handed over, also when its connection is gone', async () => {
  const { queues, ask, open } = givenDevice(2)
  expect([ask(0), ask(0), ask(0), ask(0), ask(0)]).toEqual([true, true, true, true, false])
  queues[0]?.close()
  expect([ask(1), ask(1), ask(1)]).toEqual([true, true, false])
  open()
  await allTurns()
  expect([ask(1), ask(1), ask(1)]).toEqual([true, true, false])
})

test('RELAY-10 a device that leaves much unread on all its connections together gets no answer', () => {
  const { turns, answering, unread, ask } = givenDevice(30)
  unread.fill(3 * mebibyte)
  ask(0)
  expect(answering).toEqual([])
  unread.fill(2 * mebibyte)
  turns.pump()
  expect(answering).toEqual([0])
})

test('RELAY-10 a device that leaves too much unread on all its connections together loses one', async () => {
  const hub = await startHub()
  const allowance = newDeviceAllowance()
  const agents = Array.from({ length: 20 }, () => new HubAgent(hub, 'editor', undefined, allowance))
  for (const agent of agents) {
    agent.hello()
    await agent.next('changes')
  }
  for (const agent of agents) agent.buffered = 14 * mebibyte
  const [update = emptyUpdate()] = noteUpdates(['x'])
  const author = new HubAgent(hub)
  author.hello()
  author.say({ type: 'seed', ref: 1, doc: fileId('a'), update, mtime: 0 })
  await author.next('ack')
  const dropped = agents.filter(({ closedWith }) => closedWith !== undefined)
  expect(dropped.map(({ closedWith }) => closedWith)).toEqual([1013, 1013])
})
