// What a program writes into a file that we took the name of.
import { beforeEach, expect, test } from 'vitest'
import { fileId, pathOf, statAt } from '../../../test/fakes/facts.ts'
import { seedNote } from '../../shared/doc/note-doc.ts'
import { encodeText } from '../core/text.ts'
import { sha256Hex } from '../hash.ts'
import { MemoryLocalStore } from '../store/memory-local-store.ts'
import { ContestedFiles } from './contested-files.ts'
import type { MirrorContext } from './context.ts'
import { rememberReplaced } from './earlier.ts'
import { HintSet } from './hints.ts'
import { ingestEdit, ingestLate, ingestRevived } from './ingest.ts'
import { Ledger } from './ledger.ts'
import { trashAll } from './materialise.ts'
import { moveAll } from './relocate.ts'
import { Notes } from './notes.ts'
import { Outbox } from './outbox.ts'
import { Problems } from './problems.ts'

const id = fileId(1)
const path = pathOf('log.md')
const opened = statAt(1, { ino: '1' })
const written = statAt(2, { ino: '2' })

let context: MirrorContext
let now: number

beforeEach(() => {
  const store = new MemoryLocalStore()
  const ledger = new Ledger(store)
  const notes = new Notes(store, ledger, 7)
  now = 1_800_000_000_000
  context = {
    ledger,
    notes,
    outbox: new Outbox(ledger, () => undefined),
    pending: new Set(),
    unread: new Set(),
    failed: new Set(),
    blocked: new Map(),
    contested: new ContestedFiles(),
    versions: new Map(),
    problems: new Problems(),
    hints: new HintSet(),
    disk: {
      trash: () => Promise.resolve({ type: 'trashed' }),
      move: () => Promise.resolve({ type: 'moved', stat: opened }),
    },
    clock: { now: () => now },
  } as unknown as MirrorContext
  notes.adopt(id, seedNote('top', 2))
  ledger.setBase(id, {
    path,
    hash: hashOf('top'),
    stat: opened,
    at: 1,
    merged: true,
    kind: 'text' as const,
  })
})

const hashOf = (text: string): string => sha256Hex(encodeText(text))

/** Another device's edit at the start of line 1 comes here, and our write of it replaces the file. */
async function replaceWith(theirs: string): Promise<void> {
  const { ledger, notes } = context
  await notes.edit(id, [{ at: 0, remove: 0, insert: theirs }])
  const hash = hashOf(await notes.text(id))
  await rememberReplaced(context, id)
  ledger.setBase(id, {
    path,
    hash,
    stat: written,
    at: ledger.head(id),
    merged: true,
    kind: 'text' as const,
  })
}

test('SYNC-17 HC-19 a program that appends on and on through one open file has each word there once', async () => {
  await replaceWith('b1 ')
  await ingestLate(context, 'top w1', opened)
  await ingestLate(context, 'top w1 w2', opened)
  now += 40_000
  await ingestLate(context, 'top w1 w2 w3', opened)
  expect(await context.notes.text(id)).toBe('b1 top w1 w2 w3')
})

const referenceTo = (name: string): string => `[${name}]: ${name} "${name}"\n`
const save = (text: string, atMs: number): Promise<void> =>
  ingestEdit(context, id, {
    ...{ kind: 'text' as const, path, text, hash: hashOf(text) },
    stat: statAt(atMs, { ino: '3' }),
  })

test('SYNC-40 HC-12 a save over lines that came in the same moment, with one of them, takes none away', async () => {
  const [publishing, mathematics] = [referenceTo('publishing'), referenceTo('mathematics')]
  await replaceWith(publishing + mathematics)
  await save(`${publishing}top, and more`, now + 500)
  const lines = (await context.notes.text(id)).split('\n')
  for (const line of [publishing.trim(), mathematics.trim(), 'top, and more']) {
    expect([line, lines.filter((other) => other === line).length]).toEqual([line, 1])
  }
})

test('SYNC-40 who types on right after a save that has seen our write changes what they like', async () => {
  await replaceWith('theirs\n')
  await save('theirs\nhel\ntop', now + 500)
  await save('theirs\nhello there\ntop', now + 1_000)
  expect(await context.notes.text(id)).toBe('theirs\nhello there\ntop')
})

test('SYNC-42 HC-19 a save over what was not written since takes nothing of what was written late away', async () => {
  await save('my own\n', now)
  await replaceWith('theirs\n')
  now += 4_000
  await ingestLate(context, 'top\nlate\n', statAt(now, { ino: '3' }))
  await save('top\nfrom an older buffer\n', now)
  expect((await context.notes.text(id)).split('\n')).toEqual(
    expect.arrayContaining(['theirs', 'late', 'from an older buffer']),
  )
})

test('SYNC-17 HC-19 what was written late goes into the note, wherever that is by now', async () => {
  await replaceWith('b1 ')
  const { base } = context.ledger.facts(id)
  if (base === undefined) expect.unreachable()
  context.ledger.change(id, { base: { ...base, path: pathOf('moved.md') } })
  await ingestLate(context, 'top w1', opened)
  expect(await context.notes.text(id)).toBe('b1 top w1')
  expect(context.pending).toContain(id)
})

test('SYNC-17 HC-19 also where a remote delete took the file', async () => {
  await trashAll(context, [id])
  await ingestLate(context, 'top w1', opened)
  expect(await context.notes.text(id)).toBe('top w1')
})

test('SYNC-11 what is saved where we have just moved a note, with nothing of it, takes nothing from it', async () => {
  const { base } = context.ledger.facts(id)
  if (base === undefined) expect.unreachable()
  const to = pathOf('taken.md')
  await moveAll(context, [{ id, base, to }])
  const text = 'another note that was here before\n'
  await ingestEdit(context, id, {
    kind: 'text',
    path: to,
    text,
    hash: hashOf(text),
    stat: statAt(now + 1_000),
  })
  expect(await context.notes.text(id)).toContain('top')
  expect(await context.notes.text(id)).toContain(text.trim())
})

test('SYNC-24 what is born again where a note was deleted joins what the deleter had not seen', async () => {
  const { ledger, notes, versions } = context
  const seen = await notes.stateVector(id)
  Object.assign(context, { index: { tombstone: () => ({ seen }) } })
  ledger.dropBase(id)
  const [text, other] = ['born here\n', 'born there\n']
  const disk = { kind: 'text' as const, path, text, hash: hashOf(text), stat: statAt(now) }
  await notes.edit(id, [{ at: 0, remove: 3, insert: other }])
  versions.set(id, { hash: disk.hash, isKnown: false })
  expect(await ingestRevived(context, id, disk)).toBe(true)
  expect((await notes.text(id)).split('\n').sort()).toEqual(['', 'born here', 'born there'])
})

test('SYNC-24 what is born again where a note was deleted takes the place of what the deleter had seen', async () => {
  const { ledger, notes } = context
  const seen = await notes.stateVector(id)
  Object.assign(context, { index: { tombstone: () => ({ seen }) } })
  ledger.dropBase(id)
  const text = 'born here\n'
  const disk = { kind: 'text' as const, path, text, hash: hashOf(text), stat: statAt(now) }
  expect(await ingestRevived(context, id, disk)).toBe(true)
  expect(await notes.text(id)).toBe(text)
})
