// Every word that simulated users wrote: which ones nobody took away, and so must be there exactly once.

/** Where two edit one word, what they wrote may stand side by side without a gap. */
const pattern = /t\d+x/g

export function tokensOf(text: string): string[] {
  return [...text.matchAll(pattern)].map(([token]) => token)
}

export class Tokens {
  readonly #written = new Set<string>()
  readonly #deleted = new Set<string>()
  /** Written on two devices of which none could hear of the other. */
  readonly #twice = new Set<string>()

  next(): string {
    const token = `t${this.#written.size}x`
    this.#written.add(token)
    return token
  }

  /** Somebody who had `text` before them deleted it. */
  deletedWith(text: string): void {
    for (const token of tokensOf(text)) this.#deleted.add(token)
  }

  /** `text` was written on two devices, and the relay did not have one before the other came. */
  writtenTwice(text: string): void {
    for (const token of tokensOf(text)) this.#twice.add(token)
  }

  get count(): number {
    return this.#written.size
  }

  /** What is wrong with `texts`, the contents of all files of one folder; `isKept` elsewhere is not lost. */
  check(
    texts: readonly string[],
    isKept: (token: string) => boolean,
  ): { faults: string[]; doubled: string[] } {
    const counts = new Map<string, number>()
    for (const text of texts) {
      for (const token of tokensOf(text)) counts.set(token, (counts.get(token) ?? 0) + 1)
    }
    const faults: string[] = []
    const doubled: string[] = []
    for (const token of this.#written) {
      const count = counts.get(token) ?? 0
      const isLost = count === 0 && !this.#deleted.has(token) && !isKept(token)
      if (isLost) faults.push(`${token} is lost`)
      if (count > (this.#twice.has(token) ? 2 : 1)) doubled.push(`${token} is there ${count} times`)
    }
    for (const token of counts.keys()) {
      if (!this.#written.has(token)) faults.push(`${token} was never written`)
    }
    return { faults, doubled }
  }
}
