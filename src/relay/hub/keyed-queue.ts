// One queue per key: tasks of one key run one after the other, tasks of different keys side by side.

/** Tasks must not reject; what they have to say they say to whoever asked. */
export class KeyedQueue<Key> {
  readonly #tails = new Map<Key, Promise<void>>()

  run(key: Key, task: () => Promise<void>): void {
    const before = this.#tails.get(key)
    const tail = before === undefined ? task() : before.then(task)
    this.#tails.set(key, tail)
    const forget = (): void => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    }
    void tail.then(forget, forget)
  }

  isIdle(key: Key): boolean {
    return !this.#tails.has(key)
  }

  /** Resolves when no task is queued or running. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.allSettled(this.#tails.values())
  }
}
