// Whether one state knew all that another knows, and whether two are the same.
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { docDigest } from './digest.ts'
import { editNote, openDoc, seedNote } from './note-doc.ts'
import { covers } from './state-vector.ts'

const seed = seedNote('hello', 1)
const vectorOf = (...updates: Uint8Array[]) => Y.encodeStateVector(openDoc(updates))
const insertion = editNote(openDoc([seed], 2), [{ at: 5, remove: 0, insert: '!' }], 'disk')
const other = editNote(openDoc([seed], 3), [{ at: 0, remove: 0, insert: '> ' }], 'disk')
const deletion = editNote(openDoc([seed], 4), [{ at: 0, remove: 5, insert: '' }], 'disk')

describe('covers', () => {
  test('DOC-4 a state covers itself and what came before it, not what came after or beside it', () => {
    expect(covers(vectorOf(seed), vectorOf(seed))).toBe(true)
    expect(covers(vectorOf(seed, insertion), vectorOf(seed))).toBe(true)
    expect(covers(vectorOf(seed), vectorOf(seed, insertion))).toBe(false)
    expect(covers(vectorOf(seed, insertion), vectorOf(seed, other))).toBe(false)
    expect(covers(vectorOf(seed, insertion, other), vectorOf(seed, other))).toBe(true)
    expect(covers(vectorOf(), vectorOf())).toBe(true)
    expect(covers(vectorOf(), vectorOf(seed))).toBe(false)
  })

  test('DOC-4 HC-161 a state that cannot be read knew nothing', () => {
    expect(covers(new Uint8Array(0), vectorOf(seed))).toBe(false)
    expect(covers(Uint8Array.from([9, 9]), vectorOf(seed))).toBe(false)
  })

  test('DOC-4 HC-50 a deletion is no writing: it brings no deleted file back', () => {
    expect(covers(vectorOf(seed), vectorOf(seed, deletion))).toBe(true)
  })
})

describe('docDigest', () => {
  const digestOf = (...updates: Uint8Array[]) =>
    Buffer.from(docDigest(openDoc(updates))).toString('hex')

  test('DOC-5 HC-139 replicas with the same state have one digest, whatever the order of arrival', () => {
    const all = [seed, insertion, other, deletion]
    expect(digestOf(...all)).toBe(digestOf(...all.toReversed()))
    expect(digestOf(...all)).toBe(digestOf(Y.mergeUpdates(all)))
    expect(docDigest(openDoc(all))).toHaveLength(16)
  })

  test('DOC-5 an insertion shows in it, and so does a deletion, which no state vector shows', () => {
    expect(digestOf(seed, insertion)).not.toBe(digestOf(seed))
    expect(vectorOf(seed, deletion)).toEqual(vectorOf(seed))
    expect(digestOf(seed, deletion)).not.toBe(digestOf(seed))
  })
})
