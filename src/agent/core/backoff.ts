// How long to wait before connecting again: exponential with full jitter
// (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).

const firstMs = 250
const maxMs = 30_000

/** `attempt` counts failures since the last success, from 0; `fraction` is uniform in [0, 1). */
export function backoffMs(attempt: number, fraction: number): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** attempt)
  return Math.round(ceiling / 2 + (ceiling / 2) * fraction)
}
