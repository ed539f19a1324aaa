// The agent of one vault through starts, pauses, failures and commands, on virtual time.
import { expect, test, vi } from 'vitest'
import type { DiskEntry } from '../../src/agent/core/facts.ts'
import type { Watcher } from '../../src/agent/disk/disk.ts'
import { MemoryLocalStore, StoreMemory } from '../../src/agent/store/memory-local-store.ts'
import { VaultAgent } from '../../src/agent/vault-agent.ts'
import { AppError } from '../../src/shared/errors.ts'
import { type DeviceId, randomId } from '../../src/shared/ids.ts'
import type { VaultPath } from '../../src/shared/vault-path.ts'
import { pathOf, someVault } from '../fakes/facts.ts'
import { FailingCommits } from '../fakes/failing-commits.ts'
import { MemoryBlobDisk } from '../fakes/memory-blob-disk.ts'
import { MemoryRemote } from '../fakes/memory-remote.ts'
import { MemoryDisk } from '../fakes/memory-disk.ts'
import { type Inode, MemoryFolder } from '../fakes/memory-folder.ts'
import { Process, Scheduler } from '../fakes/scheduler.ts'
import { SeededRandom } from '../fakes/seeded-random.ts'
import { silentLogger } from '../fakes/silent-logger.ts'
import { Cable } from './network.ts'
import { SimRelay } from './relay.ts'

/** Edits are found by sweeps only. */
class CountingWatcher implements Watcher {
  running = 0
  start(): Promise<void> {
    this.running++
    return Promise.resolve()
  }
  stop(): Promise<void> {
    this.running = Math.max(0, this.running - 1)
    return Promise.resolve()
  }
}

/** A store whose opening waits for `gate`, and fails when told to, and whose closing waits for `closeGate`. */
class GatedStore extends MemoryLocalStore {
  gate: Promise<void> = Promise.resolve()
  closeGate: Promise<void> = Promise.resolve()
  failures = 0

  override async close() {
    await this.closeGate
    await super.close()
  }

  override async open() {
    await this.gate
    if (this.failures-- > 0) throw new AppError('storage', 'the local store cannot be opened')
    return await super.open()
  }
}

/** A disk with files that may not be read. */
class LockedDisk extends MemoryDisk {
  readonly locked = new Set<VaultPath>()

  override async stat(path: VaultPath): Promise<DiskEntry | undefined> {
    const entry = await super.stat(path)
    return this.locked.has(path) ? { kind: 'unreadable', why: 'no permission to read it' } : entry
  }
}

async function givenAgent() {
  const random = new SeededRandom(1)
  const scheduler = new Scheduler(random)
  const process = new Process('agent')
  const clock = scheduler.clock(process)
  const log = silentLogger
  const relay = new SimRelay(someVault, scheduler, random, log)
  const device = { id: randomId<DeviceId>(random), name: 'one' }
  const cable = new Cable(scheduler, random, (send, close) => relay.accept(device.id, send, close))
  const folder = new MemoryFolder(() => scheduler.now(), vi.fn())
  const commits = new FailingCommits()
  const settle = async (): Promise<void> => {
    await scheduler.step(process)
    commits.settle()
  }
  const store = new GatedStore(new StoreMemory(), settle)
  const watcher = new CountingWatcher()
  const disk = new LockedDisk(folder, () => scheduler.step(process))
  const pauseMark = { isSet: false, set: vi.fn(), clear: vi.fn() }
  const agent = new VaultAgent({
    vault: { id: someVault, name: 'Notes' },
    device,
    folder: '/notes',
    only: [],
    relayUrl: 'http://relay',
    pid: 1,
    disk,
    blobs: new MemoryBlobDisk(folder),
    remoteBlobs: new MemoryRemote(),
    watcher,
    store,
    pauseMark,
    connect: cable.connect(process, new Process('wire')),
    clock,
    random,
    log,
  })
  const passes = (ms: number) => scheduler.run(scheduler.now() + ms)
  /** Lets time pass, in small steps, until `work` is done. */
  const within = async <T>(work: Promise<T>, ms = 120_000): Promise<T> => {
    let isDone = false
    const mark = () => (isDone = true)
    work.then(mark, mark)
    const end = scheduler.now() + ms
    while (!isDone && scheduler.now() < end) await passes(10)
    if (!isDone) throw new Error(`not within ${ms} ms`)
    return await work
  }
  await within(relay.start())
  const state = async () => (await within(agent.status())).state
  const path = (n: number) => pathOf(`${n}.md`)
  /** Starts the agent on a folder with so many notes, which the relay has then. */
  const startInStep = async (notes = 0): Promise<void> => {
    for (let n = 1; n <= notes; n++) folder.writeInPlace(path(n), 'one\n')
    await within(agent.start())
    await within(agent.sync(60_000))
  }
  const unplug = (): void => {
    cable.isPlugged = false
    cable.cut()
  }
  return {
    ...{ agent, relay, disk, cable, folder, commits, store, watcher, pauseMark },
    ...{ within, passes, state, path, startInStep, unplug },
  }
}

function gate() {
  let open = (): void => undefined
  const closed = new Promise<void>((resolve) => (open = resolve))
  return { closed, open }
}

test('CLI-20 a vault that is paused while it starts watches nothing, and resumes', async () => {
  const { agent, store, watcher, within, passes, state } = await givenAgent()
  const { closed, open } = gate()
  const order: string[] = []
  store.gate = closed.then(() => void order.push('opened'))
  const starting = agent.start()
  const pausing = agent.pause().then(() => order.push('paused'))
  await passes(1_000)
  open()
  await within(Promise.all([starting, pausing]))
  expect(order).toEqual(['opened', 'paused'])
  expect(watcher.running).toBe(0)
  expect(await state()).toBe('paused')
  await within(agent.resume(false))
  expect(await within(agent.sync(60_000))).toBe('synced')
  expect(watcher.running).toBe(1)
})

test('CLI-20 a vault that is stopped while it starts lets go of its store when it has it', async () => {
  const { agent, store, watcher, within, passes } = await givenAgent()
  const order: string[] = []
  const { closed, open } = gate()
  store.gate = closed.then(() => void order.push('opened'))
  const close = store.close.bind(store)
  store.close = async () => {
    order.push('closed')
    await close()
  }
  const starting = agent.start()
  const stopping = agent.stop()
  await passes(1_000)
  open()
  await within(Promise.all([starting, stopping]))
  expect(order).toEqual(['opened', 'closed'])
  expect(watcher.running).toBe(0)
})

test('CLI-20 a vault that is paused while the next session begins watches nothing', async () => {
  const { agent, store, watcher, within, passes, startInStep, state } = await givenAgent()
  await startInStep()
  await within(agent.pause())
  const { closed, open } = gate()
  store.closeGate = closed
  const resuming = agent.resume(false)
  await passes(100)
  const pausing = agent.pause()
  open()
  await within(Promise.all([resuming, pausing]))
  expect(watcher.running).toBe(0)
  expect(await state()).toBe('paused')
})

test('CLI-20 a vault that is paused or resumed before it has started does so with the start', async () => {
  const { agent, pauseMark, within } = await givenAgent()
  await within(agent.pause())
  expect(pauseMark.set).toHaveBeenCalled()
  await within(agent.resume(false))
  expect(pauseMark.clear).toHaveBeenCalled()
})

test('CLI-20 a resume that fails is tried again', async () => {
  const { agent, store, within, state } = await givenAgent()
  await within(agent.start())
  await within(agent.pause())
  store.failures = 2
  await within(agent.resume(false))
  expect(await state()).toBe('error')
  expect(await within(agent.sync(60_000))).toBe('synced')
  expect(await state()).toBe('synced')
})

test('CLI-26 what is in step does not count as waiting after a start without the relay', async () => {
  const { agent, folder, within, passes, path, startInStep, unplug } = await givenAgent()
  await startInStep(3)
  folder.remove(path(3))
  await within(agent.sync(60_000))
  await within(agent.pause())
  unplug()
  await within(agent.resume(false))
  await passes(10_000)
  const { state, queue } = await within(agent.status())
  expect({ state, incoming: queue.incoming }).toEqual({ state: 'offline', incoming: 0 })
})

test('CLI-21 sync waits on while the session ends and another begins', async () => {
  const { agent, folder, commits, cable, within, state, path, unplug } = await givenAgent()
  await within(agent.start())
  expect(await within(agent.sync(60_000))).toBe('synced')
  unplug()
  folder.writeInPlace(path(1), 'one\n')
  const syncing = agent.sync(60_000)
  commits.failNext('nothing')
  cable.isPlugged = true
  expect(await within(syncing)).toBe('synced')
  expect(await state()).toBe('synced')
  expect((await within(agent.status())).files.text).toBe(1)
})

test('CLI-21 sync ends at once where a person must act first: paused, held', async () => {
  const { agent, folder, within, state, path, startInStep } = await givenAgent()
  await startInStep(40)
  await within(agent.pause())
  await expect(agent.sync(60_000)).rejects.toMatchObject({ code: 'paused' })
  await within(agent.resume(false))
  await within(agent.sync(60_000))
  for (let n = 1; n <= 30; n++) folder.remove(path(n))
  await expect(within(agent.sync(3_600_000), 60_000)).rejects.toMatchObject({ code: 'held' })
  expect(await state()).toBe('held')
  await expect(within(agent.sync(3_600_000), 60_000)).rejects.toMatchObject({ code: 'held' })
  await within(agent.resume(true))
  expect(await within(agent.sync(60_000))).toBe('synced')
})

test('CLI-21 sync connects at once to a relay that is back, however long it was away', async () => {
  const { agent, cable, folder, within, passes, state, path, startInStep, unplug } =
    await givenAgent()
  await startInStep()
  for (const awayMs of [300_000, 310_000, 320_000]) {
    unplug()
    await passes(awayMs)
    expect(await state()).toBe('offline')
    folder.writeInPlace(path(1), `${awayMs}\n`)
    cable.isPlugged = true
    expect(await within(agent.sync(2_000))).toBe('synced')
  }
})

test('CLI-21 a sync that waits ends when the vault is paused', async () => {
  const { agent, folder, within, path, unplug } = await givenAgent()
  await within(agent.start())
  unplug()
  folder.writeInPlace(path(1), 'one\n')
  const syncing = agent.sync(60_000)
  const ends = expect(syncing).rejects.toMatchObject({ code: 'paused' })
  await within(agent.pause())
  await ends
})

test('CLI-21 a sync that waits ends when the relay lets this device in no more', async () => {
  const { agent, cable, folder, within, path, startInStep, unplug } = await givenAgent()
  await startInStep()
  unplug()
  folder.writeInPlace(path(1), 'one\n')
  const syncing = agent.sync(3_600_000)
  cable.closeCode = 4401
  await expect(within(syncing, 60_000)).rejects.toMatchObject({ code: 'unauthorized' })
})

test('SYNC-30 what a viewer writes stays on the disk, is listed, and is offered again', async () => {
  const { agent, relay, cable, folder, within, passes, path, startInStep } = await givenAgent()
  await startInStep(1)
  relay.role = 'viewer'
  cable.cut()
  folder.writeInPlace(path(1), 'one\nmine\n')
  folder.writeInPlace(path(2), 'new\n')
  expect(await within(agent.sync(10_000))).toBe('timeout')
  const { problems, state, queue } = await within(agent.status())
  expect(problems).toMatchObject([
    { path: '1.md', code: 'read-only' },
    { path: '2.md', code: 'read-only' },
  ])
  expect({ state, outgoing: queue.outgoing }).toEqual({ state: 'syncing', outgoing: 2 })
  expect(folder.read(path(1))).toBe('one\nmine\n')
  folder.remove(path(2))
  expect(await within(agent.sync(10_000))).toBe('timeout')
  expect((await within(agent.status())).problems).toMatchObject([{ path: '1.md' }])
  folder.writeInPlace(path(3), 'new too\n')
  expect(await within(agent.sync(10_000))).toBe('timeout')
  relay.role = 'editor'
  cable.cut()
  await passes(60_000)
  const healed = { state: 'synced', problems: [], files: { text: 2 } }
  expect(await within(agent.status())).toMatchObject(healed)
})

test('SYNC-30 what was refused stays listed when its file is renamed', async () => {
  const { agent, relay, cable, folder, within, path, startInStep } = await givenAgent()
  await startInStep(1)
  relay.role = 'viewer'
  cable.cut()
  folder.writeInPlace(path(1), 'one\nmine\n')
  expect(await within(agent.sync(10_000))).toBe('timeout')
  folder.rename(path(1), path(2))
  expect(await within(agent.sync(10_000))).toBe('timeout')
  // Its old path is looked at once more.
  expect(await within(agent.sync(10_000))).toBe('timeout')
  expect((await within(agent.status())).problems).toMatchObject([
    { path: '.', code: 'read-only' },
    { path: '2.md', code: 'read-only' },
  ])
})

test.each<[string, (file: Inode, disk: LockedDisk, path: VaultPath) => void]>([
  ['may not be read', (_, disk, path) => disk.locked.add(path)],
])('SYNC-31 a note that %s is listed and not in step, until it can be read', async (_, spoil) => {
  const { agent, disk, folder, within, path, startInStep } = await givenAgent()
  await startInStep(1)
  spoil(folder.files.get(path(1)) ?? expect.unreachable(), disk, path(1))
  folder.touch(path(1))
  expect(await within(agent.sync(10_000))).toBe('timeout')
  const { problems, state } = await within(agent.status())
  expect(problems).toMatchObject([{ path: '1.md', code: 'unreadable' }])
  expect(state).toBe('syncing')
  disk.locked.clear()
  folder.writeInPlace(path(1), 'one\ntwo\n')
  expect(await within(agent.sync(60_000))).toBe('synced')
  expect(await within(agent.status())).toMatchObject({ problems: [], files: { bytes: 8 } })
})
