// Gives memory back to the system once a process has nothing to do. V8 collects when it needs room, which
// an idle process never does: what a first sync left behind would stay for good.
import { performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const lookEveryMs = 3_000
/** Below this share of its time at work a process counts as idle. */
const idleShare = 0.02
/** So much work since the last collection makes one worth its price, some 100 ms. */
const worthMs = 500

/** Looks now and then, for as long as the process runs; does not keep it running. */
export function collectWhenIdle(): void {
  let last = performance.eventLoopUtilization()
  let busyMs = 0
  const look = (): void => {
    const now = performance.eventLoopUtilization()
    const { active, utilization } = performance.eventLoopUtilization(now, last)
    last = now
    busyMs += active
    if (busyMs < worthMs || utilization > idleShare) return
    collect()
    busyMs = 0
  }
  setInterval(look, lookEveryMs).unref()
}

/**
 * The function is in contexts made after the flag is set. The second collection finds a heap at rest: only
 * then V8 lets go of the pages that the first one emptied.
 */
function collect(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc(); gc()')
}
