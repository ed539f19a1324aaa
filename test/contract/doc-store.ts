// What every DocStore must do. Run by each implementation with its own way to open one.
import * as Y from 'yjs'
import { expect, test } from 'vitest'
import { type DeviceId, type DocId, INDEX, type SessionId, parseId } from '../../src/shared/ids.ts'
import { emptyUpdate } from '../../src/shared/doc/note-doc.ts'
import type { DocStore, LedgerEntry } from '../../src/relay/store/doc-store.ts'
import { fileId, noteUpdates, textOf, vaultId } from '../relay/support/hub-agent.ts'

export type StoreHarness = {
  /** Opens the store on the same data as before. */
  open(): Promise<DocStore>
}

const vault = vaultId('v')
const other = vaultId('w')
const note = fileId('a')

/** A ledger line with everything but what matters filled in. */
export function entry(doc: DocId, seq: number, update: Uint8Array, of = vault): LedgerEntry {
  const device = parseId<DeviceId>('d'.repeat(26))
  const session = parseId<SessionId>('s'.repeat(26))
  if (device === undefined) throw new Error('not a device id')
  return { vault: of, doc, seq, device, session, time: 1, kind: 'update', update, mtime: 0 }
}

export function docStoreContract(newHarness: () => Promise<StoreHarness>): void {
  const withStore = async (
    use: (store: DocStore, again: () => Promise<DocStore>) => Promise<void>,
  ) => {
    const harness = await newHarness()
    let store = await harness.open()
    const reopen = async (): Promise<DocStore> => {
      await store.close()
      store = await harness.open()
      return store
    }
    try {
      await use(store, reopen)
    } finally {
      await store.close()
    }
  }

  test('a vault never written to is empty and has an epoch', () =>
    withStore(async (store) => {
      const { epoch, head, lastSeqs } = await store.openVault(vault)
      expect([epoch.length > 0, head, lastSeqs.size]).toEqual([true, 0, 0])
      expect(await store.read(vault, note)).toEqual([])
    }))

  test('STORE-2 what was appended is read back in order, also by the next process', () =>
    withStore(async (store, reopen) => {
      const updates = noteUpdates(['one', ' two', ' three'])
      await Promise.all(updates.map((update, i) => store.append([entry(note, i + 1, update)])))
      expect(await store.read(vault, note)).toEqual(updates)
      const before = await store.openVault(vault)
      const again = await reopen()
      expect(await again.read(vault, note)).toEqual(updates)
      const { epoch, head, lastSeqs } = await again.openVault(vault)
      expect([epoch, head, [...lastSeqs]]).toEqual([before.epoch, 3, [[note, 3]]])
    }))

  test('KIND-18 when a note was last written comes back, also after an entry that does not say so', () =>
    withStore(async (store, reopen) => {
      const [update = emptyUpdate()] = noteUpdates(['one'])
      await store.append([{ ...entry(note, 1, update), mtime: 7 }])
      await store.append([{ ...entry(note, 2, emptyUpdate()), mtime: 5 }, entry(INDEX, 3, update)])
      await store.append([entry(note, 4, emptyUpdate())])
      const again = await reopen()
      await again.append([entry(note, 5, emptyUpdate())])
      const { mtimes } = await (await reopen()).openVault(vault)
      expect([...mtimes]).toEqual([[note, 5]])
    }))

  test('a stored update without content makes the document exist', () =>
    withStore(async (store, reopen) => {
      await store.append([entry(note, 1, emptyUpdate())])
      expect(await (await reopen()).read(vault, note)).toEqual([emptyUpdate()])
    }))

  test('STORE-2 documents and vaults do not mix', () =>
    withStore(async (store) => {
      const [a, b, c] = ['a', 'b', 'c'].map((text) => noteUpdates([text])[0] ?? emptyUpdate())
      await store.append([
        entry(note, 1, a ?? emptyUpdate()),
        entry(INDEX, 2, b ?? emptyUpdate()),
        entry(note, 1, c ?? emptyUpdate(), other),
      ])
      expect(await store.read(vault, note)).toEqual([a])
      expect(await store.read(vault, INDEX)).toEqual([b])
      expect(await store.read(other, note)).toEqual([c])
      expect((await store.openVault(vault)).head).toBe(2)
      expect((await store.openVault(other)).head).toBe(1)
    }))

  test('STORE-2 many appends at once become durable in the order of calls', () =>
    withStore(async (store) => {
      const updates = noteUpdates(Array.from({ length: 300 }, (_, i) => `${i} `))
      const done: number[] = []
      await Promise.all(
        updates.map((update, i) =>
          store.append([entry(note, i + 1, update)]).then(() => done.push(i)),
        ),
      )
      expect(done).toEqual([...done].sort((x, y) => x - y))
      expect(await store.read(vault, note)).toEqual(updates)
    }))

  test('STORE-5 compaction keeps the text, the place in the ledger and what comes after', () =>
    withStore(async (store, reopen) => {
      const updates = noteUpdates(Array.from({ length: 20 }, (_, i) => `${i} `))
      const before = textOf(...updates)
      const append = (update: Uint8Array, i: number) => store.append([entry(note, i + 1, update)])
      await Promise.all([...updates.slice(0, 18).map(append), store.compact(vault, note)])
      await Promise.all(updates.slice(18).map((update, i) => append(update, i + 18)))
      expect((await store.read(vault, note)).length).toBe(3)
      const again = await reopen()
      expect(textOf(...(await again.read(vault, note)))).toBe(before)
      expect((await again.openVault(vault)).head).toBe(20)
    }))

  test('STORE-5 compaction leaves deleted text out', () =>
    withStore(async (store) => {
      const doc = new Y.Doc()
      const updates: Uint8Array[] = []
      doc.on('update', (update: Uint8Array) => void updates.push(update))
      doc.getText('content').insert(0, 'secret'.repeat(100))
      doc.getText('content').delete(0, 600)
      await store.append(updates.map((update, i) => entry(note, i + 1, update)))
      await store.compact(vault, note)
      const [only = emptyUpdate(), ...rest] = await store.read(vault, note)
      expect([only.length < 50, rest.length]).toEqual([true, 0])
    }))

  test('a closed store takes nothing any more', () =>
    withStore(async (store) => {
      await store.close()
      await expect(store.append([entry(note, 1, emptyUpdate())])).rejects.toMatchObject({
        code: 'storage',
      })
    }))
}
