// The one form in which a change of text travels between our functions.

/**
 * Replaces `remove` UTF-16 units at `at` by `insert`. Positions refer to the text before any splice of
 * the list is applied; a list is sorted by `at`, its ranges do not overlap or touch, and no splice
 * starts or ends inside a surrogate pair.
 */
export type Splice = { readonly at: number; readonly remove: number; readonly insert: string }

export function applySplices(text: string, splices: readonly Splice[]): string {
  const parts: string[] = []
  let from = 0
  for (const { at, remove, insert } of splices) {
    parts.push(text.slice(from, at), insert)
    from = at + remove
  }
  parts.push(text.slice(from))
  return parts.join('')
}

/** Sorted splices with those that touch as one. */
export function joinSplices(splices: readonly Splice[]): Splice[] {
  const joined: Splice[] = []
  for (const splice of splices) {
    const last = joined.at(-1)
    if (!last || last.at + last.remove < splice.at) joined.push(splice)
    else
      joined[joined.length - 1] = {
        at: last.at,
        remove: last.remove + splice.remove,
        insert: last.insert + splice.insert,
      }
  }
  return joined
}

/** Whether they meet in what one of them removes; an insertion at its edge does not. */
export function overlap(a: Splice, b: Splice): boolean {
  return a.at < b.at + b.remove && b.at < a.at + a.remove
}
