// The three-way table: (base, disk, document) of one file -> what to do about its content, and why.

export type Sides = {
  /** The index has the file and no tombstone. */
  readonly live: boolean
  /**
   * Tombstoned, but the document holds writing that the deleter had not seen, or the file has another name
   * than the one under which it was overwritten.
   */
  readonly beyond: boolean
  /** Whether bytes were once agreed between this disk and the document. */
  readonly base: 'none' | 'agreed'
  /** `same` as the base; with no base, `changed` means that something is there. */
  readonly disk: 'absent' | 'same' | 'changed'
  /** `none`: nothing of the document is here yet. */
  readonly doc: 'none' | 'same' | 'changed'
}

export type Verdict =
  | { readonly act: 'nothing'; readonly why: string }
  /** The document's state is still to come. */
  | { readonly act: 'wait'; readonly why: string }
  /** First content: ask the relay to take it. */
  | { readonly act: 'seed'; readonly why: string }
  /** First contact of two contents without a common base: line union. */
  | { readonly act: 'join'; readonly why: string }
  /** The disk's edit goes into the document; the disk is rewritten if the document had more. */
  | { readonly act: 'ingest'; readonly why: string }
  /** The document goes to disk. */
  | { readonly act: 'write'; readonly why: string }
  /** Tombstone the file. */
  | { readonly act: 'publish-delete'; readonly why: string }
  /** Move the file into the local trash. */
  | { readonly act: 'trash'; readonly why: string }
  /** Neither disk nor index has it any more. */
  | { readonly act: 'forget'; readonly why: string }
  /** Take the tombstone away, then look again. */
  | { readonly act: 'revive'; readonly why: string }

export function reconcile(sides: Sides): Verdict {
  if (!sides.live) return reconcileDeleted(sides)
  return sides.base === 'none' ? reconcileUnmet(sides) : reconcileKnown(sides)
}

function reconcileDeleted({ beyond, base, disk }: Sides): Verdict {
  if (disk === 'changed') return { act: 'revive', why: 'edited here after it was deleted' }
  if (beyond)
    return { act: 'revive', why: 'edited or renamed elsewhere beyond what the deleter saw' }
  if (base === 'none') return { act: 'nothing', why: 'deleted everywhere' }
  if (disk === 'absent') return { act: 'forget', why: 'deleted on both sides' }
  return { act: 'trash', why: 'deleted elsewhere, unchanged here' }
}

function reconcileUnmet({ disk, doc }: Sides): Verdict {
  if (disk === 'absent') {
    return doc === 'none'
      ? { act: 'wait', why: 'its content has not arrived' }
      : { act: 'write', why: 'new from elsewhere' }
  }
  return doc === 'none'
    ? { act: 'seed', why: 'new here' }
    : { act: 'join', why: 'both sides have it and no base is known' }
}

function reconcileKnown({ disk, doc }: Sides): Verdict {
  switch (disk) {
    case 'same':
      return doc === 'changed'
        ? { act: 'write', why: 'edited elsewhere' }
        : { act: 'nothing', why: 'in step' }
    case 'changed':
      return { act: 'ingest', why: doc === 'changed' ? 'edited on both sides' : 'edited here' }
    case 'absent':
      return doc === 'changed'
        ? { act: 'write', why: 'deleted here, but edited elsewhere meanwhile' }
        : { act: 'publish-delete', why: 'deleted here' }
  }
}
