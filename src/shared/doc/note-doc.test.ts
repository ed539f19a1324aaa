// A note as a document: what splices make of it, here and on every replica.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { diffText } from '../text/diff.ts'
import { type Splice, applySplices } from '../text/splice.ts'
import {
  captureUpdate,
  contentRoot,
  editNote,
  emptyUpdate,
  isEmptyUpdate,
  noteContent,
  noteText,
  openDoc,
  seedNote,
  seedText,
} from './note-doc.ts'

const anyText = fc.string({
  unit: fc.constantFrom('a', 'b', '\n', '\r\n', '😀', '😁', '👍🏽', 'e\u0301', ' ', '\ufeff', '\0'),
  maxLength: 30,
})

/** Sorted splices that do not touch, between code points of `text`. */
function splicesIn(text: string, cuts: readonly [number, number, string][]): Splice[] {
  const ends = [0]
  for (const point of text) ends.push((ends.at(-1) ?? 0) + point.length)
  const splices: Splice[] = []
  let from = 0
  for (const [skip, take, insert] of cuts) {
    const start = ends[from + skip]
    const end = ends[from + skip + take]
    if (start === undefined || end === undefined) break
    if (take > 0 || insert !== '') splices.push({ at: start, remove: end - start, insert })
    from += skip + take + 1
  }
  return splices
}
const cuts = fc.array(fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 3 }), anyText), { maxLength: 6 })

describe('a note', () => {
  test('DOC-1 is one root text named content, which any Yjs editor binds to', () => {
    const doc = openDoc([seedNote('hello\n', 1)])
    expect(contentRoot).toBe('content')
    expect([...doc.share.keys()]).toEqual(['content'])
    expect(noteContent(doc)).toBeInstanceOf(Y.Text)
    expect(doc.getText('content').toString()).toBe('hello\n')
  })

  test('DOC-1 HC-103 an empty note has an update too, so that it exists', () => {
    expect(noteText(openDoc([seedNote('', 1)]))).toBe('')
    expect(isEmptyUpdate(seedNote('', 1))).toBe(true)
    expect(isEmptyUpdate(seedNote('x', 1))).toBe(false)
    expect(isEmptyUpdate(emptyUpdate())).toBe(true)
  })

  test('DOC-1 a seed has the bytes that Yjs gives', () => {
    fc.assert(
      fc.property(anyText, fc.nat({ max: 0xffff_ffff }), (text, clientId) => {
        const doc = new Y.Doc()
        doc.clientID = clientId
        noteContent(doc).insert(0, text)
        expect(seedNote(text, clientId)).toEqual(Y.encodeStateAsUpdate(doc))
      }),
    )
  })

  test('DOC-1 a seed gives its text back without a document; no other update gives one', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 8, max: 0xffff_ffff }), (text, clientId) => {
        const seed = seedNote(text, clientId)
        expect(seedText(seed)).toBe(text)
        const doc = openDoc([seed], 7)
        const edit = editNote(doc, [{ at: text.length, remove: 0, insert: 'more' }], 'disk')
        if (text !== '') expect(seedText(edit)).toBeUndefined()
        if (text !== '') expect(seedText(Y.encodeStateAsUpdate(doc))).toBeUndefined()
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array(), anyText, fc.nat(60), (bytes, text, cut) => {
        expect(() => seedText(bytes)).not.toThrow()
        const seed = seedNote(text, 1)
        if (text !== '') expect(seedText(seed.subarray(0, seed.length - 1 - cut))).toBeUndefined()
        if (text !== '') expect(seedText(Uint8Array.of(...seed, 0))).toBeUndefined()
      }),
    )
    const index = new Y.Doc()
    index.getMap('paths').set('id', 'note.md')
    expect(seedText(Y.encodeStateAsUpdate(index))).toBeUndefined()
    const emptied = openDoc([seedNote('gone', 1)])
    editNote(emptied, [{ at: 0, remove: 4, insert: '' }], 'disk')
    expect(seedText(Y.encodeStateAsUpdate(emptied))).toBeUndefined()
  })

  test('DOC-2 HC-180 splices do to the document what they do to the text, on every replica', () => {
    fc.assert(
      fc.property(anyText, cuts, (text, wanted) => {
        const splices = splicesIn(text, wanted)
        const seed = seedNote(text, 1)
        const doc = openDoc([seed], 2)
        const update = editNote(doc, splices, 'disk')
        const expected = applySplices(text, splices)
        expect(noteText(doc)).toBe(expected)
        expect(noteText(openDoc([update, seed]))).toBe(expected)
        expect(expected.isWellFormed()).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('DOC-2 HC-101 emoji that share half a surrogate pair are changed whole', () => {
    for (const [before, after] of [
      ['a 😀 b', 'a 😁 b'],
      ['👍🏽', '👍🏿'],
      ['🇩🇪', '🇩🇰'],
      ['👩‍👩‍👧', '👩‍👩‍👦'],
    ] as const) {
      const seed = seedNote(before, 1)
      const here = openDoc([seed], 2)
      const update = editNote(here, diffText(before, after), 'disk')
      const there = openDoc([seed, update], 3)
      for (const doc of [here, there]) {
        expect(noteText(doc)).toBe(after)
        expect(noteText(doc).isWellFormed()).toBe(true)
      }
    }
  })

  test('DOC-2 HC-47 edits of two devices at two places are both there, once', () => {
    const seed = seedNote('one\ntwo\nthree\n', 1)
    const a = openDoc([seed], 2)
    const b = openDoc([seed], 3)
    const fromA = editNote(a, [{ at: 0, remove: 3, insert: 'ONE' }], 'disk')
    const fromB = editNote(b, [{ at: 8, remove: 5, insert: 'THREE' }], 'disk')
    Y.applyUpdate(a, fromB)
    Y.applyUpdate(b, fromA)
    expect([noteText(a), noteText(b)]).toEqual(Array(2).fill('ONE\ntwo\nTHREE\n'))
  })

  test('DOC-3 HC-177 HC-178 a document writes under the clientID of its session, even after loading its own writing', () => {
    const seed = seedNote('a', 7)
    const doc = openDoc([seed], 7)
    expect(doc.clientID).toBe(7)
    const update = editNote(doc, [{ at: 1, remove: 0, insert: 'b' }], 'disk')
    expect([
      ...Y.decodeStateVector(Y.encodeStateVectorFromUpdate(Y.mergeUpdates([seed, update]))),
    ]).toEqual([[7, 2]])
    expect(openDoc([seed, update], 7).clientID).toBe(7)
  })

  test('DOC-3 HC-184 what waits for a missing update is not lost when the document is saved', () => {
    const first = openDoc([seedNote('a', 1)], 1)
    const second = editNote(first, [{ at: 1, remove: 0, insert: 'b' }], 'disk')
    const third = editNote(first, [{ at: 2, remove: 0, insert: 'c' }], 'disk')
    const gap = openDoc([seedNote('a', 1), third])
    const saved = Y.encodeStateAsUpdate(gap)
    expect(noteText(openDoc([saved, second]))).toBe('abc')
  })

  test('DOC-2 HC-187 a change that changes nothing makes an empty update, and captures hear nothing else', () => {
    const doc = openDoc([seedNote('a', 1)], 2)
    expect(isEmptyUpdate(editNote(doc, [], 'disk'))).toBe(true)
    const update = captureUpdate(
      doc,
      () => void editNote(doc, [{ at: 0, remove: 1, insert: '' }], 'disk'),
    )
    expect(noteText(openDoc([seedNote('a', 1), update]))).toBe('')
    expect(isEmptyUpdate(captureUpdate(doc, () => undefined))).toBe(true)
  })
})
