// What the relay will not take on this connection. It stays on this disk, is listed by `status`, and is offered
// again on the next connection.
import { type DocId, INDEX } from '../../shared/ids.ts'
import type { AppError } from '../../shared/errors.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { Problem } from '../core/facts.ts'
import type { Ledger } from './ledger.ts'
import type { KnownProblem } from './problems.ts'

type Refusal = {
  /** Where the note was on disk; undefined for the index. */
  readonly path: VaultPath | undefined
  readonly problem: KnownProblem
}

export class Refusals {
  readonly #byDoc = new Map<DocId, Refusal>()

  get size(): number {
    return this.#byDoc.size
  }

  add(doc: DocId, path: VaultPath | undefined, reason: AppError, now: number): void {
    const since = this.#byDoc.get(doc)?.problem.since ?? now
    const listedAt = path ?? (doc === INDEX ? '.' : doc)
    this.#byDoc.set(doc, { path, problem: { ...explain(doc, reason), path: listedAt, since } })
  }

  /** Nothing is at `path`: a new note that the relay did not take is gone, a known one may only have moved. */
  forget(path: VaultPath, ledger: Ledger): void {
    for (const [doc, refusal] of this.#byDoc) {
      if (refusal.path === path && ledger.pathOf(doc) === undefined) this.#byDoc.delete(doc)
    }
  }

  /** Where the notes were. */
  paths(): VaultPath[] {
    return [...this.#byDoc.values()].flatMap(({ path }) => path ?? [])
  }

  clear(): void {
    this.#byDoc.clear()
  }

  /** A note is listed where it is now. */
  list(ledger: Ledger): KnownProblem[] {
    return Array.from(this.#byDoc, ([doc, { problem }]) => ({
      ...problem,
      path: ledger.pathOf(doc) ?? problem.path,
    }))
  }
}

function explain(doc: DocId, { code, message }: AppError): Problem {
  const where =
    doc === INDEX
      ? 'renames, deletes and new notes made here stay on this disk and are not sent'
      : 'what was written here stays on this disk and is not sent'
  return code === 'forbidden'
    ? { code: 'read-only', message: `this device may only read the vault: ${where}` }
    : { code: 'refused', message: `the relay refused it (${message}): ${where}` }
}
