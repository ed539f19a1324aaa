// The difference of two lists of tokens (lines or words) as splices of the texts they make up.
import { interner, matchSequences } from './sequence.ts'
import type { Splice } from './splice.ts'

/** `kept`: text units, blanks not counted, that both sides have in common. */
export type TokenDiff = { readonly splices: readonly Splice[]; readonly kept: number }

/** Splices from `a.join('')` to `b.join('')` that begin and end where tokens do. */
export function diffTokens(a: readonly string[], b: readonly string[]): TokenDiff {
  const idOf = interner()
  const partner = matchSequences(a.map(idOf), b.map(idOf))
  const splices: Splice[] = []
  let kept = 0
  let at = 0
  let remove = 0
  let from = 0
  const flush = (to: number): void => {
    if (remove > 0 || from < to) splices.push({ at, remove, insert: b.slice(from, to).join('') })
    at += remove
    remove = 0
    from = to + 1
  }
  a.forEach((token, i) => {
    const match = partner[i] ?? -1
    if (match < 0) {
      remove += token.length
      return
    }
    flush(match)
    at += token.length
    kept += unitsOf(token)
  })
  flush(b.length)
  return { splices, kept }
}

/** Length of a token, none if it is blank. */
export function unitsOf(token: string): number {
  return token.trim() === '' ? 0 : token.length
}

/** The splices of a part of a text, as splices of the whole. */
export function shiftSplices(splices: readonly Splice[], by: number): Splice[] {
  return splices.map((splice) => ({ ...splice, at: splice.at + by }))
}
