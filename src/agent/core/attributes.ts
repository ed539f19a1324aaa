// What stands beside a file's content and is the same on every device, as far as its disk can hold it.

/**
 * `mode`: what the owner may do with the file, in the bits of `chmod`'s first digit. `mtime`: when it was written, in
 * microseconds since 1970; 0 where nobody knows.
 */
export type Attributes = { readonly mode: number; readonly mtime: number }

/** An attribute when disk and vault were last at one: as the disk had it, and as the vault said; 0 where unknown. */
export type Agreed = { readonly disk: number; readonly vault: number }

/**
 * What happens to an attribute that the disk and the vault have now. What both changed is published: of two
 * changes the last one counts, and this device has heard the other one before. `isOurs` tells what counts where
 * they never agreed.
 */
export function settleAttribute(
  agreed: Agreed | undefined,
  { disk, vault }: Agreed,
  isOurs: boolean,
): 'same' | 'publish' | 'apply' {
  if (disk === vault) return 'same'
  const isChangedHere = agreed === undefined ? isOurs : disk !== agreed.disk
  if (isChangedHere && disk !== 0) return 'publish'
  // A disk that could not take it is not asked again.
  return vault === agreed?.vault || vault === 0 ? 'same' : 'apply'
}

/** The owner's rights, out of all permission bits of a file that the agent can read. */
export function ownerMode(permissions: number): number {
  return ((permissions >> 6) & 7) | 4
}

/**
 * Permission bits `before` with other rights of the owner. Who may read the file may run it too, and write it if
 * they may write a new file, which has the bits `fresh` here: what git does. Set-id bits go.
 */
export function withOwnerMode(before: number, mode: number, fresh: number): number {
  const readers = (before & 0o444) | 0o400
  const rights = (bit: 1 | 2, all: number, atMost: number): number => {
    if ((mode & bit) === 0) return 0
    return (ownerMode(before) & bit) === 0 ? atMost : before & all
  }
  const writers = rights(2, 0o222, (readers >> 1) & (fresh | 0o200))
  return readers | writers | rights(1, 0o111, readers >> 2)
}
