// A store of which nobody knows what it holds.
import { expect, test } from 'vitest'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { SeededRandom } from '../../../test/fakes/seeded-random.ts'
import { silentLogger } from '../../../test/fakes/silent-logger.ts'
import {
  HubAgent,
  connect,
  fileId,
  noteUpdates,
  textOf,
  vaultId,
} from '../../../test/relay/support/hub-agent.ts'
import { FailingCommits } from '../../../test/fakes/failing-commits.ts'
import { emptyUpdate } from '../../shared/doc/note-doc.ts'
import { MemoryDocStore, newMemoryDisk } from '../store/memory-doc-store.ts'
import { Hubs } from './hubs.ts'

const doc = fileId('d')
const vault = vaultId('v')

function givenHubs() {
  const commits = new FailingCommits()
  const store = new MemoryDocStore(
    newMemoryDisk('e'),
    () => Promise.resolve().then(() => commits.settle()),
    () => commits.settled(),
  )
  const hubs = new Hubs({
    store,
    clock: new ManualClock(),
    random: new SeededRandom(1),
    log: silentLogger,
  })
  return { commits, hubs }
}

const [seed = emptyUpdate(), edit = emptyUpdate()] = noteUpdates(['one', ' two'])

test('RELAY-19 an edit that was stored all the same reaches everybody, also after a later one', async () => {
  const { commits, hubs } = givenHubs()
  const before = await hubs.get(vault)
  const [a, b] = [await connect(before), await connect(before)]
  commits.failNext('all')
  a.say({ type: 'seed', ref: 1, doc, update: seed, mtime: 0 })
  b.say({ type: 'seed', ref: 1, doc: fileId('e'), update: seed, mtime: 0 })
  await Promise.all([a.closed(), b.closed()])
  expect([...a.all('ack'), ...a.all('update'), ...b.all('update')]).toEqual([])
  const after = await connect(await hubs.get(vault))
  expect((await after.next('changes')).docs).toContain(doc)
  after.say({ type: 'pull', doc, stateVector: new Uint8Array() })
  expect(textOf((await after.next('state')).update)).toBe('one')
})

test('RELAY-19 an edit that was not stored is taken when it comes again', async () => {
  const { commits, hubs } = givenHubs()
  const a = await connect(await hubs.get(vault))
  a.say({ type: 'seed', ref: 1, doc, update: seed, mtime: 0 })
  await a.next('ack')
  commits.failNext('nothing')
  a.say({ type: 'update', ref: 2, doc, update: edit, mtime: 0 })
  expect((await a.next('refused')).code).toBe('storage')
  await a.closed()
  const hub = await hubs.get(vault)
  const [again, b] = [await connect(hub), await connect(hub)]
  again.say({ type: 'update', ref: 1, doc, update: edit, mtime: 0 })
  await again.next('ack')
  expect((await b.next('update')).update).toEqual(edit)
})

test('RELAY-19 whoever comes to a hub that is over is sent away', async () => {
  const { hubs } = givenHubs()
  const hub = await hubs.get(vault)
  await hub.stop()
  const late = new HubAgent(hub)
  late.hello()
  expect(await late.closed()).toBe(1012)
})
