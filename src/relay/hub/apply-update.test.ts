// What an index may hold is seen whole only once an update is applied.
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { fileId } from '../../../test/fakes/facts.ts'
import { INDEX } from '../../shared/ids.ts'
import { applyUpdate } from './apply-update.ts'

/** What comes of an index in which `root` says `value` for `key`, and then `second`. */
function appliedTwice(root: string, key: string, value: unknown, second: unknown) {
  const relay = new Y.Doc()
  const agent = new Y.Doc()
  const types: string[] = []
  agent.on('update', (update) => types.push(applyUpdate(INDEX, relay, update).type))
  agent.getMap(root).set(key, value)
  agent.getMap(root).set(key, second)
  return types
}

test('RELAY-5 files stand in an index by their ids, and folders by their paths', () => {
  expect(appliedTwice('paths', fileId(1), 'a.md', 'b.md')).toEqual(['changed', 'changed'])
  expect(appliedTwice('folders', 'Empty/Folder', true, true)).toEqual(['changed', 'changed'])
  expect(appliedTwice('folders', '../x', true, true)).toEqual(['broken', 'broken'])
  expect(appliedTwice('paths', 'Empty', 'a.md', 'b.md')).toEqual(['broken', 'broken'])
})

test('RELAY-5 what follows an entry is what its root holds', () => {
  expect(appliedTwice('folders', 'Empty', true, 'a.md')).toEqual(['changed', 'broken'])
  expect(appliedTwice('paths', fileId(1), 'a.md', true)).toEqual(['changed', 'broken'])
})
