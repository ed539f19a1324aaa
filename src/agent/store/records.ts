// What the local store keeps under its keys, and the only parser of it.
import * as v from 'valibot'
import type { FileFacts } from '../core/facts.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { fileIdSchema, vaultPathSchema } from '../../shared/schemas.ts'

const wholeNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const positions = v.array(wholeNumber)

const statSchema = v.object({
  ino: v.string(),
  birth: v.string(),
  mtime: v.string(),
  ctime: v.string(),
  size: wholeNumber,
  mode: wholeNumber,
})

const kindSchema = v.picklist(['text', 'binary', 'link'])

const agreedSchema = v.object({ disk: wholeNumber, vault: wholeNumber })

const baseSchema = v.object({
  path: vaultPathSchema,
  hash: v.string(),
  stat: statSchema,
  at: wholeNumber,
  merged: v.boolean(),
  kind: kindSchema,
  isOriginal: v.exactOptional(v.literal(true)),
  mode: v.optional(agreedSchema),
  mtime: v.optional(agreedSchema),
})

const factsSchema = v.object({
  id: fileIdSchema,
  head: wholeNumber,
  unacked: positions,
  base: v.optional(baseSchema),
  intent: v.optional(
    v.object({
      path: vaultPathSchema,
      hash: v.string(),
      at: wholeNumber,
      kind: kindSchema,
    }),
  ),
  leaving: v.optional(
    v.variant('type', [
      v.object({ type: v.literal('trash') }),
      v.object({ type: v.literal('move'), to: vaultPathSchema }),
    ]),
  ),
  offer: v.optional(
    v.object({ path: vaultPathSchema, hash: v.string(), stat: statSchema, clientId: wholeNumber }),
  ),
  earlier: v.array(
    v.object({
      inode: v.optional(v.string()),
      at: wholeNumber,
      text: v.optional(v.string()),
      replacedAt: v.number(),
      isAnswered: v.optional(v.literal(true)),
    }),
  ),
  overruled: v.optional(v.object({ hash: v.string(), times: wholeNumber })),
  mtime: v.optional(wholeNumber),
})

const cursorSchema = v.object({ epoch: v.string(), cursor: wholeNumber })
const indexSchema = v.object({ head: wholeNumber, unacked: positions })

const foldersSchema = v.array(vaultPathSchema)

const censusSchema = v.object({
  schema: v.literal(1),
  generation: wholeNumber,
  logs: wholeNumber,
  facts: wholeNumber,
  factsSum: v.number(),
  texts: wholeNumber,
})
/** Counts over the whole store, kept with every commit: a store that lost records does not agree (M6). */
export type Census = v.InferOutput<typeof censusSchema>

const utf8 = new TextEncoder()
const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

export function encodeJson(value: unknown): Uint8Array {
  return utf8.encode(JSON.stringify(value))
}

function decode<Schema extends v.GenericSchema>(
  schema: Schema,
  bytes: Uint8Array,
): v.InferOutput<Schema> {
  return v.parse(schema, JSON.parse(strictUtf8.decode(bytes)))
}

/** These throw on anything that is not what was stored. */
export const decodeFacts = (bytes: Uint8Array): FileFacts => decode(factsSchema, bytes)
export const decodeCursor = (bytes: Uint8Array) => decode(cursorSchema, bytes)
export const decodeIndex = (bytes: Uint8Array) => decode(indexSchema, bytes)
export const decodeFolders = (bytes: Uint8Array): VaultPath[] => decode(foldersSchema, bytes)
export const decodeCensus = (bytes: Uint8Array): Census => decode(censusSchema, bytes)
