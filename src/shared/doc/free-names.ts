// The names of files that give way, at the price of one look for each name: what is taken stays so.
import { type VaultPath, pathKey, withSuffix } from '../vault-path.ts'

export class FreeNames {
  readonly #isTaken: (key: string) => boolean
  /** By the first name of a run: names that differ in their number alone, of as many digits, with one key. */
  readonly #next = new Map<string, number>()

  /** `isTaken` is asked for the `pathKey` of names; one that it was asked for is taken from then on. */
  constructor(isTaken: (key: string) => boolean) {
    this.#isTaken = isTaken
  }

  /** `path` with the lowest suffix that is not taken. */
  take(path: VaultPath): VaultPath {
    for (let first = 2, end = 10; ; first = end, end *= 10) {
      const run = pathKey(withSuffix(path, first))
      for (let n = this.#next.get(run) ?? first; n < end; n++) {
        this.#next.set(run, n + 1)
        const candidate = withSuffix(path, n)
        if (!this.#isTaken(pathKey(candidate))) return candidate
      }
    }
  }
}
