// What waits for an answer of the relay.
import * as Y from 'yjs'
import { expect, test } from 'vitest'
import { fileId, pathOf, statAt } from '../../../test/fakes/facts.ts'
import { seedNote } from '../../shared/doc/note-doc.ts'
import type { AgentMessage } from '../../shared/protocol/agent-message.ts'
import { encodeText } from '../core/text.ts'
import { sha256Hex } from '../hash.ts'
import { MemoryLocalStore } from '../store/memory-local-store.ts'
import type { DiskText, MirrorContext } from './context.ts'
import { Ledger } from './ledger.ts'
import { Notes } from './notes.ts'
import { Outbox } from './outbox.ts'
import { publish } from './publish.ts'

const id = fileId(1)

function givenContext() {
  const sent: AgentMessage[] = []
  const store = new MemoryLocalStore()
  const ledger = new Ledger(store)
  const context = {
    clientId: 7,
    ledger,
    notes: new Notes(store, ledger, 7),
    outbox: new Outbox(ledger, (messages) => void sent.push(...messages)),
    versions: new Map(),
    pending: new Set(),
  } as unknown as MirrorContext
  return { context, sent }
}

const onDisk = (text: string): DiskText => {
  const bytes = encodeText(text)
  return { path: pathOf('a.md'), text, hash: sha256Hex(bytes), stat: statAt(1) }
}

async function publishOne(
  context: MirrorContext,
  act: 'join' | 'seed',
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
