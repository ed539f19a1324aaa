// Bytes that are text come back as the same bytes; all others are no text.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maxNoteBytes } from '../../shared/limits.ts'
import { decodeText, encodeText } from './text.ts'

const bytes = (...values: number[]) => Uint8Array.from(values)

describe('decodeText', () => {
  test('TEXT-9 what decodes encodes to the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (input) => {
        const decoded = decodeText(input)
        if (decoded.ok) expect(encodeText(decoded.text)).toEqual(input)
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['HC-97 a byte order mark', '\ufeff# Title\n'],
    ['HC-99 mixed line ends', 'a\r\nb\nc\rd'],
    ['HC-100 a NUL byte', 'a\0b'],
    ['HC-101 emoji', '👩‍👩‍👧 🇩🇪 👍🏽'],
    ['HC-102 combining marks, zero-width characters, U+2028', 'e\u0301 \u200b\u2028 \ufeff x'],
    ['HC-103 nothing', ''],
    ['HC-111 conflict markers', '<<<<<<< a\n=======\n>>>>>>> b\n'],
  ])('TEXT-9 %s is kept', (_, text) => {
    const encoded = encodeText(text)
    expect(decodeText(encoded)).toEqual({ ok: true, text })
  })

  test('TEXT-9 HC-96 HC-98 invalid UTF-8 and UTF-16 are no text', () => {
    expect(decodeText(bytes(0x61, 0xff)).ok).toBe(false)
    expect(decodeText(bytes(0xed, 0xa0, 0x80)).ok).toBe(false)
    expect(decodeText(bytes(0xff, 0xfe, 0x61, 0)).ok).toBe(false)
    expect(decodeText(bytes(0xc0, 0x80)).ok).toBe(false)
  })

  test('TEXT-9 HC-107 more than 16 MiB is no text, and is told so', () => {
    expect(decodeText(new Uint8Array(maxNoteBytes)).ok).toBe(true)
    const tooLong = decodeText(new Uint8Array(maxNoteBytes + 1))
    expect(tooLong).toEqual({ ok: false, why: 'larger than 16 MiB' })
  })
})
