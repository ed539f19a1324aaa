// How one lasting connection goes on after it was refused.
import { expect, test } from 'vitest'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { SeededRandom } from '../../../test/fakes/seeded-random.ts'
import { silentLogger } from '../../../test/fakes/silent-logger.ts'
import { AppError } from '../../shared/errors.ts'
import { RelayLink } from './relay-link.ts'
import type { SocketHandlers } from './socket.ts'

test('LINK-1 a relay whose disk is full is asked again after ten seconds, though it welcomes us', () => {
  const clock = new ManualClock()
  const connections: SocketHandlers[] = []
  const connect = (handlers: SocketHandlers) => {
    connections.push(handlers)
    return { send: () => undefined, close: () => undefined }
  }
  const ports = { connect, clock, random: new SeededRandom(1), log: silentLogger }
  const none = (): void => undefined
  const link = new RelayLink(ports, { onUp: none, onMessages: none, onDown: none })
  link.start()
  for (const attempt of [1, 2, 3]) {
    connections.at(-1)?.onOpen()
    link.settled()
    link.restart(new AppError('storage-full', "the relay's disk is full"))
    clock.advance(9_999)
    expect(connections).toHaveLength(attempt)
    clock.advance(1)
    expect(connections).toHaveLength(attempt + 1)
  }
  link.stop()
})
