// How the way to the relay's binary files is bad for a while.
import type { SeededRandom } from './seeded-random.ts'

export class BlobFaults {
  readonly #random: SeededRandom
  /** Of so many attempts this share fails, before or after the relay has done what it was asked. */
  cutShare = 0
  delayMs = 0

  constructor(random: SeededRandom) {
    this.#random = random
  }

  get isCut(): boolean {
    return this.cutShare > 0 && this.#random.chance(this.cutShare)
  }

  clear(): void {
    this.cutShare = 0
    this.delayMs = 0
  }
}
