// Two checks that turn "cannot happen" into a loud failure.

/** Ends an exhaustive `switch`: compiles only when every case is handled. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`)
}

/** Throws when an invariant of our own code does not hold. Not for input from outside. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${what}`)
}
