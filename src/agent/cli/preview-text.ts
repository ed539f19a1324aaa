// What `undrift join` shows before it asks, for people.
import type { JoinedVault } from '../config.ts'
import type { Preview } from '../mirror/preview.ts'
import { byteCount, count, printable } from './output.ts'

/** Some lines; those of which there is nothing to say are only there where they may be missed. */
export function describePreview(
  preview: Preview,
  { folder, vault }: Pick<JoinedVault, 'folder' | 'vault'>,
): string {
  const { identical, merged, replaced, newHere, newThere, unsupported } = preview
  const toReceive = byteCount(preview.bytesToReceive)
  const toSend = byteCount(preview.bytesToSend)
  const lines = [
    `${printable(folder)} and "${printable(vault.name)}" will become the same:`,
    `  ${count(identical, 'file')} the same on both sides`,
    `  ${count(merged, 'note')} on both sides and different: the lines of both are kept`,
    `  ${count(newThere, 'file')} of the vault will be written here`,
    `  ${count(newHere, 'file')} from here will be added to the vault`,
  ]
  if (replaced > 0) {
    const what = `${count(replaced, 'other file')} on both sides and different`
    lines.push(`  ${what}: the vault's is kept, the one from here goes to the trash`)
  }
  if (unsupported > 0)
    lines.push(`  ${count(unsupported, 'file')} cannot be synced and stay as they are`)
  lines.push(`  At most ${toReceive} to receive and ${toSend} to send`)
  return lines.join('\n')
}
