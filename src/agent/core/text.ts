// Bytes <-> the text of a note, losing nothing: what cannot make the round trip is not text.
import { maxNoteBytes } from '../../shared/limits.ts'

const encoder = new TextEncoder()

export type DecodedText =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string }

/** Valid UTF-8 up to 16 MiB; a byte order mark stays a character of the text (M23). */
export function decodeText(bytes: Uint8Array): DecodedText {
  if (bytes.length > maxNoteBytes) return { ok: false, why: 'larger than 16 MiB' }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return { ok: true, text }
  } catch {
    return { ok: false, why: 'not UTF-8 text' }
  }
}

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text)
}
