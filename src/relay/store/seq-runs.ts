// Which ledger numbers were ever given to an edit that became durable: few runs, since gaps are rare.

export class SeqRuns {
  readonly #runs: { first: number; last: number }[] = []

  /** `seqs` in rising order. */
  constructor(seqs: Iterable<number> = []) {
    for (const seq of seqs) this.add(seq)
  }

  /** `seq` is above all before it. */
  add(seq: number): void {
    const run = this.#runs.at(-1)
    if (run !== undefined && run.last + 1 === seq) run.last = seq
    else this.#runs.push({ first: seq, last: seq })
  }

  has(seq: number): boolean {
    return this.#runs.some(({ first, last }) => first <= seq && seq <= last)
  }

  copy(): SeqRuns {
    const copy = new SeqRuns()
    copy.#runs.push(...this.#runs.map((run) => ({ ...run })))
    return copy
  }
}
