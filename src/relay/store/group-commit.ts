// Many small appends, few writes: while one batch is under way, whatever comes forms the next one.

type Append<Item> = {
  items: readonly Item[]
  done: () => void
  fail: (reason: unknown) => void
}
type Job = { run: () => Promise<void>; done: () => void; fail: (reason: unknown) => void }

/** One write holds about so much at most: a batch is in memory several times over while it is written. */
const maxBytes = 512 * 1024
/** What an item takes beside its update. */
const rowBytes = 500

/** Runs one write at a time, in the order of calls. A failed write fails all appends in it. */
export class GroupCommit<Item extends { readonly update: Uint8Array }> {
  readonly #write: (items: Item[]) => Promise<void>
  readonly #queue: (Append<Item> | Job)[] = []
  #running: Promise<void> | undefined

  constructor(write: (items: Item[]) => Promise<void>) {
    this.#write = write
  }

  /** Resolves once a write that holds `items` has succeeded. */
  append(items: readonly Item[]): Promise<void> {
    return new Promise((done, fail) => this.#push({ items, done, fail }))
  }

  /** Runs `job` alone, after the writes asked for before it and before those asked for later. */
  exclusive(job: () => Promise<void>): Promise<void> {
    return new Promise((done, fail) => this.#push({ run: job, done, fail }))
  }

  /** Resolves when nothing is queued any more. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  #push(entry: Append<Item> | Job): void {
    this.#queue.push(entry)
    this.#running ??= this.#drain()
  }

  async #drain(): Promise<void> {
    // One turn later, so that all appends of the caller's turn share the first write.
    await Promise.resolve()
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      if ('run' in next) await settle([next], next.run())
      else {
        const group = this.#groupFrom(next)
        await settle(group, this.#write(group.flatMap(({ items }) => items)))
      }
    }
    this.#running = undefined
  }

  #groupFrom(first: Append<Item>): Append<Item>[] {
    const group = [first]
    let bytes = bytesOf(first.items)
    for (let next = this.#queue[0]; next !== undefined && 'items' in next; next = this.#queue[0]) {
      bytes += bytesOf(next.items)
      if (bytes > maxBytes) break
      group.push(next)
      this.#queue.shift()
    }
    return group
  }
}

function bytesOf(items: readonly { readonly update: Uint8Array }[]): number {
  return items.reduce((sum, { update }) => sum + rowBytes + update.length, 0)
}

async function settle(
  group: readonly { done: () => void; fail: (reason: unknown) => void }[],
  write: Promise<void>,
): Promise<void> {
  try {
    await write
  } catch (thrown) {
    group.forEach(({ fail }) => fail(thrown))
    return
  }
  group.forEach(({ done }) => done())
}
