// SHA-256 of file contents; the only use of node:crypto in the mirror.
import { hash } from 'node:crypto'

/** Lower-case hex. */
export function sha256Hex(bytes: Uint8Array): string {
  return hash('sha256', bytes)
}
