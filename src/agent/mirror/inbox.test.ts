// What waits for the next turn when connections come and go.
import { expect, test } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import { Inbox } from './inbox.ts'

test('LINK-8 what a former connection said counts no more once there is a new one, which hears nothing before hello', () => {
  const inbox = new Inbox()
  const down = { type: 'down', reason: new AppError('unreachable', 'cut'), isFatal: false } as const
  const messages = [{ type: 'bye', code: 'slow-reader', detail: '' }] as const
  inbox.put({ type: 'messages', messages })
  inbox.put(down)
  expect(inbox.size).toBe(2)
  expect(inbox.isReconnected).toBe(false)
  inbox.put({ type: 'up' })
  expect(inbox.isReconnected).toBe(true)
  expect([...inbox.take()].map(({ type }) => type)).toEqual(['down', 'up'])
  expect([inbox.isReconnected, inbox.size]).toEqual([false, 0])
})

test('LINK-8 what comes while the waiting is taken is for the next time', () => {
  const inbox = new Inbox()
  inbox.put({ type: 'messages', messages: [] })
  const taken = inbox.take()
  expect(taken.next().done).toBe(false)
  inbox.put({ type: 'messages', messages: [] })
  expect(taken.next().done).toBe(true)
  expect(inbox.size).toBe(1)
})
