// A local change carried over to a text that has changed elsewhere meanwhile: the three-way merge.
import { diffHunks, type Hunk } from './diff.ts'
import { mergeSplices } from './merge.ts'
import { applySplices, type Splice } from './splice.ts'

/**
 * The `local` splices of `base` as splices of `applySplices(base, remote)`. What both removed stays
 * removed once, what both inserted at one place is there once, what only one inserted stays.
 *
 * Both changes are found anew by our own diff, so that it does not matter how either is cut up. The
 * result is one that a repetition leaves alone: after a crash between writing the merged text and
 * noting it, `rebase(local, diffText(base, merged), base)` is empty. Limits: lines that are equal to
 * their neighbours (blank ones) leave open which one was meant, and then a repetition may add one.
 */
export function rebase(
  local: readonly Splice[],
  remote: readonly Splice[],
  base: string,
): Splice[] {
  if (remote.length === 0) return [...local]
  const disk = applySplices(base, local)
  const target = applySplices(base, remote)
  if (disk === target || disk === base) return []
  const byLine = mergeLines(base, disk, target)
  if (byLine.length === 0) return []
  const byWord = mergeWords(base, disk, target)
  const isStable = mergeWords(base, disk, applySplices(target, byWord)).length === 0
  return isStable ? byWord : byLine
}

function mergeLines(base: string, disk: string, target: string): Splice[] {
  const wholes = (text: string): Splice[] => diffHunks(base, text).map((hunk) => hunk.whole)
  return mergeSplices(base, wholes(disk), wholes(target), target)
}

function mergeWords(base: string, disk: string, target: string): Splice[] {
  const [ours, theirs] = separate(base, diffHunks(base, disk), diffHunks(base, target))
  const parts = (hunks: readonly Hunk[]): Splice[] => hunks.flatMap((hunk) => hunk.parts)
  return mergeSplices(base, parts(ours), parts(theirs), target)
}

/**
 * Takes hunks whole whose words would mix with those of the other side across a line end: one side
 * removes a line and the other edits it. Then the edited line stays, whole.
 */
function separate(
  base: string,
  ours: readonly Hunk[],
  theirs: readonly Hunk[],
): [readonly Hunk[], readonly Hunk[]] {
  const mixed = new Set<Hunk>()
  for (const our of ours) {
    for (const their of theirs) {
      if (!overlap(our.whole, their.whole)) continue
      if (!our.parts.some((a) => their.parts.some((b) => mix(base, a, b)))) continue
      for (const hunk of [our, their]) if (hunk.parts[0] !== hunk.whole) mixed.add(hunk)
    }
  }
  if (mixed.size === 0) return [ours, theirs]
  const takeWhole = (hunk: Hunk): Hunk =>
    mixed.has(hunk) ? { ...hunk, parts: [hunk.whole] } : hunk
  return separate(base, ours.map(takeWhole), theirs.map(takeWhole))
}

function mix(base: string, a: Splice, b: Splice): boolean {
  const linesOf = (s: Splice): boolean => /[\r\n]/.test(base.slice(s.at, s.at + s.remove))
  return overlap(a, b) && ((linesOf(a) && b.insert !== '') || (linesOf(b) && a.insert !== ''))
}

function overlap(a: Splice, b: Splice): boolean {
  return a.at < b.at + b.remove && b.at < a.at + a.remove
}
