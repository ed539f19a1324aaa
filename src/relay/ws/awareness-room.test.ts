import { expect, test } from 'vitest'
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { SeededRandom } from '../../../test/fakes/seeded-random.ts'
import { type DeviceId, randomId } from '../../shared/ids.ts'
import { AwarenessRoom } from './awareness-room.ts'

const random = new SeededRandom(1)

/** An editor in `room`. What it hears it does not repeat by itself. */
function editorIn(room: AwarenessRoom) {
  const awareness = new Awareness(new Y.Doc())
  const device = randomId<DeviceId>(random)
  const tell = (update: Uint8Array): void => applyAwarenessUpdate(awareness, update, 'room')
  let peer = { device, tell }
  const join = (): void => room.join(peer)
  join()
  const announce = (client: number): void =>
    room.receive(peer, encodeAwarenessUpdate(awareness, [client]))
  return {
    client: awareness.clientID,
    isAt: (at: string): void => {
      awareness.setLocalState({ at })
      announce(awareness.clientID)
    },
    /** Says of another's client what that one has never said. */
    forge: (client: number, clock: number, state: object): void => {
      awareness.states.set(client, { ...state })
      awareness.meta.set(client, { clock, lastUpdated: 0 })
      announce(client)
    },
    join,
    leave: (): void => room.leave(peer),
    /** A new connection, while the relay still believes in the former. Returns how that one ends. */
    reconnect: (): (() => void) => {
      const former = peer
      peer = { device, tell }
      join()
      return () => room.leave(former)
    },
    seen: (client: number): unknown => awareness.getStates().get(client)?.['at'],
    destroy: (): void => awareness.destroy(),
  }
}

function givenThree() {
  const room = new AwarenessRoom()
  const editors = [editorIn(room), editorIn(room), editorIn(room)] as const
  return { room, editors, [Symbol.dispose]: () => editors.forEach((editor) => editor.destroy()) }
}

test('RELAY-23 what is repeated of an editor after it has gone does not bring it back', () => {
  using given = givenThree()
  const [a, repeater, witness] = given.editors
  a.isAt('top')
  a.leave()
  expect([repeater.seen(a.client), witness.seen(a.client)]).toEqual([undefined, undefined])
  repeater.forge(a.client, 1, { at: 'top' })
  expect(witness.seen(a.client)).toBeUndefined()
  expect(given.room.all()).toBeUndefined()
})

test('RELAY-23 nobody but the editor itself says where it is, or that it is gone', () => {
  using given = givenThree()
  const [a, thief, witness] = given.editors
  a.isAt('top')
  thief.forge(a.client, 100, { at: 'elsewhere' })
  expect(witness.seen(a.client)).toBe('top')
  thief.leave()
  expect(witness.seen(a.client)).toBe('top')
  a.isAt('bottom')
  expect(witness.seen(a.client)).toBe('bottom')
})

test('RELAY-23 an editor that has gone comes back with its next word', () => {
  using given = givenThree()
  const [a, repeater, witness] = given.editors
  a.isAt('top')
  a.leave()
  repeater.forge(a.client, 1, { at: 'top' })
  a.join()
  a.isAt('bottom')
  expect(witness.seen(a.client)).toBe('bottom')
})

test('RELAY-23 an editor whose connection broke says at once on the next one where it is', () => {
  using given = givenThree()
  const [a, , witness] = given.editors
  a.isAt('top')
  const formerEnds = a.reconnect()
  a.isAt('bottom')
  expect(witness.seen(a.client)).toBe('bottom')
  formerEnds()
  expect(witness.seen(a.client)).toBe('bottom')
  a.leave()
  expect(witness.seen(a.client)).toBeUndefined()
})
