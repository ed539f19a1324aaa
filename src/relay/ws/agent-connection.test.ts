import * as Y from 'yjs'
import { createHash } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { docDigest } from '../../shared/doc/digest.ts'
import { editNote, emptyUpdate, openDoc, seedNote } from '../../shared/doc/note-doc.ts'
import { INDEX } from '../../shared/ids.ts'
import { AppError } from '../../shared/errors.ts'
import { decodeRelayFrame } from '../../shared/protocol/codec.ts'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { SeededRandom } from '../../../test/fakes/seeded-random.ts'
import { newDeviceAllowance } from './device-allowances.ts'
import { MemoryDocStore, copyMemoryDisk, newMemoryDisk } from '../store/memory-doc-store.ts'
import {
  HubAgent,
  connect,
  fileId,
  holdable,
  noteUpdates,
  rewrites,
  startHub,
  textOf,
  turns,
} from '../../../test/relay/support/hub-agent.ts'

const doc = fileId('a')
const mebibyte = 1024 * 1024

test('RELAY-2 a seed is acknowledged and passed on', async () => {
  const hub = await startHub()
  const [a, b] = [await connect(hub), await connect(hub)]
  const [seed = emptyUpdate()] = noteUpdates(['hello'])
  a.say({ type: 'seed', ref: 1, doc, update: seed, mtime: 7 })
  expect(await a.next('ack')).toEqual({ type: 'ack', ref: 1, seq: 1 })
  expect(await b.next('update')).toEqual({
    type: 'update',
    doc,
    seq: 1,
    device: a.device,
    update: seed,
    mtime: 7,
  })
  expect(a.all('update')).toEqual([])
})

test('KIND-18 the time of a note’s last edit goes to all who hear of it, or ask for it later', async () => {
  const hub = await startHub()
  const [a, b] = [await connect(hub), await connect(hub)]
  const [seed = emptyUpdate(), edit = emptyUpdate()] = noteUpdates(['one', ' two'])
  a.say({ type: 'seed', ref: 1, doc, update: seed, mtime: 7 })
  a.say({ type: 'update', ref: 2, doc, update: edit, mtime: 5 })
  expect((await b.next('update')).mtime).toBe(7)
  expect((await b.next('update', 2)).mtime).toBe(5)
  b.say({ type: 'pull', doc, stateVector: new Uint8Array([0]) })
  expect((await b.next('state')).mtime).toBe(5)
  b.say({ type: 'seed', ref: 1, doc, update: noteUpdates(['other'], 20)[0] ?? seed, mtime: 9 })
  expect((await b.next('exists')).mtime).toBe(5)
})

test('KIND-18 what comes without a time is of the time when it came; the index has none', async () => {
  const hub = await startHub()
  const [a, b] = [await connect(hub), await connect(hub)]
  const [seed = emptyUpdate()] = noteUpdates(['one'])
  a.say({ type: 'seed', ref: 1, doc, update: seed, mtime: 0 })
  expect((await b.next('update')).mtime).toBe(hub.mtime(doc))
  expect(hub.mtime(doc)).toBeGreaterThan(0)
  expect(hub.mtime(INDEX)).toBe(0)
})

test('KIND-19 another time is passed on without text; the same again is not', async () => {
  const hub = await startHub()
  const [a, b] = [await connect(hub), await connect(hub)]
  const [seed = emptyUpdate()] = noteUpdates(['one'])
  a.say({ type: 'seed', ref: 1, doc, update: seed, mtime: 7 })
  for (const ref of [2, 3]) {
    a.say({ type: 'update', ref, doc, update: emptyUpdate(), mtime: 8 })
    await a.next('ack', ref)
  }
  await b.next('update', 2)
  expect(b.all('update').map(({ mtime }) => mtime)).toEqual([7, 8])
  expect(hub.head).toBe(2)
})

test('RELAY-2 of two seeds the first wins, even while its fsync is pending', async () => {
  const hold = holdable()
  const hub = await startHub(new MemoryDocStore(newMemoryDisk('e'), hold.settle))
  const [a, b] = [await connect(hub), await connect(hub)]
  a.say({ type: 'seed', ref: 1, doc, update: noteUpdates(['A'], 10)[0] ?? emptyUpdate(), mtime: 0 })
  b.say({ type: 'seed', ref: 2, doc, update: noteUpdates(['B'], 20)[0] ?? emptyUpdate(), mtime: 0 })
  await turns()
  expect([a.all('ack'), b.all('exists'), b.all('update')]).toEqual([[], [], []])
  hold.open()
  const exists = await b.next('exists')
  expect(textOf(exists.update)).toBe('A')
  expect((await a.next('ack')).seq).toBe(1)
  expect(hub.head).toBe(1)
})

test('RELAY-2 a seed whose winner could not be stored is taken itself', async () => {
  const hold = holdable()
  const hub = await startHub(new MemoryDocStore(newMemoryDisk('e'), hold.settle))
  const [a, b] = [await connect(hub), await connect(hub)]
  a.say({ type: 'seed', ref: 1, doc, update: noteUpdates(['A'], 10)[0] ?? emptyUpdate(), mtime: 0 })
  b.say({ type: 'seed', ref: 2, doc, update: noteUpdates(['B'], 20)[0] ?? emptyUpdate(), mtime: 0 })
  await turns()
  hold.fail(new AppError('storage-full', 'disk full'))
  expect((await a.next('refused')).code).toBe('storage-full')
  await turns()
  hold.open()
  expect((await b.next('ack')).ref).toBe(2)
  a.say({ type: 'pull', doc, stateVector: new Uint8Array() })
  expect(textOf((await a.next('state')).update)).toBe('B')
})

test('RELAY-1 nothing is acknowledged or passed on before it is durable', async () => {
  const hold = holdable()
  const hub = await startHub(new MemoryDocStore(newMemoryDisk('e'), hold.settle))
  const [a, b] = [await connect(hub), await connect(hub)]
  const [seed = emptyUpdate(), edit = emptyUpdate()] = noteUpdates(['one', ' two'])
  a.say(
    { type: 'seed', ref: 1, doc, update: seed, mtime: 0 },
    { type: 'update', ref: 2, doc, update: edit, mtime: 0 },
  )
  b.say({ type: 'pull', doc, stateVector: new Uint8Array() })
  expect((await b.next('state')).exists).toBe(false)
  expect(a.all('ack')).toEqual([])
  hold.open()
  await turns()
  hold.open()
  expect((await a.next('ack', 2)).seq).toBe(2)
  expect(b.all('update').map(({ seq }) => seq)).toEqual([1, 2])
})

test('RELAY-1 HC-134 a full disk refuses the edit, tells its sender and nobody else', async () => {
  const hold = holdable()
  const hub = await startHub(new MemoryDocStore(newMemoryDisk('e'), hold.settle))
  const [a, b] = [await connect(hub), await connect(hub)]
  const [seed = emptyUpdate()] = noteUpdates(['one'])
  a.say({ type: 'seed', ref: 1, doc, update: seed, mtime: 0 })
  await turns()
  hold.fail(new AppError('storage-full', 'disk full'))
  expect((await a.next('refused')).code).toBe('storage-full')
  expect(b.all('update')).toEqual([])
  expect(hub.head).toBe(0)
  a.say({ type: 'seed', ref: 2, doc, update: seed, mtime: 0 })
  await turns()
  hold.open()
  expect((await a.next('ack')).ref).toBe(2)
})

test('RELAY-3 HC-128 an edit sent again is acknowledged and not stored again', async () => {
  const disk = newMemoryDisk('e')
  const hub = await startHub(new MemoryDocStore(disk))
  const a = await connect(hub)
  const [seed = emptyUpdate(), edit = emptyUpdate()] = noteUpdates(['one', ' two'])
  a.say(
    { type: 'seed', ref: 1, doc, update: seed, mtime: 0 },
    { type: 'update', ref: 2, doc, update: edit, mtime: 0 },
  )
  await a.next('ack', 2)
  a.say({ type: 'update', ref: 3, doc, update: edit, mtime: 0 })
  a.say({ type: 'update', ref: 4, doc, update: emptyUpdate(), mtime: 0 })
  expect(await a.next('ack', 4)).toEqual({ type: 'ack', ref: 4, seq: 2 })
  expect(disk.ledger.length).toBe(2)
})

test('RELAY-6 catch-up names what changed after the cursor', async () => {
  const hub = await startHub()
  const a = await connect(hub)
  for (const letter of ['a', 'b', 'c']) {
    const [seed = emptyUpdate()] = noteUpdates([letter])
    a.say({ type: 'seed', ref: 1, doc: fileId(letter), update: seed, mtime: 0 })
  }
  await a.next('ack', 3)
  const b = new HubAgent(hub)
  b.hello(hub.epoch, 2)
  expect(await b.next('welcome')).toMatchObject({ head: 3, recover: false })
  expect(await b.next('changes')).toEqual({ type: 'changes', docs: [fileId('c')], last: true })
  const current = new HubAgent(hub)
  current.hello(hub.epoch, 3)
  expect(await current.next('changes')).toEqual({ type: 'changes', docs: [], last: true })
  expect(current.frames.length).toBe(1)
})

test('RELAY-2 an empty note exists and its state has two bytes', async () => {
  const hub = await startHub()
  const a = await connect(hub)
  a.say({ type: 'seed', ref: 1, doc, update: emptyUpdate(), mtime: 7 })
  await a.next('ack')
  a.say({ type: 'pull', doc, stateVector: new Uint8Array() })
  expect(await a.next('state')).toEqual({
    type: 'state',
    doc,
    exists: true,
    update: emptyUpdate(),
    mtime: 7,
  })
})

test('RELAY-7 HC-139 a relay rolled back compares digests and both sides learn what they lack', async () => {
  const disk = newMemoryDisk('e')
  const before = await startHub(new MemoryDocStore(disk))
  const a = await connect(before)
  const [same = emptyUpdate()] = noteUpdates(['same'])
  const [seed = emptyUpdate(), edit = emptyUpdate()] = noteUpdates(['x', 'y'])
  a.say({ type: 'seed', ref: 1, doc: fileId('a'), update: same, mtime: 0 })
  a.say({ type: 'seed', ref: 2, doc: fileId('b'), update: seed, mtime: 0 })
  await a.next('ack', 2)
  const backup = copyMemoryDisk(disk)
  a.say({ type: 'update', ref: 3, doc: fileId('b'), update: edit, mtime: 0 })
  a.say({ type: 'seed', ref: 4, doc: fileId('c'), update: same, mtime: 0 })
  await a.next('ack', 4)

  const after = await startHub(new MemoryDocStore(backup))
  const back = new HubAgent(after)
  back.hello('e', 4)
  const { epoch, recover } = await back.next('welcome')
  expect([recover, epoch === 'e']).toEqual([true, false])
  expect(back.all('changes')).toEqual([])
  const late = new HubAgent(after)
  late.hello('e', after.head)
  expect(await late.next('welcome')).toMatchObject({ epoch, recover: true })
  const digest = (updates: Uint8Array[]): Uint8Array => docDigest(openDoc(updates))
  back.say(
    { type: 'compare', docs: [{ doc: fileId('a'), digest: digest([same]) }], last: false },
    {
      type: 'compare',
      docs: [
        { doc: fileId('b'), digest: digest([seed, edit]) },
        { doc: fileId('c'), digest: digest([same]) },
      ],
      last: true,
    },
  )
  expect(await back.next('missing')).toEqual({ type: 'missing', docs: [fileId('c')] })
  expect(await back.next('changes')).toEqual({ type: 'changes', docs: [fileId('b')], last: true })
})

test('RELAY-7 HC-139 a relay rolled back is noticed though it has given out as many numbers anew', async () => {
  const disk = newMemoryDisk('e')
  const letters = ['a', 'b', 'c']
  const [seed = emptyUpdate()] = noteUpdates(['x'])
  const fill = (agent: HubAgent): void =>
    letters.forEach((letter, ref) =>
      agent.say({ type: 'seed', ref, doc: fileId(letter), update: seed, mtime: 0 }),
    )
  const backup = copyMemoryDisk(disk)
  const a = await connect(await startHub(new MemoryDocStore(disk)))
  fill(a)
  const { seq: lost } = await a.next('ack', 2)
  const after = await startHub(new MemoryDocStore(backup), new ManualClock(), new SeededRandom(3))
  const behind = new HubAgent(after)
  behind.hello('e', 0)
  expect(await behind.next('welcome')).toMatchObject({ epoch: 'e', recover: false })
  fill(behind)
  const { seq: anew } = await behind.next('ack', 3)
  expect(anew).toBeGreaterThan(lost)
  const same = new HubAgent(after)
  same.hello('e', anew)
  expect((await same.next('welcome')).recover).toBe(false)
  const ahead = new HubAgent(after)
  ahead.hello('e', lost)
  const { recover, epoch } = await ahead.next('welcome')
  expect(recover).toBe(true)
  expect(await same.next('epoch')).toEqual({ type: 'epoch', epoch })
})

test('RELAY-7 HC-140 another epoch makes the agent compare, an agent without one does not', async () => {
  const hub = await startHub()
  const [old, fresh] = [new HubAgent(hub), new HubAgent(hub)]
  old.hello('elsewhere', 0)
  fresh.hello('', 0)
  expect((await old.next('welcome')).recover).toBe(true)
  expect((await fresh.next('welcome')).recover).toBe(false)
})

test('RELAY-8 HC-144 a session that connects again replaces itself', async () => {
  const hub = await startHub()
  const first = await connect(hub)
  const second = new HubAgent(hub, 'editor', first.session)
  second.hello()
  await second.next('welcome')
  expect(await first.closed()).toBe(4410)
  expect((await first.next('bye')).code).toBe('replaced')
  first.connection.closed()
  const other = await connect(hub)
  other.say({ type: 'seed', ref: 1, doc, update: noteUpdates(['x'])[0] ?? emptyUpdate(), mtime: 0 })
  expect((await second.next('update')).seq).toBe(1)
})

test('PROTO-3 HC-154 another protocol version is told which one is spoken here', async () => {
  const hub = await startHub()
  const a = new HubAgent(hub)
  a.say({ type: 'hello', protocol: 99, session: a.session, clientId: 1, epoch: '', cursor: 0 })
  expect((await a.next('bye')).code).toBe('unsupported-version')
  expect(await a.closed()).toBe(4426)
})

test('RELAY-9 HC-170 a viewer reads and may not write', async () => {
  const hub = await startHub()
  const viewer = await connect(hub, 'viewer')
  viewer.say({
    type: 'seed',
    ref: 1,
    doc,
    update: noteUpdates(['x'])[0] ?? emptyUpdate(),
    mtime: 0,
  })
  expect((await viewer.next('refused')).code).toBe('forbidden')
})

test('RELAY-9 a viewer that knows numbers nobody gave out compares, and nobody else has to', async () => {
  const hub = await startHub()
  const { epoch } = hub
  const a = await connect(hub)
  a.say({ type: 'seed', ref: 1, doc, update: noteUpdates(['x'])[0] ?? emptyUpdate(), mtime: 0 })
  await a.next('ack')
  const viewer = new HubAgent(hub, 'viewer')
  viewer.hello(epoch, 99)
  expect(await viewer.next('welcome')).toMatchObject({ epoch, head: 1, recover: true })
  viewer.say({ type: 'compare', docs: [], last: true })
  expect(await viewer.next('changes')).toEqual({ type: 'changes', docs: [doc], last: true })
  const editor = new HubAgent(hub)
  editor.hello(epoch, 1)
  expect(await editor.next('welcome')).toMatchObject({ epoch, recover: false })
})

test('SYNC-24 find replays history for a text that the note had', async () => {
  const hub = await startHub()
  const a = await connect(hub)
  const updates = noteUpdates(['one', ' two', ' three'])
  updates.forEach((update, ref) =>
    a.say({ type: ref === 0 ? 'seed' : 'update', ref, doc, update, mtime: 0 }),
  )
  await a.next('ack', 3)
  const hash = (text: string): Uint8Array => createHash('sha256').update(text).digest()
  a.say({ type: 'find', ref: 7, doc, hash: hash('one two') })
  a.say({ type: 'find', ref: 8, doc, hash: hash('never') })
  const [known, unknown] = [await a.next('found', 1), await a.next('found', 2)]
  expect(known).toEqual({ type: 'found', ref: 7, known: true })
  expect(unknown).toEqual({ type: 'found', ref: 8, known: false })
})

test('RELAY-18 finds are answered one at a time, and others have their turn between them', async () => {
  const hub = await startHub()
  const [asking, other] = [await connect(hub, 'viewer'), await connect(hub)]
  const updates = noteUpdates(Array.from({ length: 20 }, (_, i) => `${i} `))
  updates.forEach((update, ref) =>
    other.say({ type: ref === 0 ? 'seed' : 'update', ref, doc, update, mtime: 0 }),
  )
  await other.next('ack', 20)
  for (let ref = 0; ref < 50; ref++) {
    asking.say({ type: 'find', ref, doc, hash: new Uint8Array(32) })
  }
  other.say({ type: 'pull', doc, stateVector: new Uint8Array() })
  await other.next('state')
  expect(asking.all('found').length).toBeLessThan(10)
  await asking.next('found', 50)
  expect(asking.all('found').map(({ ref }) => ref)).toEqual(Array.from({ length: 50 }, (_, i) => i))
})

test('RELAY-18 who asks for too many versions at once is told to come back later', async () => {
  const hub = await startHub()
  const viewer = await connect(hub, 'viewer')
  for (let ref = 0; ref < 100; ref++) {
    viewer.say({ type: 'find', ref, doc, hash: new Uint8Array(32) })
  }
  expect(await viewer.closed()).toBe(1013)
  expect(viewer.all('bye').map(({ code }) => code)).toEqual(['rate-limited'])
})

test('RELAY-18 what two connections of a device ask for counts together, until one of them ends', async () => {
  const hub = await startHub()
  const allowance = newDeviceAllowance()
  const agents = Array.from({ length: 3 }, () => new HubAgent(hub, 'viewer', undefined, allowance))
  const [a, b, c] = agents
  if (a === undefined || b === undefined || c === undefined) return expect.unreachable()
  for (const agent of agents) {
    agent.hello()
    await agent.next('welcome')
    agent.buffered = 8 * 1024 * 1024
  }
  const ask = (agent: HubAgent) => {
    const finds = Array.from({ length: 40 }, (_, ref) => ({ ref, doc, hash: new Uint8Array(32) }))
    agent.say(...finds.map((find) => ({ type: 'find', ...find }) as const))
  }
  ask(a)
  ask(b)
  expect([a.closedWith, b.closedWith]).toEqual([undefined, 1013])
  a.connection.closed()
  ask(c)
  expect(c.closedWith).toBeUndefined()
})

test('RELAY-18 who asks for too many documents and reads none is told to come back later', async () => {
  const hub = await startHub()
  const viewer = await connect(hub, 'viewer')
  viewer.buffered = 8 * 1024 * 1024
  const pull = { type: 'pull', doc, stateVector: new Uint8Array() } as const
  const frame = Array.from({ length: 4096 }, () => pull)
  for (let n = 0; n < 24; n++) viewer.say(...frame)
  expect(viewer.closedWith).toBeUndefined()
  viewer.say(...frame)
  expect(viewer.all('bye').map(({ code }) => code)).toEqual(['rate-limited'])
})

test('RELAY-10 HC-173 a reader that does not read is dropped to catch-up', async () => {
  const hub = await startHub()
  const [a, slow] = [await connect(hub), await connect(hub)]
  slow.buffered = 64 * 1024 * 1024
  a.say({ type: 'seed', ref: 1, doc, update: noteUpdates(['x'])[0] ?? emptyUpdate(), mtime: 0 })
  expect(await slow.closed()).toBe(1013)
  expect(slow.all('bye').map(({ code }) => code)).toEqual(['slow-reader'])
})

test('RELAY-1 what became durable together is passed on in one frame', async () => {
  const hold = holdable()
  const hub = await startHub(new MemoryDocStore(newMemoryDisk('e'), hold.settle))
  const [a, b] = [await connect(hub), await connect(hub)]
  const [seed = emptyUpdate(), first = seed, ...rest] = noteUpdates(['0', '1', '2', '3', '4', '5'])
  a.say({ type: 'seed', ref: 0, doc, update: seed, mtime: 0 })
  await turns()
  hold.open()
  await b.next('update')
  const framesBefore = b.frames.length
  a.say({ type: 'update', ref: 1, doc, update: first, mtime: 0 })
  await turns()
  rest.forEach((update, at) => a.say({ type: 'update', ref: at + 2, doc, update, mtime: 0 }))
  await turns()
  hold.open()
  await turns()
  hold.open()
  await b.next('update', 6)
  expect(b.frames.length - framesBefore).toBe(2)
  expect(decodeRelayFrame(b.frames.at(-1) ?? new Uint8Array()).length).toBe(4)
})

test('RELAY-4 HC-155 HC-157 HC-158 what cannot be decoded or applied is refused; nobody else notices', async () => {
  const hub = await startHub()
  const [a, b] = [await connect(hub), await connect(hub)]
  const [seed = emptyUpdate(), edit = emptyUpdate()] = noteUpdates(['text', '!'])
  a.say({ type: 'seed', ref: 1, doc, update: seed, mtime: 0 })
  await a.next('ack')
  const self = Uint8Array.from([1, 1, 9, 0, 0x84, 9, 0, 1, 65, 0])
  a.say({ type: 'update', ref: 2, doc, update: self, mtime: 0 })
  expect((await a.next('refused')).code).toBe('invalid-update')
  a.say({ type: 'update', ref: 3, doc, update: edit, mtime: 0 })
  expect((await a.next('ack', 2)).seq).toBe(2)
  expect(textOf(...b.all('update').map(({ update }) => update))).toBe('text!')
  const map = new Y.Doc()
  map.getMap('paths').set('no-id', 'x')
  a.say({ type: 'update', ref: 4, doc: INDEX, update: Y.encodeStateAsUpdate(map), mtime: 0 })
  expect((await a.next('refused', 2)).ref).toBe(4)
  a.connection.receive(Uint8Array.from([250, 1, 2]))
  expect(await a.closed()).toBe(1003)
  expect(b.closedWith).toBeUndefined()
})

test('RELAY-4 HC-159 more than a megabyte that waits for a missing update is refused, and taken once that came', async () => {
  const hub = await startHub()
  const a = await connect(hub)
  const much = 'x'.repeat(1024 * 1024)
  const [seed = emptyUpdate(), first = emptyUpdate(), second = emptyUpdate()] = noteUpdates([
    'text',
    '!',
    much,
  ])
  a.say(
    { type: 'seed', ref: 1, doc, update: seed, mtime: 0 },
    { type: 'update', ref: 2, doc, update: second, mtime: 0 },
  )
  expect(await a.next('refused')).toMatchObject({ ref: 2, code: 'too-large' })
  a.say(
    { type: 'update', ref: 3, doc, update: first, mtime: 0 },
    { type: 'update', ref: 4, doc, update: second, mtime: 0 },
  )
  expect((await a.next('ack', 3)).ref).toBe(4)
  a.say({ type: 'pull', doc, stateVector: new Uint8Array() })
  expect(textOf((await a.next('state')).update) === `text!${much}`).toBe(true)
})

test('RELAY-10 HC-173 answers to pulls wait for a peer that does not take them', async () => {
  const hub = await startHub()
  const a = await connect(hub)
  a.say({ type: 'seed', ref: 1, doc, update: noteUpdates(['x'])[0] ?? emptyUpdate(), mtime: 0 })
  await a.next('ack')
  a.buffered = 8 * 1024 * 1024
  a.say({ type: 'pull', doc, stateVector: new Uint8Array() })
  await turns()
  expect(a.all('state')).toEqual([])
  a.buffered = 0
  a.connection.drained()
  expect((await a.next('state')).exists).toBe(true)
})

test('STORE-5 a document with many updates is compacted when it rests', async () => {
  const disk = newMemoryDisk('e')
  const clock = new ManualClock()
  const hub = await startHub(new MemoryDocStore(disk), clock)
  const a = await connect(hub)
  const updates = noteUpdates(Array.from({ length: 502 }, (_, i) => `${i} `))
  updates.forEach((update, ref) =>
    a.say({ type: ref === 0 ? 'seed' : 'update', ref, doc, update, mtime: 0 }),
  )
  await a.next('ack', 502)
  const stored = (): number => [...disk.vaults.values()][0]?.updates.get(doc)?.length ?? 0
  clock.advance(4_999)
  await turns()
  expect(stored()).toBe(502)
  clock.advance(1)
  await turns()
  expect(stored()).toBe(1)
  a.say({ type: 'pull', doc, stateVector: new Uint8Array() })
  expect(textOf((await a.next('state')).update)).toBe(textOf(...updates))
})

test('STORE-5 a document with many bytes of updates is compacted when it rests', async () => {
  const disk = newMemoryDisk('e')
  const clock = new ManualClock()
  const hub = await startHub(new MemoryDocStore(disk), clock)
  const a = await connect(hub)
  const updates = rewrites(['a', 'b', 'c', 'd'].map((letter) => letter.repeat(3 * mebibyte)))
  updates.forEach((update, ref) =>
    a.say({ type: ref === 0 ? 'seed' : 'update', ref, doc, update, mtime: 0 }),
  )
  await a.next('ack', 4)
  const stored = (): readonly Uint8Array[] => [...disk.vaults.values()][0]?.updates.get(doc) ?? []
  expect(stored().length).toBe(4)
  clock.advance(5_000)
  await turns()
  expect(stored().map(({ length }) => Math.floor(length / mebibyte))).toEqual([3])
  expect(textOf(...stored())).toBe('d'.repeat(3 * mebibyte))
})

test('RELAY-22 a note that is full is not read again for an edit that only adds, until one shrinks it', async () => {
  const store = new MemoryDocStore(newMemoryDisk('e'))
  const read = vi.spyOn(store, 'read')
  const a = await connect(await startHub(store))
  const [seed = emptyUpdate(), more = emptyUpdate(), tooMuch = emptyUpdate()] = noteUpdates(
    ['a', 'b', 'c'].map((letter) => letter.repeat(20 * mebibyte)),
  )
  a.say(
    { type: 'seed', ref: 1, doc, update: seed, mtime: 0 },
    { type: 'update', ref: 2, doc, update: more, mtime: 0 },
  )
  a.say({ type: 'update', ref: 3, doc, update: tooMuch, mtime: 0 })
  await a.next('refused')
  const reads = read.mock.calls.length
  const other = seedNote('d'.repeat(20 * mebibyte), 9)
  a.say({ type: 'update', ref: 4, doc, update: other, mtime: 0 })
  expect(await a.next('refused', 2)).toMatchObject({ ref: 4, code: 'too-large' })
  expect(read).toHaveBeenCalledTimes(reads)
  a.say({ type: 'update', ref: 5, doc, update: more, mtime: 0 })
  expect((await a.next('ack', 3)).ref).toBe(5)
  const note = openDoc([seed, more], 7)
  const cut = editNote(note, [{ at: 0, remove: 20 * mebibyte, insert: '' }], 'disk')
  a.say(
    { type: 'update', ref: 6, doc, update: cut, mtime: 0 },
    { type: 'update', ref: 7, doc, update: other, mtime: 0 },
  )
  expect((await a.next('ack', 5)).ref).toBe(7)
}, 60_000)

test('STORE-5 many edits at once of a document with too many bytes of them are one compaction', async () => {
  const store = new MemoryDocStore(newMemoryDisk('e'))
  const compact = vi.spyOn(store, 'compact')
  const hub = await startHub(store)
  const a = await connect(hub)
  const texts = Array.from({ length: 17 }, (_, i) => String(i % 10).repeat(3 * mebibyte))
  const updates = rewrites([...texts, ...Array.from({ length: 100 }, (_, i) => `${i}`)])
  updates.forEach((update, ref) =>
    a.say({ type: ref === 0 ? 'seed' : 'update', ref, doc, update, mtime: 0 }),
  )
  await a.next('ack', updates.length)
  await hub.stop()
  expect(compact).toHaveBeenCalledTimes(1)
}, 60_000)

test('RELAY-22 HC-188 an edit that no peer could take together with the rest is refused, and the next one is not', async () => {
  const hub = await startHub()
  const [a, b] = [await connect(hub), await connect(hub)]
  const [seed = emptyUpdate(), more = emptyUpdate(), tooMuch = emptyUpdate()] = noteUpdates(
    ['a', 'b', 'c'].map((letter) => letter.repeat(20 * mebibyte)),
  )
  const [, small = emptyUpdate()] = noteUpdates(['a'.repeat(20 * mebibyte), 'small'])
  a.say(
    { type: 'seed', ref: 1, doc, update: seed, mtime: 0 },
    { type: 'update', ref: 2, doc, update: more, mtime: 0 },
  )
  a.say({ type: 'update', ref: 3, doc, update: tooMuch, mtime: 0 })
  expect(await a.next('refused')).toMatchObject({ ref: 3, code: 'too-large' })
  b.say({ type: 'pull', doc, stateVector: new Uint8Array() })
  const { update } = await b.next('state')
  expect(textOf(update).length).toBe(40 * mebibyte)
  b.say({ type: 'update', ref: 4, doc, update: small, mtime: 0 })
  expect((await b.next('ack')).ref).toBe(4)
}, 60_000)
