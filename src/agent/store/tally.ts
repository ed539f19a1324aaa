// Knows without reading what the local store should hold: log positions, facts, base texts.
import { crc32 } from 'node:zlib'
import type { DocId, FileId } from '../../shared/ids.ts'
import type { Census } from './records.ts'

export class Tally {
  generation = 0
  logs = 0
  private factsSum = 0
  private readonly factSums = new Map<FileId, number>()
  private readonly lastPositions = new Map<DocId, number>()
  private readonly texts = new Set<FileId>()

  /** Counts facts; what was stored under the id before no longer counts. */
  setFacts(id: FileId, bytes: Uint8Array): void {
    const sum = crc32(bytes, crc32(id))
    this.factsSum = (this.factsSum ^ (this.factSums.get(id) ?? 0) ^ sum) >>> 0
    this.factSums.set(id, sum)
  }

  setText(id: FileId, isThere: boolean): void {
    if (isThere) this.texts.add(id)
    else this.texts.delete(id)
  }

  /** Raises the last position of a document's log. */
  sawPosition(doc: DocId, at: number): void {
    if (at > this.lastPosition(doc)) this.lastPositions.set(doc, at)
  }

  /** -1 when the log is empty. */
  lastPosition(doc: DocId): number {
    return this.lastPositions.get(doc) ?? -1
  }

  census(): Census {
    return {
      schema: 1,
      generation: this.generation,
      logs: this.logs,
      facts: this.factSums.size,
      factsSum: this.factsSum,
      texts: this.texts.size,
    }
  }
}
