import * as encoding from 'lib0/encoding'
import { messageYjsSyncStep1, messageYjsUpdate } from 'y-protocols/sync'
import { expect, test } from 'vitest'
import {
  fileId,
  holdable,
  noteUpdates,
  startHub,
  turns,
} from '../../../test/relay/support/hub-agent.ts'
import { silentLogger } from '../../../test/fakes/silent-logger.ts'
import { emptyUpdate } from '../../shared/doc/note-doc.ts'
import { type DeviceId, randomId } from '../../shared/ids.ts'
import { SeededRandom } from '../../../test/fakes/seeded-random.ts'
import { MemoryDocStore, newMemoryDisk } from '../store/memory-doc-store.ts'
import { Allowance } from './allowance.ts'
import { AwarenessRoom } from './awareness-room.ts'
import { newDeviceAllowance } from './device-allowances.ts'
import { YjsConnection } from './yjs-connection.ts'

/** An editor on a relay whose disk takes nothing until `open` is called; so many bytes it has not read. */
async function editorOnSlowDisk(unread = 0) {
  const { settle, open } = holdable()
  const hub = await startHub(new MemoryDocStore(newMemoryDisk('e'), settle))
  const closed: number[] = []
  const connection = new YjsConnection({
    hub,
    doc: fileId('a'),
    access: { device: randomId<DeviceId>(new SeededRandom(1)), role: 'editor' },
    allowance: { ...newDeviceAllowance(), edits: new Allowance({ items: 100, bytes: 4_500 }) },
    room: new AwarenessRoom(),
    log: silentLogger,
    send: () => undefined,
    close: (code) => void closed.push(code),
    buffered: () => unread,
  })
  await connection.open()
  const say = (type: number, bytes: Uint8Array): void =>
    connection.receive(
      encoding.encode((to) => {
        encoding.writeVarUint(to, 0)
        encoding.writeVarUint(to, type)
        encoding.writeVarUint8Array(to, bytes)
      }),
    )
  return { say, closed, open }
}

const [large = emptyUpdate()] = noteUpdates(['x'.repeat(1_000)])

test('RELAY-18 an editor whose edits wait for the store is sent away when they are too many bytes', async () => {
  const { say, closed } = await editorOnSlowDisk()
  for (let n = 0; n < 4; n++) say(messageYjsUpdate, large)
  expect(closed).toEqual([])
  say(messageYjsUpdate, large)
  expect(closed).toEqual([1013])
})

test('RELAY-18 edits that are stored make room for others', async () => {
  const { say, closed, open } = await editorOnSlowDisk()
  for (let n = 0; n < 6; n++) {
    say(messageYjsUpdate, large)
    await turns()
    open()
    await turns()
  }
  expect(closed).toEqual([])
})

test('RELAY-18 an editor that asks for the document over and over and reads nothing is sent away', async () => {
  const { say, closed } = await editorOnSlowDisk(8 * 1024 * 1024)
  for (let n = 0; n < 100_000; n++) say(messageYjsSyncStep1, Uint8Array.from([0]))
  expect(closed).toEqual([])
  say(messageYjsSyncStep1, Uint8Array.from([0]))
  expect(closed).toEqual([1013])
})
