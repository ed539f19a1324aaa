// What the commands say to a running agent and what it answers: one JSON value a line, checked on both ends.
import * as v from 'valibot'
import { errorCodes } from '../../shared/errors.ts'
import { deviceIdSchema, sessionIdSchema, vaultIdSchema } from '../../shared/schemas.ts'
import type { Status } from '../core/status.ts'

/** Longest line either side takes: a status with some thousands of problems. */
export const maxLineBytes = 4 * 1024 * 1024

export const requestSchema = v.variant('op', [
  v.object({ op: v.literal('status') }),
  v.object({ op: v.literal('sync'), timeoutMs: v.pipe(v.number(), v.minValue(0)) }),
  v.object({ op: v.literal('pause') }),
  v.object({ op: v.literal('resume'), confirm: v.boolean() }),
  v.object({ op: v.literal('select') }),
  v.object({ op: v.literal('stop') }),
])
export type ControlRequest = v.InferOutput<typeof requestSchema>

export const answerSchema = v.variant('ok', [
  v.object({ ok: v.literal(true), value: v.optional(v.unknown()) }),
  v.object({ ok: v.literal(false), code: v.picklist(errorCodes), message: v.string() }),
])
export type ControlAnswer = v.InferOutput<typeof answerSchema>

export const syncResultSchema = v.picklist(['synced', 'timeout'])
export type SyncResult = v.InferOutput<typeof syncResultSchema>

const time = v.nullable(v.string())
const counts = <const Names extends readonly string[]>(...names: Names) =>
  v.object(v.entriesFromList(names, v.number()))

export const statusSchema: v.GenericSchema<unknown, Status> = v.object({
  schema: v.literal(1),
  vault: v.object({ id: vaultIdSchema, name: v.string() }),
  folder: v.string(),
  device: v.object({ id: deviceIdSchema, name: v.string() }),
  pid: v.nullable(v.number()),
  session: v.nullable(sessionIdSchema),
  state: v.picklist(['synced', 'syncing', 'offline', 'held', 'paused', 'error']),
  relay: v.object({
    url: v.string(),
    connected: v.boolean(),
    epoch: v.string(),
    head: v.number(),
  }),
  scan: v.object({
    generation: v.number(),
    startedAt: time,
    finishedAt: time,
    watching: v.boolean(),
  }),
  queue: counts('dirty', 'settling', 'outgoing', 'unacked', 'incoming', 'blobsUp', 'blobsDown'),
  transfers: v.object({
    up: counts('files', 'bytes', 'done'),
    down: counts('files', 'bytes', 'done'),
  }),
  files: counts('text', 'binary', 'links', 'folders', 'bytes'),
  digest: v.string(),
  problems: v.array(
    v.object({ path: v.string(), code: v.string(), message: v.string(), since: v.string() }),
  ),
  held: v.nullable(
    v.object({
      reason: v.string(),
      deletes: v.number(),
      overwrites: v.number(),
      since: v.string(),
      advice: v.string(),
    }),
  ),
  lastSyncedAt: time,
  only: v.array(v.string()),
})
