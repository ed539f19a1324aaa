// Tokens and invite secrets: 256 random bits to the one who holds them, a SHA-256 to us.
import { createHash } from 'node:crypto'
import type { Random } from '../../shared/ports.ts'

const secretPattern = /^[A-Za-z0-9_-]{43}$/

/** 256 bits as base64url, 43 characters. */
export function newSecret(random: Random): string {
  return Buffer.from(random.bytes(32)).toString('base64url')
}

export function isSecret(text: string): boolean {
  return secretPattern.test(text)
}

/** What is stored and looked up; a lookup by it tells nothing about the secret through its timing. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
