// A local change expressed on a text that has changed elsewhere meanwhile.
import type { Splice } from './splice.ts'

/** `local` splices on `base`, moved onto `applySplices(base, remote)`. */
export function rebase(
  local: readonly Splice[],
  remote: readonly Splice[],
  base: string,
): Splice[] {
  if (remote.length === 0) return [...local]
  const gone = (at: number): boolean => remote.some((r) => r.at <= at && at < r.at + r.remove)
  const out: Splice[] = []
  for (const { at, remove, insert } of local) {
    const twin = remote.some((r) => r.at === at && r.remove === remove && r.insert === insert)
    if (twin) continue
    let from = at
    for (let i = at; i <= at + remove; i++) {
      if (i < at + remove && !gone(i)) continue
      if (i > from) out.push({ at: shifted(remote, from), remove: i - from, insert: '' })
      from = i + 1
    }
    if (insert !== '') out.push({ at: shifted(remote, at + remove), remove: 0, insert })
  }
  return join(out, base)
}

function shifted(remote: readonly Splice[], at: number): number {
  let by = 0
  for (const r of remote) {
    if (r.at > at) break
    by += r.insert.length - Math.min(r.remove, at - r.at)
  }
  return at + by
}

function join(splices: readonly Splice[], _base: string): Splice[] {
  const out: Splice[] = []
  for (const splice of splices) {
    const last = out.at(-1)
    if (last && last.at + last.remove === splice.at)
      out[out.length - 1] = {
        at: last.at,
        remove: last.remove + splice.remove,
        insert: last.insert + splice.insert,
      }
    else out.push(splice)
  }
  return out
}
