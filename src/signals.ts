// How a command that goes on is told to end.

/** Resolves at SIGINT or SIGTERM. The next signal has its usual effect: it ends the process at once. */
export function onceSignalled(): Promise<void> {
  return new Promise((resolve) => {
    const signals = ['SIGINT', 'SIGTERM'] as const
    const stop = () => {
      for (const signal of signals) process.off(signal, stop)
      resolve()
    }
    for (const signal of signals) process.on(signal, stop)
  })
}
