// What was sent and waits for the relay's word.
import { describe, expect, test } from 'vitest'
import { fileId, pathOf } from '../../../test/fakes/facts.ts'
import type { AgentMessage } from '../../shared/protocol/agent-message.ts'
import { MemoryLocalStore } from '../store/memory-local-store.ts'
import { Ledger } from './ledger.ts'
import { Outbox } from './outbox.ts'

const id = fileId(1)
const update = Uint8Array.of(1)
const path = pathOf('a.md')

function newOutbox() {
  const frames: (readonly AgentMessage[])[] = []
  const ledger = new Ledger(new MemoryLocalStore())
  return { ledger, frames, outbox: new Outbox(ledger, (messages) => frames.push(messages)) }
}

describe('Outbox', () => {
  test('LINK-2 nothing is sent before the flush, and then everything in one go and in order', () => {
    const { outbox, frames } = newOutbox()
    outbox.seed(id, path, update)
    outbox.update(id, update, [1])
    expect(frames).toEqual([])
    outbox.flush()
    outbox.flush()
    expect(frames.map((frame) => frame.map(({ type }) => type))).toEqual([['seed', 'update']])
    expect(outbox.waiting).toBe(2)
  })

  test('LINK-9 of many questions 32 wait at the relay, and each answer lets the next one go', () => {
    const { outbox, frames } = newOutbox()
    const paths = Array.from({ length: 40 }, (_, n) => pathOf(`${n}.md`))
    paths.forEach((at, n) => outbox.find(fileId(n), at, 'ab'.repeat(32)))
    outbox.flush()
    expect([frames.flat().length, outbox.waiting, outbox.isAsking(fileId(39))]).toEqual([
      32,
      40,
      true,
    ])
    for (let ref = 1; ref <= 8; ref++) outbox.answered(ref)
    outbox.flush()
    expect([frames.flat().length, outbox.waiting]).toEqual([40, 32])
    expect(outbox.reset()).toEqual(paths.slice(8))
  })

  test('LINK-3 an edit of a note whose earlier edits are still to be sent goes with them', () => {
    const { outbox, frames } = newOutbox()
    outbox.hold([id])
    outbox.update(id, update, [2])
    outbox.release(id)
    outbox.update(id, update, [1, 2])
    outbox.flush()
    expect(frames.flat()).toHaveLength(1)
  })

  test('LINK-3 HC-128 an acknowledgement is for the positions that were sent, and counts once', () => {
    const { outbox, ledger } = newOutbox()
    for (const n of [1, 2, 3]) ledger.append(id, Uint8Array.of(n), true)
    outbox.update(id, update, [1, 2])
    const sent = outbox.answered(1)
    if (sent?.type !== 'update') return expect.unreachable()
    outbox.acknowledge(sent)
    expect(ledger.unacked(id)).toEqual([3])
    expect(outbox.answered(1)).toBeUndefined()
    expect(outbox.answered(99)).toBeUndefined()
    expect(outbox.waiting).toBe(0)
  })

  test('LINK-4 when the connection is gone, seeds are given back to be looked at anew; edits stay in the ledger', () => {
    const { outbox, ledger, frames } = newOutbox()
    ledger.append(id, update, true)
    outbox.update(id, update, [1])
    outbox.seed(id, path, update)
    expect(outbox.isAsking(id)).toBe(true)
    expect(outbox.reset()).toEqual([path])
    expect(outbox.isAsking(id)).toBe(false)
    expect(outbox.waiting).toBe(0)
    outbox.flush()
    expect(frames).toEqual([])
    expect(ledger.unacked(id)).toEqual([1])
    expect(outbox.answered(1)).toBeUndefined()
  })
})
