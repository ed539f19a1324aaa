// What every local store must do. Run against the real one and the one in memory.
import { describe, expect, onTestFinished, test } from 'vitest'
import { noFacts } from '../../src/agent/core/facts.ts'
import type { LocalStore } from '../../src/agent/store/local-store.ts'
import { INDEX, type VaultId, deriveFileId, parseId } from '../../src/shared/ids.ts'
import { vaultPath } from '../agent-edges/helpers.ts'

const vault = parseId<VaultId>('a'.repeat(26)) ?? expect.unreachable()
const a = deriveFileId(vault, vaultPath('a.md'), 0)
const b = deriveFileId(vault, vaultPath('b.md'), 0)
const bytes = (...values: number[]) => Uint8Array.from(values)

/** `make` gives a function that opens the same data again each time it is called. */
export function describeLocalStore(name: string, make: () => () => LocalStore): void {
  const openNew = async () => {
    const next = make()
    const store = next()
    const opened = await store.open()
    const reopen = async () => {
      await store.close()
      const again = next()
      const vaultAgain = await again.open()
      onTestFinished(() => again.close())
      return { store: again, opened: vaultAgain }
    }
    onTestFinished(() => store.close())
    return { store, opened, reopen }
  }

  describe(`local store: ${name}`, () => {
    test('is empty at first', async () => {
      const { store, opened } = await openNew()
      expect(opened).toEqual({
        epoch: '',
        cursor: 0,
        files: [],
        folders: [],
        index: { head: 0, unacked: [] },
      })
      expect(await store.readLog(a)).toEqual([])
      expect(await store.readBaseText(a)).toBeUndefined()
    })

    test('STORE-6 gives back after reopening what was committed', async () => {
      const { store, reopen } = await openNew()
      const facts = {
        ...noFacts(a),
        head: 3,
        unacked: [2, 3],
        base: {
          path: vaultPath('ordner/ä.md'),
          hash: 'ff',
          stat: { ino: '1', birth: '2', mtime: '3', ctime: '4', size: 5, mode: 0o644 },
          at: 2,
          merged: false,
          kind: 'text' as const,
        },
        intent: { path: vaultPath('a.md'), hash: 'aa', at: 3, kind: 'text' as const },
        earlier: [{ at: 1, replacedAt: 1700000000000 }],
      }
      await store.commit([
        { type: 'facts', facts },
        { type: 'append', doc: a, at: 1, update: bytes(1) },
        { type: 'append', doc: INDEX, at: 1, update: bytes(9) },
        { type: 'base-text', id: a, text: '\ufeffbase\r\n' },
        { type: 'index', head: 1, unacked: [1] },
        { type: 'cursor', epoch: 'e', cursor: 7 },
        { type: 'folders', folders: [vaultPath('gone')] },
        { type: 'folders', folders: [vaultPath('leer/ä')] },
      ])
      const again = await reopen()
      expect(again.opened).toEqual({
        epoch: 'e',
        cursor: 7,
        files: [facts],
        folders: ['leer/ä'],
        index: { head: 1, unacked: [1] },
      })
      expect(await again.store.readLog(a)).toEqual([{ at: 1, update: bytes(1) }])
      expect(await again.store.readLog(INDEX)).toEqual([{ at: 1, update: bytes(9) }])
      expect(await again.store.readBaseText(a)).toBe('\ufeffbase\r\n')
    })

    test('STORE-6 gives a log in order of position, apart from other logs', async () => {
      const { store, reopen } = await openNew()
      for (const at of [1, 2, 10, 300, 70_000]) {
        await store.commit([
          { type: 'append', doc: a, at, update: bytes(at % 256) },
          { type: 'append', doc: b, at, update: bytes(0) },
        ])
      }
      const { store: again } = await reopen()
      expect((await again.readLog(a)).map(({ at }) => at)).toEqual([1, 2, 10, 300, 70_000])
      expect(await again.readLog(a)).toContainEqual({ at: 300, update: bytes(44) })
    })

    test('STORE-6 compacts a log up to a position, also within one commit', async () => {
      const { store, reopen } = await openNew()
      await store.commit([1, 2, 3].map((at) => ({ type: 'append', doc: a, at, update: bytes(at) })))
      await store.commit([
        { type: 'append', doc: a, at: 4, update: bytes(4) },
        { type: 'append', doc: a, at: 5, update: bytes(5) },
        { type: 'compact', doc: a, upTo: 4, update: bytes(1, 2, 3, 4) },
      ])
      const rest = [
        { at: 4, update: bytes(1, 2, 3, 4) },
        { at: 5, update: bytes(5) },
      ]
      expect(await store.readLog(a)).toEqual(rest)
      expect(await (await reopen()).store.readLog(a)).toEqual(rest)
    })

    test('STORE-6 appending again at a position replaces it', async () => {
      const { store, reopen } = await openNew()
      await store.commit([{ type: 'append', doc: a, at: 1, update: bytes(1) }])
      await store.commit([{ type: 'append', doc: a, at: 1, update: bytes(2) }])
      expect(await (await reopen()).store.readLog(a)).toEqual([{ at: 1, update: bytes(2) }])
    })

    test('removes a base text', async () => {
      const { store, reopen } = await openNew()
      await store.commit([{ type: 'base-text', id: a, text: 'one' }])
      await store.commit([{ type: 'base-text', id: a, text: undefined }])
      expect(await (await reopen()).store.readBaseText(a)).toBeUndefined()
    })

    test('STORE-6 commits take effect in the order of the calls', async () => {
      const { store, reopen } = await openNew()
      const cursors = Array.from({ length: 100 }, (_, cursor) => cursor)
      await Promise.all(
        cursors.map((cursor) => store.commit([{ type: 'cursor', epoch: 'e', cursor }])),
      )
      expect((await reopen()).opened.cursor).toBe(99)
    })
  })
}
