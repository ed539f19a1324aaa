// Waiting for something to become true in another process: by looking, never for a fixed time.
import { setTimeout as delay } from 'node:timers/promises'

const pollMs = 15

/** Resolves once `condition` holds. Fails after `ms`, saying `what` was awaited. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
  ms = 20_000,
): Promise<void> {
  const deadline = performance.now() + ms
  while (!(await condition())) {
    if (performance.now() > deadline) {
      throw new Error(`not within ${ms} ms: ${typeof what === 'string' ? what : what()}`)
    }
    await delay(pollMs)
  }
}

/** Holds a file between two steps of a save, as a slow program does. Nothing is awaited by it. */
export async function pause(ms: number): Promise<void> {
  await delay(ms)
}
