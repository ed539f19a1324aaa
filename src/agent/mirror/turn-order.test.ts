// The order of one turn, as a relay sees it: a mirror over a folder and a store in memory.
import { expect, test, vi } from 'vitest'
import { pathOf, someVault } from '../../../test/fakes/facts.ts'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { MemoryBlobDisk } from '../../../test/fakes/memory-blob-disk.ts'
import { MemoryRemote } from '../../../test/fakes/memory-remote.ts'
import { MemoryDisk } from '../../../test/fakes/memory-disk.ts'
import { MemoryFolder } from '../../../test/fakes/memory-folder.ts'
import { SeededRandom } from '../../../test/fakes/seeded-random.ts'
import { silentLogger } from '../../../test/fakes/silent-logger.ts'
import { type DeviceId, INDEX, randomId } from '../../shared/ids.ts'
import type { AgentMessage } from '../../shared/protocol/agent-message.ts'
import { protocolVersion } from '../../shared/protocol/version.ts'
import type { LinkEvents } from '../link/relay-link.ts'
import { MemoryLocalStore, StoreMemory } from '../store/memory-local-store.ts'
import { Mirror } from './mirror.ts'

const note = pathOf('a.md')

/** A mirror whose relay the test plays. Of everything sent, `sent` keeps whether it was durable then. */
async function givenMirror() {
  const clock = new ManualClock()
  const random = new SeededRandom(5)
  const durable = new StoreMemory()
  const sent: { message: AgentMessage; isDurable: boolean }[] = []
  const folder = new MemoryFolder(
    () => clock.now(),
    (path) => mirror.hint({ type: 'path', path }),
  )
  let relay: LinkEvents | undefined
  const ignore = (): void => undefined
  const send = (messages: readonly AgentMessage[]): void => {
    for (const message of messages) sent.push({ message, isDurable: isDurable(durable, message) })
  }
  const mirror: Mirror = new Mirror(
    {
      vault: someVault,
      device: randomId<DeviceId>(random),
      disk: new MemoryDisk(folder, () => Promise.resolve()),
      blobs: new MemoryBlobDisk(folder),
      remoteBlobs: new MemoryRemote(),
      watcher: { start: () => Promise.resolve(), stop: () => Promise.resolve() },
      store: new MemoryLocalStore(durable),
      openLink: (events) => {
        relay = events
        return { start: ignore, stop: ignore, restart: ignore, settled: ignore, send }
      },
      clock,
      random,
      log: silentLogger,
    },
    { onIdle: ignore, onCrash: ({ message }) => expect.unreachable(message) },
  )
  await mirror.start()
  relay?.onUp()
  relay?.onMessages([
    { type: 'welcome', protocol: protocolVersion, epoch: 'e', head: 0, recover: false },
    { type: 'changes', docs: [], last: true },
  ])
  /** The next message of this kind that the mirror sends, however long it takes by its own clock. */
  const next = (type: AgentMessage['type'], doc?: string) =>
    vi.waitFor(() => {
      clock.advance(20)
      const found = sent.findIndex(
        ({ message }) =>
          message.type === type && (doc === undefined || ('doc' in message && message.doc === doc)),
      )
      if (found < 0) throw new Error(`no ${type} yet`)
      return sent.splice(found, 1)[0] ?? expect.unreachable()
    })
  const acknowledge = ({ message }: { message: AgentMessage }): void => {
    if ('ref' in message) relay?.onMessages([{ type: 'ack', ref: message.ref, seq: 1 }])
  }
  return { folder, mirror, next, acknowledge }
}

/** Whether a crash right now would leave what this message relies on. */
function isDurable({ files, logs }: StoreMemory, message: AgentMessage): boolean {
  if (message.type === 'seed') {
    return [...files.values()].some(({ id, offer }) => id === message.doc && offer !== undefined)
  }
  if (message.type !== 'update') return true
  const log = [...(logs.get(message.doc)?.values() ?? [])]
  return log.some((update) => Buffer.from(update).equals(message.update))
}

test('LINK-2 an offer, a place and an edit are durable here when they are sent', async () => {
  const { folder, mirror, next, acknowledge } = await givenMirror()
  folder.replace(note, 'one\n')
  const seed = await next('seed')
  acknowledge(seed)
  const place = await next('update', INDEX)
  folder.replace(note, 'one\ntwo\n')
  const doc = 'doc' in seed.message ? seed.message.doc : expect.unreachable()
  const edit = await next('update', doc)
  expect([seed, place, edit].map(({ isDurable }) => isDurable)).toEqual([true, true, true])
  await mirror.stop()
})
