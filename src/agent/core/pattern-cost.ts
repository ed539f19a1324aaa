// What following gitignore patterns may take. The library makes one regular expression of each, in which every `**`
// between folders multiplies the ways to match a path with the path's folders. Peers write patterns and paths, so both
// are bounded.
import { maxPathParts } from '../../shared/limits.ts'

const maxPatterns = 1_000
const maxPatternsChars = 32 * 1024
/** Steps that a path takes with all of them: some 0.1 s. */
const maxSteps = 2e7

/** Why these patterns are too much, naming the worst of them; undefined if they are not. */
export function patternsFault(patterns: readonly string[]): string | undefined {
  const isLong = patterns.join('\n').length > maxPatternsChars
  if (isLong || patterns.length > maxPatterns) {
    return `it has more than ${maxPatterns} lines, or ${maxPatternsChars} characters`
  }
  const steps = patterns.map(stepsOf)
  if (steps.reduce((sum, some) => sum + some, 0) <= maxSteps) return undefined
  const worst = patterns[steps.indexOf(Math.max(...steps))]
  return `it takes too long to match; write "${worst}" with fewer **`
}

/** At most, for a path that the pattern does not match: a path's folders are shared among the `**` in every way. */
function stepsOf(pattern: string): number {
  const gaps = pattern.split('/').filter((part) => part.startsWith('**')).length
  let steps = maxPathParts
  for (let n = 1; n <= gaps; n++) steps = (steps * maxPathParts) / n
  return steps
}
