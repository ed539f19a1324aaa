// Puts a damaged store aside, for `doctor` and for people, so that the agent starts without a base.
import { existsSync, renameSync } from 'node:fs'

/** Renames the folder to `<folder>.damaged-<n>`; returns the new name. */
export function quarantine(folder: string): string {
  for (let n = 1; ; n++) {
    const aside = `${folder}.damaged-${n}`
    if (existsSync(aside)) continue
    renameSync(folder, aside)
    return aside
  }
}
