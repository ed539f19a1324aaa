// What a note's log becomes when it is sent again.
import { expect, test } from 'vitest'
import { fileId } from '../../../test/fakes/facts.ts'
import { noteText, openDoc, seedNote } from '../../shared/doc/note-doc.ts'
import { MemoryLocalStore } from '../store/memory-local-store.ts'
import { Ledger } from './ledger.ts'
import { Notes } from './notes.ts'

const id = fileId(1)
const large = 5_000_000

/** A note that was written anew `times` times. */
async function rewritten(times: number) {
  const store = new MemoryLocalStore()
  const ledger = new Ledger(store)
  const notes = new Notes(store, ledger, 7)
  notes.adopt(id, seedNote('a'.repeat(large), 2))
  for (let n = 0; n < times; n++) {
    await notes.edit(id, [{ at: 0, remove: large, insert: String(n % 10).repeat(large) }])
  }
  return { ledger, notes }
}

test('LINK-7 HC-188 a long log is sent again as the document is, without its deleted text', async () => {
  const { notes } = await rewritten(11)
  await notes.markUnacked(id)
  const update = await notes.unackedUpdate(id)
  expect(update.length).toBeLessThan(large + 1_000)
  expect(noteText(openDoc([update])) === (await notes.text(id))).toBe(true)
})

test('LINK-3 of a short log only what is not acknowledged is sent again', async () => {
  const { notes } = await rewritten(2)
  await notes.edit(id, [{ at: 0, remove: 0, insert: 'x' }])
  const update = await notes.unackedUpdate(id)
  expect(update.length).toBeGreaterThan(2 * large)
  expect(noteText(openDoc([seedNote('a'.repeat(large), 2), update]))).toHaveLength(large + 1)
})

test('STORE-7 a log is long by its entries or by its bytes, and named once', async () => {
  const { ledger } = await rewritten(1)
  expect(ledger.long()).toEqual([id])
})
