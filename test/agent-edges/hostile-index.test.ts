// An index from a peer that the relay did not check: whatever it names, nothing outside the vault is touched.
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { NodeDisk } from '../../src/agent/disk/node-disk.ts'
import { writeMarker } from '../../src/agent/disk/marker.ts'
import type { LinkEvents } from '../../src/agent/link/relay-link.ts'
import { Mirror } from '../../src/agent/mirror/mirror.ts'
import { MemoryLocalStore } from '../../src/agent/store/memory-local-store.ts'
import { seedNote } from '../../src/shared/doc/note-doc.ts'
import { indexFolders, indexLinks, indexPaths } from '../../src/shared/doc/vault-index.ts'
import { INDEX } from '../../src/shared/ids.ts'
import { protocolVersion } from '../../src/shared/protocol/version.ts'
import { systemClock, systemRandom } from '../../src/system.ts'
import type { Logger } from '../../src/shared/ports.ts'
import { fileId } from '../fakes/facts.ts'
import { MemoryRemote } from '../fakes/memory-remote.ts'
import { silentLogger } from '../fakes/silent-logger.ts'
import { marker, tempFolder } from './helpers.ts'

/** A vault beside a folder that is nobody's, and a mirror of it whose relay the test plays. */
async function givenVault(log: Logger = silentLogger) {
  const room = tempFolder()
  const [root, outside] = [join(room, 'vault'), join(room, 'outside')]
  mkdirSync(root)
  mkdirSync(join(outside, 'empty'), { recursive: true })
  writeFileSync(join(outside, 'canary.md'), 'canary')
  writeMarker(root, marker, systemRandom)
  const edges = { clock: systemClock, random: systemRandom, logger: silentLogger }
  const disk = new NodeDisk({ root, ...edges })
  await disk.start()
  let relay: LinkEvents | undefined
  const ignore = (): void => undefined
  const mirror = new Mirror(
    {
      vault: marker.vault,
      device: marker.device,
      disk,
      blobs: disk.blobs,
      remoteBlobs: new MemoryRemote(),
      watcher: { start: () => Promise.resolve(), stop: () => Promise.resolve() },
      store: new MemoryLocalStore(),
      openLink: (events) => {
        relay = events
        return { start: ignore, stop: ignore, restart: ignore, settled: ignore, send: ignore }
      },
      clock: systemClock,
      random: systemRandom,
      log,
    },
    { onIdle: ignore, onCrash: ({ message }) => expect.unreachable(message) },
  )
  await mirror.start()
  const stop = async (): Promise<void> => {
    await mirror.stop()
    await disk.stop()
  }
  relay?.onUp()
  relay?.onMessages([
    { type: 'welcome', protocol: protocolVersion, epoch: 'e', head: 0, recover: false },
    { type: 'changes', docs: [], last: true },
  ])
  return {
    root,
    outside,
    mirror,
    stop,
    hear: (messages: Parameters<LinkEvents['onMessages']>[0]) => relay?.onMessages(messages),
  }
}

/** What a peer says: links, notes and folders at these paths. */
function said(
  links: Readonly<Record<string, string>>,
  notes: readonly string[],
  folders: readonly string[],
): Parameters<LinkEvents['onMessages']>[0] {
  const index = new Y.Doc()
  let seq = 0
  const place = (path: string) => {
    const id = fileId(++seq)
    indexPaths(index).set(id, path)
    return id
  }
  for (const [path, target] of Object.entries(links)) indexLinks(index).set(place(path), { target })
  const texts = notes.map((path) => {
    const doc = place(path)
    return {
      type: 'update',
      doc,
      seq,
      device: marker.device,
      mtime: 0,
      update: seedNote('hostile\n', seq),
    } as const
  })
  for (const path of folders) indexFolders(index).set(path, true)
  return [
    ...texts,
    {
      type: 'update',
      doc: INDEX,
      seq: ++seq,
      device: marker.device,
      mtime: 0,
      update: Y.encodeStateAsUpdate(index),
    },
  ]
}

const isThere = (...parts: string[]) => lstatSync(join(...parts), { throwIfNoEntry: false })

test('KIND-3 KIND-8 HC-113 HC-163 no link, note or folder that an index names leads out of the vault', async () => {
  const { root, outside, mirror, hear, stop } = await givenVault()
  symlinkSync('../outside', join(root, 'out'))
  mirror.hint({ type: 'tree', folder: undefined })
  const links = {
    up: '../outside',
    'deep/up': '../../outside/canary.md',
    absolute: '/etc/passwd',
    hooks: '.git/hooks',
    own: '.undrift/vault.json',
    '../escaped': 'x',
    '.undriftignore': 'good',
    good: 'deep/note.md',
  }
  const notes = ['out/canary.md', 'out/new.md', '.git/hooks/x.md', '../escaped.md', 'deep/note.md']
  const folders = ['../x', '/tmp/undrift-x', '.git/x', 'out/x', 'out/empty', 'fine/inner', '']
  hear(said(links, notes, folders))
  await vi.waitFor(() => {
    expect(isThere(root, 'fine/inner')?.isDirectory()).toBe(true)
    expect(readlinkSync(join(root, 'good'))).toBe('deep/note.md')
    expect(readFileSync(join(root, 'good'), 'utf8')).toBe('hostile\n')
  }, 10_000)
  const { problems } = await mirror.report()
  expect(problems.map(({ path, code }) => `${path} ${code}`)).toEqual([
    '.undriftignore unmaterialisable',
    'absolute unmaterialisable',
    'deep/up unmaterialisable',
    'hooks unmaterialisable',
    'out unsupported',
    'out/canary.md refused',
    'out/empty refused',
    'out/new.md refused',
    'out/x refused',
    'own unmaterialisable',
    'up unmaterialisable',
  ])
  expect(readdirSync(root).sort()).toEqual(['.undrift', 'deep', 'fine', 'good', 'out'])
  expect(readdirSync(join(root, 'deep'))).toEqual(['note.md'])
  expect(readlinkSync(join(root, 'out'))).toBe('../outside')
  expect(readdirSync(join(root, '..')).sort()).toEqual(['outside', 'vault'])
  expect(readdirSync(outside).sort()).toEqual(['canary.md', 'empty'])
  expect(readFileSync(join(outside, 'canary.md'), 'utf8')).toBe('canary')

  rmSync(join(root, 'out'))
  mirror.hint({ type: 'tree', folder: undefined })
  await vi.waitFor(() => {
    expect(isThere(root, 'out/x')?.isDirectory()).toBe(true)
    expect(readFileSync(join(root, 'out/canary.md'), 'utf8')).toBe('hostile\n')
  }, 10_000)
  expect(readFileSync(join(outside, 'canary.md'), 'utf8')).toBe('canary')
  await stop()
})

const nonsense = [
  ['a number', () => 5],
  ['null', () => null],
  ['a list', () => ['n.md']],
  ['an object', () => ({ at: 1, by: 'somebody', seen: 'nothing' })],
  ['bytes', () => new Uint8Array(3)],
  ['a text', () => new Y.Text('n.md')],
  ['a map', () => new Y.Map([['at', 1]])],
  ['16 MiB of text', () => 'x'.repeat(16 * 1024 * 1024)],
] as const

test('TREE-7 values that no agent writes into an index are passed over and counted', async () => {
  const warn = vi.fn()
  const { root, mirror, hear, stop } = await givenVault({ ...silentLogger, warn })
  const index = new Y.Doc()
  const values = index.getMap<unknown>('paths')
  const tombstones = index.getMap<unknown>('deleted')
  const texts = nonsense.map(([what, value], at) => {
    const [nowhere, living] = [fileId(2 * at), fileId(2 * at + 1)]
    values.set(nowhere, value())
    values.set(living, `${what}.md`)
    tombstones.set(living, value())
    const update = seedNote('lives\n', at)
    return {
      type: 'update',
      doc: living,
      seq: at,
      device: marker.device,
      mtime: 0,
      update,
    } as const
  })
  const seq = nonsense.length
  const update = Y.encodeStateAsUpdate(index)
  hear([...texts, { type: 'update', doc: INDEX, seq, device: marker.device, mtime: 0, update }])
  await vi.waitFor(() => {
    for (const [what] of nonsense) expect(isThere(root, `${what}.md`)?.isFile(), what).toBe(true)
  }, 10_000)
  expect(readdirSync(root)).toHaveLength(nonsense.length + 1)
  expect(warn).toHaveBeenCalledWith('index.nonsense', { keys: 2 * nonsense.length })
  expect((await mirror.report()).problems).toEqual([])
  await stop()
})
