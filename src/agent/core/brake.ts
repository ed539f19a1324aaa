// Holds changes that would delete or empty a large part of the vault at once, in either direction.

/** A change is held when it takes more files than this ... */
export const brakeFiles = 20
/** ... and more than this share of the vault. */
export const brakeShare = 0.25

export type Destruction = {
  /** Files that the change would delete or leave empty. */
  readonly taken: number
  /** Files of the vault before it. */
  readonly total: number
}

export function isHeld({ taken, total }: Destruction): boolean {
  return taken > brakeFiles && taken > total * brakeShare
}
