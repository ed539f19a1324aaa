// Ids and paths in JSON from outside: valibot schemas around the only functions that make them.
import * as v from 'valibot'
import {
  type DeviceId,
  type FileId,
  type SessionId,
  type VaultId,
  parseBlobHash,
  parseId,
} from './ids.ts'
import { type VaultPath, parsePath } from './vault-path.ts'

export const vaultIdSchema = parsed('vault id', parseId<VaultId>)
export const deviceIdSchema = parsed('device id', parseId<DeviceId>)
export const sessionIdSchema = parsed('session id', parseId<SessionId>)
export const fileIdSchema = parsed('file id', parseId<FileId>)
export const blobHashSchema = parsed('SHA-256 in lower-case hex', parseBlobHash)
export const vaultPathSchema = parsed('vault path', parseVaultPath)

function parseVaultPath(text: string): VaultPath | undefined {
  const result = parsePath(text)
  return result.ok ? result.path : undefined
}

/** A string for which `parse` gives a value; it is called `name` in the issue where it gives none. */
function parsed<Value>(name: string, parse: (text: string) => Value | undefined) {
  return v.pipe(
    v.string(),
    v.rawTransform<string, Value>(({ dataset, addIssue, NEVER }) => {
      const value = parse(dataset.value)
      if (value !== undefined) return value
      addIssue({ message: `no ${name}` })
      return NEVER
    }),
  )
}
