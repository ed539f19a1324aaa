// How much one turn takes on.
import { expect, test } from 'vitest'
import { fileId, pathOf, someVault, statAt } from '../../../test/fakes/facts.ts'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { MemoryBlobDisk } from '../../../test/fakes/memory-blob-disk.ts'
import { MemoryRemote } from '../../../test/fakes/memory-remote.ts'
import { MemoryDisk } from '../../../test/fakes/memory-disk.ts'
import { MemoryFolder } from '../../../test/fakes/memory-folder.ts'
import { SeededRandom } from '../../../test/fakes/seeded-random.ts'
import { silentLogger } from '../../../test/fakes/silent-logger.ts'
import { seedNote } from '../../shared/doc/note-doc.ts'
import { AppError } from '../../shared/errors.ts'
import { type DeviceId, randomId } from '../../shared/ids.ts'
import type { AgentMessage } from '../../shared/protocol/agent-message.ts'
import type { RelayMessage } from '../../shared/protocol/relay-message.ts'
import { protocolVersion } from '../../shared/protocol/version.ts'
import type { LinkEvents } from '../link/relay-link.ts'
import type { StoreChange } from '../store/local-store.ts'
import { MemoryLocalStore } from '../store/memory-local-store.ts'
import { ContestedFiles } from './contested-files.ts'
import type { MirrorContext } from './context.ts'
import { AwaitedBlobs } from './awaited-blobs.ts'
import { HintSet } from './hints.ts'
import { Ledger } from './ledger.ts'
import { Mirror } from './mirror.ts'
import { observe } from './observe.ts'
import { Outbox } from './outbox.ts'
import { planTurn } from './plan-turn.ts'
import { VanishedFiles } from './vanished.ts'

const megabyte = 1024 * 1024
const range = (count: number) => Array.from({ length: count }, (_, i) => i)

class WatchedStore extends MemoryLocalStore {
  /** Bytes of updates in each commit that has some. */
  readonly commits: number[] = []

  override async commit(changes: readonly StoreChange[]): Promise<void> {
    const bytes = changes.reduce(
      (sum, change) => sum + (change.type === 'append' ? change.update.length : 0),
      0,
    )
    if (bytes > 0) this.commits.push(bytes)
    await super.commit(changes)
  }
}

async function givenMirror() {
  const store = new WatchedStore()
  const clock = new ManualClock()
  const random = new SeededRandom(1)
  const folder = new MemoryFolder(
    () => clock.now(),
    () => undefined,
  )
  let link: LinkEvents | undefined
  const sends: (readonly AgentMessage[])[] = []
  const mirror = new Mirror(
    {
      vault: someVault,
      device: randomId<DeviceId>(random),
      disk: new MemoryDisk(folder, () => Promise.resolve()),
      blobs: new MemoryBlobDisk(folder),
      remoteBlobs: new MemoryRemote(),
      watcher: { start: () => Promise.resolve(), stop: () => Promise.resolve() },
      store,
      openLink: (events) => {
        link = events
        const nothing = (): void => undefined
        const send = (messages: readonly AgentMessage[]): void => void sends.push(messages)
        return { start: nothing, stop: nothing, restart: nothing, settled: nothing, send }
      },
      clock,
      random,
      log: silentLogger,
    },
    { onIdle: () => undefined, onCrash: (reason) => expect.unreachable(reason.message) },
  )
  await mirror.start()
  /** Polls, while other things have their turn between those of the mirror. */
  const poll = <Value>(read: () => Value) =>
    expect.poll(() => {
      clock.advance(0)
      return read()
    })
  return { store, mirror, sends, poll, link: link ?? expect.unreachable() }
}

test('SYNC-28 what a catch-up brings is made durable in parts', async () => {
  const { store, mirror, poll, link } = await givenMirror()
  const docs = range(12).map(fileId)
  link.onUp()
  link.onMessages([
    { type: 'welcome', protocol: protocolVersion, epoch: 'e', head: 12, recover: false },
    { type: 'changes', docs, last: true },
  ])
  for (const doc of docs) {
    const update = seedNote('x'.repeat(megabyte), 2)
    const state: RelayMessage = { type: 'state', doc, exists: true, update, mtime: 0 }
    link.onMessages([state])
  }
  await poll(() => mirror.isCaughtUp).toBe(true)
  await mirror.stop()
  expect(store.commits.reduce((sum, bytes) => sum + bytes, 0)).toBeGreaterThan(12 * megabyte)
  expect(Math.max(...store.commits)).toBeLessThan(3 * megabyte)
})

test('SYNC-28 what another relay lacks is sent in parts, the next when there is room, and not before hello', async () => {
  const { mirror, poll, link, sends } = await givenMirror()
  const docs = range(12).map(fileId)
  const welcome = { type: 'welcome', protocol: protocolVersion, head: 12 } as const
  link.onUp()
  link.onMessages([
    { ...welcome, epoch: 'e', recover: false },
    { type: 'changes', docs, last: true },
  ])
  const update = seedNote('x'.repeat(megabyte), 2)
  for (const doc of docs) link.onMessages([{ type: 'state', doc, exists: true, update, mtime: 0 }])
  await poll(() => mirror.isCaughtUp).toBe(true)
  sends.length = 0
  link.onDown(new AppError('unreachable', 'cut'), false)
  link.onUp()
  await poll(() => sends.length).toBe(1)
  link.onMessages([
    { ...welcome, epoch: 'f', recover: true },
    { type: 'missing', docs },
    { type: 'changes', docs: [], last: true },
  ])
  const sent = () => sends.flat()
  const edits = () => sent().flatMap((message) => (message.type === 'update' ? [message] : []))
  await poll(() => edits().length).toBe(4)
  for (let n = 0; n < docs.length; n++) {
    await poll(() => edits().length).toBeGreaterThan(n)
    link.onMessages([{ type: 'ack', ref: edits()[n]?.ref ?? 0, seq: n + 1 }])
  }
  await poll(() => mirror.isSynced).toBe(true)
  await mirror.stop()
  expect(new Set(edits().map(({ doc }) => doc))).toEqual(new Set(docs))
  expect(sent()[0]?.type).toBe('hello')
})

/** What the steps of a turn ask, with nothing on disk and nothing vanished. */
function givenContext() {
  const store = new MemoryLocalStore()
  const ledger = new Ledger(store)
  const outbox = new Outbox(ledger, () => undefined)
  return {
    ledger,
    outbox,
    index: {
      tree: { live: new Map(range(600).map((n) => [fileId(n), pathOf(`${n}.md`)])) },
      tombstone: () => undefined,
      content: () => undefined,
      aheadOf: () => undefined,
    },
    clock: new ManualClock(),
    log: silentLogger,
    hints: new HintSet(),
    pending: new Set(range(600).map(fileId)),
    vanished: new VanishedFiles(),
    postponed: new Map(),
    replaced: new Map(),
    failed: new Set(),
    blocked: new Map(),
    contested: new ContestedFiles(),
    awaited: new AwaitedBlobs(),
    staged: new Map(),
    scan: { generation: 1 },
    fingerprints: { isReading: () => false, filesInReading: () => [] },
  } as unknown as MirrorContext
}

test('SYNC-28 notes that are new here are planned in parts, until none is left', async () => {
  const context = givenContext()
  for (const id of context.pending) context.ledger.append(id, seedNote('x', 2), false)
  const nothing = { changed: [], moved: [], appeared: [] }
  expect(await planTurn(context, nothing)).toHaveLength(256)
  expect(await planTurn(context, nothing)).toHaveLength(256)
  expect(await planTurn(context, nothing)).toHaveLength(88)
  expect(await planTurn(context, nothing)).toHaveLength(0)
})

test('SYNC-28 while much waits for the relay’s answer nothing more is read', async () => {
  const context = givenContext()
  const { hints, clock, outbox } = context
  let looks = 0
  Object.assign(context, {
    disk: {
      rules: () => ({ ignores: () => false }),
      stat: async () => {
        looks += 1
        return { kind: 'file', stat: statAt(1) }
      },
      read: async () => undefined,
    },
  })
  hints.add(pathOf('a.md'), clock.now())
  outbox.seed(fileId(1), pathOf('b.md'), new Uint8Array(5 * megabyte))
  await observe(context)
  expect([looks, hints.size]).toEqual([0, 1])
  outbox.answered(1)
  await observe(context)
  expect(looks).toBe(1)
})
