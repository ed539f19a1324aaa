// Branded ids and the only functions that make them. 26 characters of lower-case base32 (RFC 4648, no padding).
import * as sha256 from 'lib0/hash/sha256'
import type { Random } from './ports.ts'
import { type VaultPath, pathKey } from './vault-path.ts'

declare const brand: unique symbol
type Id<Name extends string> = string & { readonly [brand]: Name }

export type VaultId = Id<'vault'>
export type DeviceId = Id<'device'>
export type SessionId = Id<'session'>
export type FileId = Id<'file'>
/** What one Yjs document is about: a note, or the vault's index. */
export type DocId = FileId | typeof INDEX

/** SHA-256 of a file's bytes, or of a chunk's: lower-case hex. */
export type BlobHash = Id<'blob'>

/** The id of a vault's index document. */
export const INDEX = 'index'

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
const idPattern = /^[a-z2-7]{26}$/

/** Base32 of `bytes`, most significant bit first, without padding. */
export function base32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet.charAt((value >>> bits) & 31)
    }
  }
  return bits > 0 ? text + alphabet.charAt((value << (5 - bits)) & 31) : text
}

/** A fresh 128-bit id. */
export function randomId<T extends VaultId | DeviceId | SessionId>(random: Random): T {
  return base32(random.bytes(16)) as T
}

/** Reads an id written by us; undefined when `text` is not one. */
export function parseId<T extends VaultId | DeviceId | SessionId | FileId>(
  text: string,
): T | undefined {
  return idPattern.test(text) ? (text as T) : undefined
}

const hashPattern = /^[0-9a-f]{64}$/

/** Undefined when `text` is no SHA-256 in lower-case hex. */
export function parseBlobHash(text: string): BlobHash | undefined {
  return hashPattern.test(text) ? (text as BlobHash) : undefined
}

export function parseDocId(text: string): DocId | undefined {
  return text === INDEX ? INDEX : parseId<FileId>(text)
}

/**
 * The id of a file born at `path`: the same on every device, so that two devices which create one
 * path apart create one file. `n` counts the files born there before.
 */
export function deriveFileId(vault: VaultId, path: VaultPath, n: number): FileId {
  const name = ['text', vault, String(n), pathKey(path)].join('\0')
  return base32(sha256.digest(new TextEncoder().encode(name))).slice(0, 26) as FileId
}
