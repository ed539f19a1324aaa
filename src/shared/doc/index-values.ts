// Values in an index as any peer may have written them -> what they say of a file.
import * as v from 'valibot'
import { maxBlobBytes } from '../limits.ts'
import { blobHashSchema, deviceIdSchema, vaultPathSchema } from '../schemas.ts'
import type { BlobEntry, LinkEntry, TimeEntry, Tombstone } from './vault-index.ts'

const blobSchema = v.object({
  hash: blobHashSchema,
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(maxBlobBytes)),
  mtime: v.number(),
})
const timeSchema = v.object({ hash: blobHashSchema, mtime: v.number() })
/** Where it may point to depends on where it is: see `pointsInside`. */
const linkSchema = v.object({ target: v.string() })
/** The owner can read the file: no peer hides one from its own user. */
const modeSchema = v.picklist([4, 5, 6, 7])

const tombstoneSchema = v.object({
  at: v.number(),
  by: deviceIdSchema,
  seen: v.instance(Uint8Array),
  hash: v.exactOptional(blobHashSchema),
  place: v.exactOptional(vaultPathSchema),
})

/** All of these: undefined for what says nothing. */
export function readBlobEntry(value: unknown): BlobEntry | undefined {
  return read(blobSchema, value)
}

export function readTimeEntry(value: unknown): TimeEntry | undefined {
  return read(timeSchema, value)
}

export function readLinkEntry(value: unknown): LinkEntry | undefined {
  return read(linkSchema, value)
}

export function readMode(value: unknown): number | undefined {
  return read(modeSchema, value)
}

export function readTombstone(value: unknown): Tombstone | undefined {
  return read(tombstoneSchema, value)
}

function read<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
): v.InferOutput<Schema> | undefined {
  if (value === undefined) return undefined
  const parsed = v.safeParse(schema, value)
  return parsed.success ? parsed.output : undefined
}
