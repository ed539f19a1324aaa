// Tells V8 that this program works in bursts and then waits, perhaps for hours.
import { setFlagsFromString } from 'node:v8'

/** How much bytecode, in bytes, a function runs before it is worth optimizing; several times V8's own number. */
const interruptBudget = 400_000
/** From here on V8 knows no such flag: it has a quick compiler in between, and optimizes later by itself. */
const firstNodeWithMaglev = 22

/**
 * A burst is often over before optimized code pays: to make it was a third of the CPU time of a first sync of
 * 1,000 notes, on the other cores and so in the way of the other processes. What goes on is optimized a little
 * later.
 */
export function optimizeLate(): void {
  const [major] = process.versions.node.split('.')
  if (Number(major) < firstNodeWithMaglev)
    setFlagsFromString(`--interrupt-budget=${interruptBudget}`)
}
