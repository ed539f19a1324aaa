// Every cell of the three-way table, and what must hold of all of them.
import { describe, expect, test } from 'vitest'
import { type Sides, type Verdict, reconcile } from './reconcile.ts'

const docs = ['none', 'same', 'changed'] as const

/** life, base, disk, then the act for a document that is not here, the same, changed. */
const table = [
  ['live', 'none', 'absent', 'wait', 'write', 'write'],
  ['live', 'none', 'same', 'seed', 'join', 'join'],
  ['live', 'none', 'changed', 'seed', 'join', 'join'],
  ['live', 'agreed', 'absent', 'publish-delete', 'publish-delete', 'write'],
  ['live', 'agreed', 'same', 'nothing', 'nothing', 'write'],
  ['live', 'agreed', 'changed', 'ingest', 'ingest', 'ingest'],
  ['deleted', 'none', 'absent', 'nothing', 'nothing', 'nothing'],
  ['deleted', 'none', 'same', 'nothing', 'nothing', 'nothing'],
  ['deleted', 'none', 'changed', 'revive', 'revive', 'revive'],
  ['deleted', 'agreed', 'absent', 'forget', 'forget', 'forget'],
  ['deleted', 'agreed', 'same', 'trash', 'trash', 'trash'],
  ['deleted', 'agreed', 'changed', 'revive', 'revive', 'revive'],
  ['beyond', 'none', 'absent', 'revive', 'revive', 'revive'],
  ['beyond', 'none', 'same', 'revive', 'revive', 'revive'],
  ['beyond', 'none', 'changed', 'revive', 'revive', 'revive'],
  ['beyond', 'agreed', 'absent', 'revive', 'revive', 'revive'],
  ['beyond', 'agreed', 'same', 'revive', 'revive', 'revive'],
  ['beyond', 'agreed', 'changed', 'revive', 'revive', 'revive'],
] as const

type Cell = { readonly sides: Sides; readonly act: Verdict['act'] }

/** Of a live file nobody asks whether it has writing beyond its tombstone. */
const cells: readonly Cell[] = table.flatMap(([life, base, disk, ...acts]) =>
  docs.flatMap((doc, i) => {
    const act = acts[i] ?? expect.unreachable()
    const live = life === 'live'
    const beyonds = live ? [false, true] : [life === 'beyond']
    return beyonds.map((beyond) => ({ sides: { live, beyond, base, disk, doc }, act }))
  }),
)

describe('reconcile', () => {
  test('SYNC-1 every cell of live, beyond, base, disk and document is decided, each with a reason', () => {
    expect(new Set(cells.map(({ sides }) => JSON.stringify(sides))).size).toBe(2 * 2 * 2 * 3 * 3)
    for (const { sides, act } of cells) {
      const verdict = reconcile(sides)
      expect(verdict.act, JSON.stringify(sides)).toBe(act)
      expect(verdict.why).toMatch(/^[a-z].{5,}[^.]$/)
    }
  })

  test('SYNC-2 what was changed on disk is never overwritten, trashed or forgotten', () => {
    const safe = ['ingest', 'join', 'seed', 'revive']
    for (const { sides } of cells.filter((cell) => cell.sides.disk === 'changed')) {
      expect(safe, JSON.stringify(sides)).toContain(reconcile(sides).act)
    }
  })

  test('SYNC-2 HC-50 a document that was changed is never deleted', () => {
    for (const { sides } of cells) {
      const hasNews = sides.live ? sides.doc === 'changed' : sides.beyond
      if (!hasNews) continue
      expect(['publish-delete', 'trash', 'forget']).not.toContain(reconcile(sides).act)
    }
  })

  test('SYNC-3 HC-51 HC-56 a tombstone prevails only over a file that is unchanged here', () => {
    const trashed = cells.filter(({ sides }) => reconcile(sides).act === 'trash')
    expect(trashed.length).toBeGreaterThan(0)
    for (const { sides } of trashed) {
      expect(sides).toMatchObject({ live: false, beyond: false, base: 'agreed', disk: 'same' })
    }
  })
})
