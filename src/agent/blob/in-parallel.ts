// Some at a time, all or none: what is under way when one fails is stopped and waited for.
import pLimit from 'p-limit'

/**
 * Calls `run` for all `items`, `atOnce` of them at a time, with a signal that stops when one fails or `signal` does.
 * Throws the first error or the reason of `signal`, when nothing runs any more.
 */
export async function inParallel<Item>(
  items: readonly Item[],
  atOnce: number,
  signal: AbortSignal,
  run: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController()
  const stopAll = (): void => stop.abort(signal.reason)
  signal.addEventListener('abort', stopAll, { once: true })
  if (signal.aborted) stopAll()
  const limit = pLimit(atOnce)
  const runOne = async (item: Item): Promise<void> => {
    if (stop.signal.aborted) return
    await run(item, stop.signal).catch((thrown: unknown) => stop.abort(thrown))
  }
  await Promise.all(items.map((item) => limit(runOne, item)))
  signal.removeEventListener('abort', stopAll)
  stop.signal.throwIfAborted()
}
