// Changes of the local store -> one LevelDB batch, with the census that makes losses noticeable.
import { unreachable } from '../../shared/assert.ts'
import type { DocId } from '../../shared/ids.ts'
import { idKey, keyKind, keyPosition, logKey, logRange, soleKey } from './keys.ts'
import type { BatchOperation, Db } from './level-db.ts'
import type { StoreChange } from './local-store.ts'
import { encodeJson } from './records.ts'
import type { Tally } from './tally.ts'

type Log = Extract<StoreChange, { type: 'append' | 'compact' }>

/** Moves `tally` on to what the store holds once the batch is written. */
export async function buildBatch(
  db: Db,
  tally: Tally,
  changes: readonly StoreChange[],
): Promise<BatchOperation[]> {
  const batch = new Batch(db, tally)
  for (const change of changes) await batch.add(change)
  return batch.finish()
}

class Batch {
  private readonly operations: BatchOperation[] = []
  private readonly db: Db
  private readonly tally: Tally
  /** Log positions that this batch puts (true) or deletes (false). */
  private readonly touched = new Map<DocId, Map<number, boolean>>()

  constructor(db: Db, tally: Tally) {
    this.db = db
    this.tally = tally
  }

  async add(change: StoreChange): Promise<void> {
    switch (change.type) {
      case 'append':
        return await this.append(change)
      case 'compact':
        return await this.compact(change)
      case 'facts': {
        const value = encodeJson(change.facts)
        this.tally.setFacts(change.facts.id, value)
        return this.put(idKey(keyKind.facts, change.facts.id), value)
      }
      case 'base-text': {
        const key = idKey(keyKind.baseText, change.id)
        this.tally.setText(change.id, change.text !== undefined)
        if (change.text === undefined) this.operations.push({ type: 'del', key })
        else this.put(key, new TextEncoder().encode(change.text))
        return
      }
      case 'index': {
        const { head, unacked } = change
        return this.put(soleKey(keyKind.index), encodeJson({ head, unacked }))
      }
      case 'folders':
        return this.put(soleKey(keyKind.folders), encodeJson(change.folders))
      case 'cursor': {
        const { epoch, cursor } = change
        return this.put(soleKey(keyKind.cursor), encodeJson({ epoch, cursor }))
      }
      default:
        unreachable(change)
    }
  }

  finish(): BatchOperation[] {
    this.tally.generation += 1
    this.put(soleKey(keyKind.census), encodeJson(this.tally.census()))
    return this.operations
  }

  private async append({ doc, at, update }: Log & { type: 'append' }): Promise<void> {
    const mayBeThere = at <= this.tally.lastPosition(doc)
    const isThere = mayBeThere && (await this.positions(doc, at)).has(at)
    this.putLog(doc, at, update, isThere)
  }

  private async compact({ doc, upTo, update }: Log & { type: 'compact' }): Promise<void> {
    const positions = await this.positions(doc, upTo)
    const isThere = positions.delete(upTo)
    for (const at of positions) {
      this.operations.push({ type: 'del', key: logKey(doc, at) })
      this.touch(doc, at, false)
      this.tally.logs -= 1
    }
    this.putLog(doc, upTo, update, isThere)
  }

  private putLog(doc: DocId, at: number, update: Uint8Array, isThere: boolean): void {
    this.put(logKey(doc, at), update)
    this.touch(doc, at, true)
    this.tally.sawPosition(doc, at)
    if (!isThere) this.tally.logs += 1
  }

  /** Positions of a log up to `upTo`, as they are after what this batch has so far. */
  private async positions(doc: DocId, upTo: number): Promise<Set<number>> {
    const stored = await this.db.keys(logRange(doc, upTo)).all()
    const positions = new Set(stored.map(keyPosition))
    for (const [at, isPut] of this.touched.get(doc) ?? []) {
      if (isPut && at <= upTo) positions.add(at)
      else positions.delete(at)
    }
    return positions
  }

  private touch(doc: DocId, at: number, isPut: boolean): void {
    const touched = this.touched.get(doc) ?? new Map<number, boolean>()
    this.touched.set(doc, touched.set(at, isPut))
  }

  private put(key: Uint8Array, value: Uint8Array): void {
    this.operations.push({ type: 'put', key, value })
  }
}
