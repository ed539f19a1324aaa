// What a note costs to read.
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { fileId } from '../../../test/fakes/facts.ts'
import { editNote, openDoc, seedNote } from '../../shared/doc/note-doc.ts'
import type { DocId } from '../../shared/ids.ts'
import type { LogEntry } from '../store/local-store.ts'
import { MemoryLocalStore } from '../store/memory-local-store.ts'
import { Ledger } from './ledger.ts'
import { Notes } from './notes.ts'

class CountingStore extends MemoryLocalStore {
  reads = 0

  override async readLog(doc: DocId): Promise<LogEntry[]> {
    this.reads += 1
    return super.readLog(doc)
  }
}

function givenNotes() {
  const store = new CountingStore()
  return { store, notes: new Notes(store, new Ledger(store), 1) }
}

const id = fileId(1)
const more = [{ at: 3, remove: 0, insert: ' two' }]

test('DOC-1 a first content from elsewhere that waits for its place is not read from the store', async () => {
  const { store, notes } = givenNotes()
  await notes.merge(id, seedNote('one', 2))
  notes.rest()
  expect(await notes.text(id)).toBe('one')
  expect(store.reads).toBe(0)
  await notes.merge(id, editNote(openDoc([seedNote('one', 2)], 3), more, 'disk'))
  expect(await notes.text(id)).toBe('one two')
})

test('DOC-1 nor is one that has a history', async () => {
  const { store, notes } = givenNotes()
  const doc = openDoc([seedNote('one', 2)], 3)
  editNote(doc, more, 'disk')
  await notes.merge(id, Y.encodeStateAsUpdate(doc))
  expect(await notes.text(id)).toBe('one two')
  expect(store.reads).toBe(0)
})

test('SYNC-50 of large documents only some are kept open, the last ones', async () => {
  const { store, notes } = givenNotes()
  const ids = Array.from({ length: 10 }, (_, n) => fileId(n))
  for (const one of ids) notes.adopt(one, seedNote('x'.repeat(8 * 1024 * 1024), 2))
  for (const one of ids) await notes.open(one)
  store.reads = 0
  for (const one of ids.slice(-3)) await notes.open(one)
  expect(store.reads).toBe(0)
  for (const one of ids.slice(0, -3)) await notes.open(one)
  expect(store.reads).toBe(7)
})

test('SYNC-50 one that is larger than all that are kept is kept alone', async () => {
  const { store, notes } = givenNotes()
  notes.adopt(id, seedNote('x'.repeat(40 * 1024 * 1024), 2))
  notes.adopt(fileId(2), seedNote('other', 2))
  await notes.open(fileId(2))
  expect(await notes.open(id)).toBe(await notes.open(id))
  store.reads = 0
  await notes.open(id)
  expect(store.reads).toBe(0)
  await notes.open(fileId(2))
  expect(store.reads).toBe(1)
})
