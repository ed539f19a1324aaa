// What waits for the relay, or for its answer.
import * as Y from 'yjs'
import { expect, test } from 'vitest'
import { fileId, pathOf, statAt } from '../../../test/fakes/facts.ts'
import { seedNote } from '../../shared/doc/note-doc.ts'
import type { AgentMessage } from '../../shared/protocol/agent-message.ts'
import { blobHashOf } from '../blob/fingerprint.ts'
import { encodeText } from '../core/text.ts'
import { sha256Hex } from '../hash.ts'
import { MemoryLocalStore, StoreMemory } from '../store/memory-local-store.ts'
import { ContestedFiles } from './contested-files.ts'
import type { DiskText, MirrorContext } from './context.ts'
import { HintSet } from './hints.ts'
import { Ledger } from './ledger.ts'
import { Notes } from './notes.ts'
import { Outbox } from './outbox.ts'
import { publish } from './publish.ts'

const id = fileId(1)

function givenContext(store = new MemoryLocalStore(), isRacy = false) {
  const sent: AgentMessage[] = []
  const ledger = new Ledger(store)
  const context = {
    clientId: 7,
    ledger,
    notes: new Notes(store, ledger, 7),
    outbox: new Outbox(ledger, (messages) => void sent.push(...messages)),
    versions: new Map(),
    pending: new Set(),
    hints: new HintSet(),
    index: {
      knows: () => true,
      content: () => undefined,
      tombstone: () => undefined,
      mode: () => 6,
      edit: () => Promise.resolve(undefined),
    },
    contested: new ContestedFiles(),
    transfers: { send: () => true },
    fingerprints: { forget: () => undefined, isRacy: () => isRacy },
    clock: { now: () => 1_800_000_000_000 },
  } as unknown as MirrorContext
  return { context, sent }
}

const onDisk = (text: string, savedAt = 1): DiskText => {
  const bytes = encodeText(text)
  return { kind: 'text', path: pathOf('a.md'), text, hash: sha256Hex(bytes), stat: statAt(savedAt) }
}

async function publishOne(
  context: MirrorContext,
  act: 'ingest' | 'join' | 'seed',
  disk: DiskText,
): Promise<void> {
  const verdict = { act, why: 'first contact' } as const
  await publish(context, [{ id, verdict, state: 'changed', empties: false, disk }], [], [])
  context.outbox.flush()
}

test('SYNC-24 a file whose text the relay is asked for is looked at again, whatever has its path then', async () => {
  const { context, sent } = givenContext()
  context.notes.adopt(id, seedNote('theirs\n', 2))
  await publishOne(context, 'join', onDisk('ours\n'))
  expect(sent.map(({ type }) => type)).toEqual(['find'])
  expect(context.pending).toContain(id)
})

test('DOC-3 two texts that are offered one after the other are two authors’, the same one is one', async () => {
  const { context, sent } = givenContext()
  for (const text of ['one\n', 'two\n', 'one\n']) await publishOne(context, 'seed', onDisk(text))
  const [one, two, again] = sent.map((message) =>
    'update' in message ? message.update : undefined,
  )
  expect(again).toEqual(one)
  const both = new Y.Doc()
  for (const update of [one, two]) Y.applyUpdate(both, update ?? expect.unreachable())
  expect(both.getText('content').toString().split('\n').sort()).toEqual(['', 'one', 'two'])
})

test('SYNC-11 an old buffer that was saved while the relay was away is stale, however long it was', async () => {
  const { context } = givenContext()
  const { ledger, notes } = context
  const wroteAt = context.clock.now() - 7_200_000
  notes.adopt(id, seedNote('one\n', 2))
  await notes.edit(id, [{ at: 4, remove: 0, insert: 'theirs\n' }])
  const { path, hash, stat } = onDisk('one\ntheirs\n', wroteAt)
  ledger.setBase(id, { path, hash, stat, at: 2, merged: true, kind: 'text' as const })
  ledger.change(id, { earlier: [{ at: 1, replacedAt: wroteAt }] })
  await publishOne(context, 'ingest', onDisk('one\nours\n', wroteAt + 1_000))
  const lines = (await notes.text(id)).split('\n')
  expect(lines.sort()).toEqual(['', 'one', 'ours', 'theirs'])
})

test.each([true, false])(
  'BLOB-60 bytes that were read right after they were written are read once more: %s',
  async (isRacy) => {
    const { context } = givenContext(new MemoryLocalStore(), isRacy)
    const path = pathOf('a.png')
    const file = { hash: blobHashOf(Uint8Array.of(255)), parts: [] }
    const disk = { path, hash: file.hash, stat: statAt(1), kind: 'binary', file } as const
    const verdict = { act: 'seed', why: 'new here' } as const
    await publish(context, [{ id, verdict, state: 'changed', empties: false, disk }], [], [])
    expect(context.ledger.facts(id).base?.hash).toBe(file.hash)
    expect(context.hints.has(path)).toBe(isRacy)
  },
)

test('BLOB-49 what is remembered of a binary file is not made durable before the index names its bytes', async () => {
  const memory = new StoreMemory()
  const { context } = givenContext(new MemoryLocalStore(memory))
  const { ledger, notes } = context
  notes.adopt(id, seedNote('one\n', 2))
  const { path, hash, stat } = onDisk('zero\n')
  ledger.setBase(id, { path, hash, stat, at: 1, merged: false, kind: 'text' }, 'zero\n')
  const picture = pathOf('a.png')
  const file = { hash: blobHashOf(Uint8Array.of(255)), parts: [] }
  const blob = { path: picture, hash: file.hash, stat: statAt(1), kind: 'binary', file } as const
  const why = 'new here'
  const rest = { state: 'changed', empties: false } as const
  await publish(
    context,
    [
      { id: fileId(2), verdict: { act: 'seed', why }, disk: blob, ...rest },
      { id, verdict: { act: 'ingest', why }, disk: onDisk('zero\ntwo\n'), ...rest },
    ],
    [],
    [],
  )
  expect(ledger.facts(fileId(2)).base?.hash).toBe(file.hash)
  expect(memory.files.get(id)?.base).toBeDefined()
  expect(memory.files.get(fileId(2))?.base).toBeUndefined()
})
