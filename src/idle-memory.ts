// Gives memory back to the system once a process has nothing to do. V8 collects when it needs room, which
// an idle process never does: what a first sync left behind would stay for good.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const lookEveryMs = 6_000
/** Below so much CPU time between two looks a process counts as idle. */
const idleMs = 120
/** So much CPU time since it last collected makes it worth the price, some 100 ms each. */
const worthMs = 500
/**
 * The first takes the garbage. V8 lets go of the 30 MB that its young generation has grown to only where next to
 * nothing was allocated in the five seconds before, and since the collection before: so in the second.
 */
const collections = 2

/** Looks now and then, for as long as the process runs; does not keep it running. */
export function collectWhenIdle(): void {
  let seen = cpuMs()
  let collected = seen
  let due = 0
  const look = (): void => {
    const now = cpuMs()
    if (now - collected >= worthMs) due = collections
    if (due > 0 && now - seen < idleMs) {
      collect()
      due -= 1
      collected = cpuMs()
    }
    seen = cpuMs()
  }
  setInterval(look, lookEveryMs).unref()
}

/** CPU time of this process so far. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** The function is in contexts made after the flag is set. */
function collect(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc()')
}
