import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { editNote, emptyUpdate, openDoc, seedNote } from '../../shared/doc/note-doc.ts'
import { applyIndexEdits } from '../../shared/doc/vault-index.ts'
import { type DeviceId, type FileId, INDEX, parseId } from '../../shared/ids.ts'
import { parsePath } from '../../shared/vault-path.ts'
import { applyUpdate } from '../hub/apply-update.ts'
import { validateUpdate } from './validate-update.ts'

function id<T extends FileId | DeviceId>(letter: string): T {
  const parsed = parseId<T>(letter.repeat(26))
  if (parsed === undefined) throw new Error('not an id')
  return parsed
}

const note = id<FileId>('a')
const blob = { hash: 'a'.repeat(64), size: 5_000_000_000, mtime: 1_700_000_000_123_456 }
const invalid = { ok: false, code: 'invalid-update' }

function updateOf(change: (doc: Y.Doc) => void): Uint8Array {
  const doc = new Y.Doc()
  change(doc)
  return Y.encodeStateAsUpdate(doc)
}

/** A note edited here and there by two, with deletions, as stored updates and as one state. */
function editedNote(): Uint8Array[] {
  const seed = seedNote('one two three\nfour 😀 five\n', 11)
  const [a, b] = [openDoc([seed], 12), openDoc([seed], 13)]
  const ofA = editNote(a, [{ at: 4, remove: 3, insert: 'zwei' }], 'disk')
  const ofB = editNote(
    b,
    [
      { at: 0, remove: 4, insert: '' },
      { at: 14, remove: 0, insert: 'x' },
    ],
    'disk',
  )
  Y.applyUpdate(a, ofB)
  return [seed, ofA, ofB, Y.encodeStateAsUpdate(a)]
}

function editedIndex(): Uint8Array {
  const place = parsePath('Projects/plan.md')
  if (!place.ok) throw new Error('not a path')
  const tombstone = { at: 1_700_000_000_000, by: id<DeviceId>('d'), seen: Uint8Array.from([0]) }
  return updateOf((doc) => {
    applyIndexEdits(doc, [{ type: 'place', id: note, path: place.path }])
    applyIndexEdits(doc, [{ type: 'delete', id: note, tombstone }])
    applyIndexEdits(doc, [{ type: 'delete', id: note, tombstone: { ...tombstone, at: 1.5 } }])
    applyIndexEdits(doc, [
      { type: 'delete', id: note, tombstone: { ...tombstone, place: place.path } },
    ])
    applyIndexEdits(doc, [{ type: 'revive', id: note }])
  })
}

test('RELAY-4 what our own documents make is valid', () => {
  for (const update of [emptyUpdate(), ...editedNote()]) {
    expect(validateUpdate(note, update)).toEqual({ ok: true })
  }
  expect(validateUpdate(INDEX, editedIndex())).toEqual({ ok: true })
  expect(validateUpdate(INDEX, emptyUpdate())).toEqual({ ok: true })
})

test('RELAY-4 updates merged, with gaps, and after gc are valid', () => {
  const [seed = emptyUpdate(), ...rest] = editedNote()
  expect(validateUpdate(note, Y.mergeUpdates(rest))).toEqual({ ok: true })
  const collected = updateOf((doc) => {
    Y.applyUpdate(doc, seed)
    doc.getText('content').delete(0, doc.getText('content').length)
  })
  expect(validateUpdate(note, collected)).toEqual({ ok: true })
})

test('RELAY-4 HC-157 the 7-byte struct bomb is refused in no time', () => {
  // One client that claims 30 million structs.
  const bomb = Uint8Array.from([1, 0x80, 0x87, 0xa7, 0x0e, 1, 0])
  const start = performance.now()
  expect(validateUpdate(note, bomb)).toMatchObject(invalid)
  expect(performance.now() - start).toBeLessThan(50)
})

test('RELAY-4 HC-157 V2 updates and deep nesting are refused', () => {
  const v2 = Y.encodeStateAsUpdateV2(openDoc(editedNote()))
  expect(validateUpdate(note, v2)).toMatchObject(invalid)
  const nested = updateOf((doc) => {
    let value: unknown = 'x'
    for (let depth = 0; depth < 500; depth++) value = [value]
    doc.getMap('paths').set(note, value)
  })
  expect(validateUpdate(INDEX, nested)).toMatchObject(invalid)
})

test.each<[string, (doc: Y.Doc) => void]>([
  ['another root', (doc) => doc.getText('body').insert(0, 'x')],
  ['a map', (doc) => void doc.getMap('content').set('x', 'y')],
  ['an embed', (doc) => doc.getText('content').insertEmbed(0, { image: 'x' })],
  ['formatting', (doc) => doc.getText('content').insert(0, 'x', { bold: true })],
  ['a list', (doc) => doc.getArray('content').push(['x'])],
  ['a nested type', (doc) => doc.getArray('content').push([new Y.Text('x')])],
  ['a sub-document', (doc) => void doc.getMap('content').set('x', new Y.Doc())],
])('RELAY-5 HC-161 a note with %s is refused', (_, change) => {
  expect(validateUpdate(note, updateOf(change))).toMatchObject(invalid)
})

test.each<[string, (doc: Y.Doc) => void]>([
  ['a number as path', (doc) => void doc.getMap('paths').set(note, 12)],
  ['a file that its owner may not read', (doc) => void doc.getMap('modes').set(note, 3)],
  ['a link out of every folder', (doc) => void doc.getMap('links').set(note, { target: '/etc' })],
  ['bytes without a hash', (doc) => void doc.getMap('blobs').set(note, { size: 1, mtime: 1 })],
  ['a time of no bytes', (doc) => void doc.getMap('times').set(note, { mtime: 1 })],
  ['bytes of no SHA-256', (doc) => void doc.getMap('blobs').set(note, { ...blob, hash: 'x' })],
  ['HC-163 a folder that escapes', (doc) => void doc.getMap('folders').set('../x', true)],
  ['HC-88 a folder in .git', (doc) => void doc.getMap('folders').set('.git/hooks', true)],
  ['HC-163 a path that escapes', (doc) => void doc.getMap('paths').set(note, '../x.md')],
  ['HC-163 a path into .git', (doc) => void doc.getMap('paths').set(note, '.git/hooks/x')],
  [
    'PATH-12 a path below the rules',
    (doc) => void doc.getMap('paths').set(note, '.undriftignore/x.md'),
  ],
  ['a key that is no file id', (doc) => void doc.getMap('paths').set('x', 'a.md')],
  ['another root', (doc) => void doc.getMap('other').set(note, 'a.md')],
  ['text', (doc) => doc.getText('paths').insert(0, 'x')],
  ['half a tombstone', (doc) => void doc.getMap('deleted').set(note, { at: 1 })],
])('RELAY-5 HC-161 an index with %s is refused', (_, change) => {
  expect(validateUpdate(INDEX, updateOf(change))).toMatchObject(invalid)
})

test('RELAY-5 bytes, links, rights, empty folders and their tombstones are what an index holds', () => {
  const facts = updateOf((doc) => {
    doc.getMap('blobs').set(note, blob)
    doc.getMap('links').set(note, { target: '../other note.md' })
    doc.getMap('times').set(note, { hash: blob.hash, mtime: 1 })
    doc.getMap('modes').set(note, 7)
    doc.getMap('folders').set('Empty/Folder', true)
    const seen = Uint8Array.of(0)
    doc
      .getMap('deleted')
      .set(note, { at: 1, by: 'd'.repeat(26), seen, hash: blob.hash, place: 'a' })
  })
  expect(validateUpdate(INDEX, facts)).toEqual({ ok: true })
})

test.each<[string, number[]]>([
  ['nothing', []],
  ['fewer clocks than it announces', [2, 7, 1]],
  ['bytes after its clocks', [1, 7, 1, 0]],
  ['more clients than there are numbers', [255, 255, 255, 255, 255, 255, 255, 15]],
  ['a number without its end', [1, 7, 128]],
])('RELAY-5 HC-161 a tombstone whose state vector has %s is refused', (_, bytes) => {
  const whole = { at: 1, by: 'd'.repeat(26), seen: Uint8Array.from([1, 7, 1]) }
  const bury = (seen: Uint8Array) =>
    updateOf((doc) => void doc.getMap('deleted').set(note, { ...whole, seen }))
  expect(validateUpdate(INDEX, bury(whole.seen))).toEqual({ ok: true })
  expect(validateUpdate(INDEX, bury(Uint8Array.from(bytes)))).toMatchObject(invalid)
})

test.each<[string, unknown, boolean]>([
  ['a path that may be written', 'Projects/plan.md', true],
  ['one that may not', '../plan.md', false],
  ['one that is not in NFC', 'e\u0301.md', false],
  ['no text', 7, false],
])('RELAY-5 a tombstone whose place is %s', (_, place, ok) => {
  const tombstone = { at: 1, by: 'd'.repeat(26), seen: Uint8Array.from([0]), place }
  const update = updateOf((doc) => void doc.getMap('deleted').set(note, tombstone))
  expect(validateUpdate(INDEX, update)).toMatchObject(ok ? { ok } : invalid)
})

test('RELAY-5 a place is no field that a tombstone may have instead of another', () => {
  const half = { at: 1, by: 'd'.repeat(26), place: 'plan.md' }
  const update = updateOf((doc) => void doc.getMap('deleted').set(note, half))
  expect(validateUpdate(INDEX, update)).toMatchObject(invalid)
})

test('RELAY-5 HC-161 a tombstone among the paths is seen when it is applied', () => {
  const index = new Y.Doc()
  const tombstone = { at: 1, by: 'd'.repeat(26), seen: Uint8Array.from([0]) }
  const update = updateOf((doc) => void doc.getMap('paths').set(note, tombstone))
  expect(validateUpdate(INDEX, update)).toEqual({ ok: true })
  expect(applyUpdate(INDEX, index, update)).toMatchObject({ type: 'broken' })
})

test('RELAY-4 HC-157 random bytes and cut updates never throw, and cut ones are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(typeof validateUpdate(note, bytes).ok).toBe('boolean')
      expect(typeof validateUpdate(INDEX, bytes).ok).toBe('boolean')
    }),
    { numRuns: 2000 },
  )
  for (const whole of [...editedNote(), editedIndex()]) {
    for (let length = 0; length < whole.length; length++) {
      expect(validateUpdate(note, whole.subarray(0, length)).ok).toBe(false)
      expect(validateUpdate(INDEX, whole.subarray(0, length)).ok).toBe(false)
    }
  }
})

test('RELAY-4 HC-158 a changed byte is refused, or applied to a note that still encodes, loads and is text', () => {
  const updates = editedNote()
  const [seed = emptyUpdate()] = updates
  const mutation = fc.record({
    which: fc.nat(updates.length - 1),
    bytes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
  })
  fc.assert(
    fc.property(mutation, ({ which, bytes }) => {
      const update = (updates[which] ?? seed).slice()
      for (const [at, value] of bytes) update[at % update.length] = value
      if (!validateUpdate(note, update).ok) return
      const doc = openDoc([seed])
      if (applyUpdate(note, doc, update).type === 'broken') return
      const state = Y.encodeStateAsUpdate(doc)
      // Not that it reads the same: origins that contradict each other may order two texts either way.
      for (const { length, text } of [doc, openDoc([state])].map(lengthAndText)) {
        expect(text.length).toBe(length)
      }
      expect(Y.mergeUpdates([seed, update]).length).toBeGreaterThan(0)
      Y.diffUpdate(Y.mergeUpdates([seed, update]), Y.encodeStateVector(doc))
      Y.encodeStateVectorFromUpdate(update)
    }),
    { numRuns: 20_000 },
  )
})

function lengthAndText(doc: Y.Doc): { length: number; text: string } {
  const content = doc.getText('content')
  return { length: content.length, text: content.toString() }
}
