// The first part of a real edit history by many authors; the whole of it: scripts/replay-history.mjs.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { sharedData } from './support/data.ts'

const script = join(import.meta.dirname, '../../scripts/replay-history.mjs')
const history = sharedData('foam-docs-history.jsonl.gz')

test.skipIf(history === undefined).each([
  ['by three devices in turn ends byte for byte as the history does', ['--online']],
  ['by devices that go, crash and come back loses no line and no file', ['--seed', '1']],
])('a real edit history %s', async (_, flags) => {
  const replay = promisify(execFile)(process.execPath, [script, '--commits', '60', ...flags])
  const { stdout } = await replay
  expect(JSON.parse(stdout)).toMatchObject({ commits: 60, faults: 0 })
})
