// What the tree and a document may put on this disk.
import { expect, test, vi } from 'vitest'
import { fileId, pathOf, statAt } from '../../../test/fakes/facts.ts'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { MemoryDisk } from '../../../test/fakes/memory-disk.ts'
import { MemoryFolder, statOf } from '../../../test/fakes/memory-folder.ts'
import type { FileId } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { seedNote } from '../../shared/doc/note-doc.ts'
import { createIgnoreRules } from '../core/ignore.ts'
import type { StoreChange } from '../store/local-store.ts'
import { MemoryLocalStore } from '../store/memory-local-store.ts'
import { ContestedFiles } from './contested-files.ts'
import type { MirrorContext } from './context.ts'
import { follow, prepareFollow } from './follow.ts'
import { HintSet } from './hints.ts'
import { Ledger } from './ledger.ts'
import { Notes } from './notes.ts'
import type { Task } from './plan-turn.ts'
import { Problems } from './problems.ts'

const id = fileId(1)

/** Where a peer's new file at `path` would be written; undefined when it is not accepted. */
async function writtenTo(path: string, ownRules = ''): Promise<string | undefined> {
  const store = new MemoryLocalStore()
  const ledger = new Ledger(store)
  const notes = new Notes(store, ledger, 1)
  notes.adopt(id, seedNote('content\n', 2))
  const disk = { rules: () => createIgnoreRules(ownRules) }
  const index = { tree: { live: new Map([[id, pathOf(path)]]) }, content: () => undefined }
  const context = {
    ledger,
    notes,
    disk,
    index,
    ignored: new Set(),
    contested: new ContestedFiles(),
    clock: { now: () => 0 },
  } as unknown as MirrorContext
  const verdict = { act: 'write', why: 'new from elsewhere' } as const
  const task: Task = { id, verdict, state: 'absent', empties: false, disk: undefined }
  const { writes } = await prepareFollow(context, [task])
  expect(ledger.facts(id).intent?.path).toBe(writes[0]?.path)
  return writes[0]?.path
}

test('PATH-9 a note from elsewhere is written where the tree says', async () => {
  expect(await writtenTo('a/note.md')).toBe('a/note.md')
})

test.each([
  ['HC-88', 'node_modules/x/readme.md'],
  ['HC-89', '.obsidian/plugins/x/main.js'],
  ['HC-89', '.obsidian/plugins/x/manifest.json'],
  ['HC-90', '.bashrc.md'],
  ['HC-163', 'run-me.sh'],
  ['HC-163', 'note.md.exe'],
])('PATH-9 %s a peer that names a file %s is not heard', async (_, path) => {
  expect(await writtenTo(path)).toBeUndefined()
})

test.each([
  ['HC-88', 'node_modules/x/index.node'],
  ['HC-89', '.obsidian/plugins/x/main.js'],
  ['HC-89', '.OBSIDIAN/Plugins/x/MAIN.JS'],
  ['HC-89', '.obsidian/snippets/x.js'],
  ['HC-90', '.bashrc'],
  ['HC-90', '.ssh/authorized_keys'],
  ['HC-90', '.UndriftIgnore'],
])(
  'PATH-9 %s nor one that names a binary file %s: its bytes are not even asked for',
  async (_, path) => {
    const ledger = new Ledger(new MemoryLocalStore())
    const content = { kind: 'binary', hash: 'a'.repeat(64), size: 1 }
    const context = {
      ledger,
      disk: { rules: () => createIgnoreRules() },
      index: { tree: { live: new Map([[id, pathOf(path)]]) }, content: () => content },
      ignored: new Set(),
    } as unknown as MirrorContext
    const verdict = { act: 'write', why: 'new from elsewhere' } as const
    const task: Task = { id, verdict, state: 'absent', empties: false, disk: undefined }
    const nothing = { moves: [], writes: [], attributes: [], left: [], trash: [] }
    expect(await prepareFollow(context, [task])).toEqual(nothing)
  },
)

test('PATH-9 HC-45 neither where the vault’s own rules leave it out', async () => {
  expect(await writtenTo('private/n.md', 'private/')).toBeUndefined()
})

test.each(['trash', 'nothing', 'write'] as const)(
  'PATH-10 HC-45 a file that is ignored here is left alone, whatever happened to it elsewhere: %s',
  async (act) => {
    const ledger = new Ledger(new MemoryLocalStore())
    const base = {
      path: pathOf('private/n.md'),
      hash: '',
      stat: statAt(1),
      at: 1,
      merged: true,
      kind: 'text' as const,
    }
    ledger.setBase(id, base)
    const disk = { rules: () => createIgnoreRules('private/') }
    const index = { tree: { live: new Map([[id, pathOf('moved.md')]]) }, content: () => undefined }
    const ignored = new Set()
    const context = { ledger, disk, index, ignored } as unknown as MirrorContext
    const verdict = { act, why: 'deleted, moved or edited elsewhere' }
    const task: Task = { id, verdict, state: 'same', empties: false, disk: undefined }
    expect(await prepareFollow(context, [task])).toEqual({
      moves: [],
      writes: [],
      attributes: [],
      left: [],
      trash: [],
    })
    expect(ignored).toEqual(new Set([id]))
  },
)

test('SYNC-33 a file that waits for a folder of its name to go has the name as soon as that is gone', async () => {
  const folder = new MemoryFolder(() => 0, vi.fn())
  const ledger = new Ledger(new MemoryLocalStore())
  const baseAt = (file: FileId, path: VaultPath) => {
    folder.writeInPlace(path, path)
    const stat = statOf(folder.files.get(path) ?? expect.unreachable())
    const base = { path, hash: '', stat, at: 1, merged: true, kind: 'text' as const }
    ledger.setBase(file, base)
    return base
  }
  const [inside, waiting] = [fileId(1), fileId(2)]
  baseAt(inside, pathOf('p.md/in.md'))
  const base = baseAt(waiting, pathOf('p (2).md'))
  const pending = new Set<FileId>()
  const context = {
    disk: new MemoryDisk(folder, () => Promise.resolve()),
    ledger,
    index: { namesFolder: () => false },
    notes: new Notes(new MemoryLocalStore(), ledger, 1),
    clock: new ManualClock(),
    hints: new HintSet(),
    problems: new Problems(),
    staged: new Map(),
    failed: new Set(),
    blocked: new Map(),
    contested: new ContestedFiles(),
    unread: new Set(),
    pending,
  } as unknown as MirrorContext
  await follow(context, [], {
    moves: [{ id: waiting, base, to: pathOf('p.md') }],
    writes: [],
    attributes: [],
    left: [],
    trash: [inside],
  })
  expect(pending).toEqual(new Set([waiting]))
  expect(context.failed.size).toBe(0)
})

test('SYNC-14 why a file could not be written is listed no more once it is written elsewhere, or need not be', async () => {
  const [written, deleted, still] = [fileId(1), fileId(2), fileId(3)]
  const problem = { code: 'read-only', message: 'no permission' } as const
  const stat = statAt(1)
  const problems = new Problems()
  const context = {
    disk: {
      write: async (path: VaultPath) =>
        path.startsWith('closed/') ? { type: 'failed', problem } : { type: 'written', stat },
    },
    ledger: new Ledger(new MemoryLocalStore()),
    clock: new ManualClock(),
    index: { mode: () => 6, content: () => undefined },
    problems,
    staged: new Map(),
    failed: new Set(),
    blocked: new Map(),
    contested: new ContestedFiles(),
  } as unknown as MirrorContext
  const writeTo = (file: FileId, path: string) => {
    const source = new Uint8Array()
    return {
      id: file,
      path: pathOf(path),
      hash: '',
      source,
      size: 0,
      keepOld: false,
      at: 1,
      kind: 'text' as const,
    }
  }
  const tasks = [{ id: written }, { id: deleted }, { id: still }]
  const closed = [writeTo(written, 'closed/1.md'), writeTo(deleted, 'closed/2.md')]
  const blocked = writeTo(still, 'closed/3.md')
  await follow(context, tasks, {
    moves: [],
    writes: [...closed, blocked],
    attributes: [],
    left: [],
    trash: [],
  })
  expect(problems.list()).toHaveLength(3)
  context.failed.clear()
  const writes = [writeTo(written, 'open/1.md'), blocked]
  await follow(context, tasks, { moves: [], writes, attributes: [], left: [], trash: [] })
  expect(problems.list()).toMatchObject([{ ...problem, path: 'closed/3.md' }])
})

test('PATH-25 HC-81 what this disk cannot hold is listed until it has another name, and not tried again before', async () => {
  const id = fileId(1)
  const problem = {
    code: 'unmaterialisable',
    message: 'a device of Windows has this name',
  } as const
  const live = new Map([[id, pathOf('con.md')]])
  const context = {
    disk: {
      write: async (path: VaultPath) =>
        path === 'con.md' ? { type: 'failed', problem } : { type: 'written', stat: statAt(1) },
    },
    ledger: new Ledger(new MemoryLocalStore()),
    clock: new ManualClock(),
    index: { mode: () => 6, content: () => undefined, tree: { live } },
    problems: new Problems(),
    staged: new Map(),
    failed: new Set(),
    blocked: new Map(),
    contested: new ContestedFiles(),
  } as unknown as MirrorContext
  const writeTo = (path: string) => ({
    ...{ id, path: pathOf(path), hash: '', source: new Uint8Array(), size: 0 },
    ...{ keepOld: false, at: 1, kind: 'text' as const },
  })
  const nothing = { moves: [], writes: [], attributes: [], left: [], trash: [] }
  await follow(context, [{ id }], { ...nothing, writes: [writeTo('con.md')] })
  await follow(context, [{ id }], nothing)
  expect(context.problems.list()).toMatchObject([{ ...problem, path: 'con.md' }])
  expect(context.failed.size).toBe(0)
  live.set(id, pathOf('console.md'))
  await follow(context, [{ id }], { ...nothing, writes: [writeTo('console.md')] })
  expect(context.problems.list()).toEqual([])
})

test('SYNC-49 what a turn writes is read in portions, each with intents that are durable before it is written', async () => {
  const intended = new Set<FileId>()
  class WatchedStore extends MemoryLocalStore {
    override async commit(changes: readonly StoreChange[]): Promise<void> {
      await super.commit(changes)
      for (const change of changes)
        if (change.type === 'facts' && change.facts.intent) intended.add(change.facts.id)
    }
  }
  const store = new WatchedStore()
  const ledger = new Ledger(store)
  const notes = new Notes(store, ledger, 1)
  const ids = Array.from({ length: 40 }, (_, n) => fileId(n))
  const live = new Map(ids.map((one) => [one, pathOf(`${one}.md`)]))
  for (const one of ids) notes.adopt(one, seedNote('x'.repeat(1024 * 1024), 2))
  const written: FileId[] = []
  const ahead: number[] = []
  const write = async (path: VaultPath) => {
    const one = ids.find((other) => live.get(other) === path) ?? expect.unreachable()
    expect(intended.has(one)).toBe(true)
    ahead.push(intended.size - written.length)
    written.push(one)
    return { type: 'written', stat: statAt(written.length) }
  }
  const context = {
    disk: { write, rules: () => createIgnoreRules() },
    ...{ ledger, notes, clock: new ManualClock(), hints: new HintSet(), problems: new Problems() },
    index: { tree: { live }, mode: () => 6, content: () => undefined },
    ...{ staged: new Map(), failed: new Set(), blocked: new Map(), ignored: new Set() },
    ...{ contested: new ContestedFiles(), unread: new Set() },
  } as unknown as MirrorContext
  const verdict = { act: 'write', why: 'changed elsewhere' } as const
  const tasks = ids.map((one): Task => ({
    id: one,
    verdict,
    state: 'absent',
    empties: false,
    disk: undefined,
  }))
  const plan = await prepareFollow(context, tasks)
  await ledger.flush()
  await follow(context, tasks, plan)
  expect(new Set(written)).toEqual(new Set(ids))
  expect(Math.max(...ahead)).toBe(16)
})
