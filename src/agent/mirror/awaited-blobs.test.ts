import { expect, test } from 'vitest'
import { fileId } from '../../../test/fakes/facts.ts'
import { encodeText } from '../core/text.ts'
import { blobHashOf } from '../blob/fingerprint.ts'
import { AwaitedBlobs } from './awaited-blobs.ts'

const [one, two] = [fileId(1), fileId(2)]
const [first, second] = [blobHashOf(encodeText('first')), blobHashOf(encodeText('second'))]

test('BLOB-53 a file that has got another version waits for that one only', () => {
  const awaited = new AwaitedBlobs()
  awaited.add(first, one)
  awaited.add(first, two)
  awaited.add(second, one)
  expect([...awaited.waitingFor(first)]).toEqual([two])
  expect([...awaited.waitingFor(second)]).toEqual([one])
  awaited.keepOnly(one, second)
  awaited.keepOnly(two, undefined)
  expect([...awaited.waitingFor(first)]).toEqual([])
  expect([...awaited.take(second)]).toEqual([one])
  expect([...awaited.waitingFor(second)]).toEqual([])
})
