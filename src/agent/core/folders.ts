// What to do about a folder that the index names or that is empty: (index, agreement, disk) -> verdict.

export type FolderSides = {
  /**
   * Whether the index names it: `otherwise` in another case or form. `taken` where a file of the tree has its name,
   * or that of a folder above, and `missed` where that file was here and may be about to be deleted.
   */
  readonly named: 'yes' | 'no' | 'otherwise' | 'taken' | 'missed'
  /** It was once both named and on this disk. */
  readonly agreed: boolean
  /** `absent` too where something else has its name; `unknown` where nobody can look. */
  readonly disk: 'absent' | 'empty' | 'filled' | 'unknown'
  /** The tree has files below it. */
  readonly hasFiles: boolean
}

export type FolderVerdict = {
  readonly act:
    | 'nothing'
    /** Look again when the files of the tree are others. */
    | 'wait'
    /** List it as a problem, and look again later. */
    | 'list'
    /** Remember that both sides have it. */
    | 'agree'
    /** Remember it no more. */
    | 'forget'
    /** Name it in the index. */
    | 'publish'
    /** Take its name out of the index. */
    | 'publish-removal'
    /** Create it on disk. */
    | 'make'
    /** Remove it from disk, if it is empty still. */
    | 'remove'
  readonly why: string
}

export function reconcileFolder(sides: FolderSides): FolderVerdict {
  if (sides.disk === 'unknown') return reconcileUnknown(sides)
  switch (sides.named) {
    case 'yes':
      return sides.disk === 'absent' ? reconcileMissing(sides) : reconcilePresent(sides)
    case 'no':
    case 'otherwise':
      return reconcileUnnamed(sides)
    case 'taken':
    case 'missed':
      return reconcileTaken(sides)
  }
}

function reconcileUnknown({ named, agreed }: FolderSides): FolderVerdict {
  const isEven = agreed === (named === 'yes')
  return { act: isEven ? 'nothing' : 'list', why: 'it cannot be looked at' }
}

function reconcilePresent({ agreed }: FolderSides): FolderVerdict {
  return agreed ? { act: 'nothing', why: 'in step' } : { act: 'agree', why: 'on both sides' }
}

function reconcileMissing({ agreed, hasFiles }: FolderSides): FolderVerdict {
  if (!agreed) return { act: 'make', why: 'new from elsewhere' }
  return hasFiles
    ? { act: 'wait', why: 'removed here, but the tree has files in it' }
    : { act: 'publish-removal', why: 'removed here' }
}

function reconcileUnnamed({ named, agreed, disk }: FolderSides): FolderVerdict {
  if (agreed) {
    return disk === 'empty'
      ? { act: 'remove', why: 'removed elsewhere, or spelled otherwise' }
      : { act: 'forget', why: 'removed elsewhere; what is in it here stays' }
  }
  if (disk !== 'empty') return { act: 'nothing', why: 'no folder of its own' }
  return named === 'no'
    ? { act: 'publish', why: 'new here, or emptied' }
    : { act: 'remove', why: 'the vault has it in another case or form' }
}

/** What the index may still say of it must not come back when the file goes. */
function reconcileTaken({ named, agreed, disk }: FolderSides): FolderVerdict {
  if (agreed && disk === 'absent') return { act: 'publish-removal', why: 'a file took its place' }
  if (named === 'missed') return { act: 'wait', why: 'it may be in the place of a file' }
  return disk === 'empty'
    ? { act: 'remove', why: 'a file belongs here' }
    : { act: 'nothing', why: 'what is in it has its own places' }
}
