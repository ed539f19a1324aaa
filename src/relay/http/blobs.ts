// Binary files over HTTP, by the SHA-256 of their bytes:
//   POST .../blobs/missing       which of these are not here
//   PUT  .../blobs/:hash         a chunk, or a whole file
//   PUT  .../blobs/:hash/parts   a file from chunks that are here; tells which are not, and then does nothing
//   GET  .../blobs/:hash/parts   the chunks of a file
//   GET  .../blobs/:hash         its bytes, or a range of them
import { ReadableStream } from 'node:stream/web'
import type { Hono } from 'hono'
import pLimit from 'p-limit'
import parseRange from 'range-parser'
import * as v from 'valibot'
import { maxChunkBytes } from '../../shared/blob/cut.ts'
import { blobPartsSchema, bytesPerPart } from '../../shared/blob/parts.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import { type BlobHash, type VaultId, parseBlobHash } from '../../shared/ids.ts'
import { maxBlobParts, maxHashesAtOnce } from '../../shared/limits.ts'
import type { Logger } from '../../shared/ports.ts'
import { blobHashSchema } from '../../shared/schemas.ts'
import type { Blob, Blobs } from '../blobs/blobs.ts'
import { canEdit } from '../core/access.ts'
import { bytesOf, readBody } from './read-body.ts'
import { Slots } from './slots.ts'
import { type Admission, type Ctx, type Env, memberOf, notFound } from './requests.ts'

/** Whole files that come in: each has chunks in memory; the others wait with what they send. */
const wholeAtOnce = 8
/** Files that are put together. Who sends slowly keeps none of them waiting. */
const joinsAtOnce = 4
/** More requests than an agent ever has under way. */
const slotsPerDevice = 32
/** As many as an agent ever has put together. */
const joinsPerDevice = 2

const missingBody = v.object({
  hashes: v.pipe(v.array(blobHashSchema), v.maxLength(maxHashesAtOnce)),
})
const partsBody = v.object({ parts: blobPartsSchema })

export type BlobsOptions = Admission & {
  blobs: Blobs
  log: Logger
  /** Somebody asks for bytes that are not here. */
  onLacking: (vault: VaultId, hash: BlobHash) => void
  /** All bytes of a blob are here. */
  onArrived: (vault: VaultId, hash: BlobHash) => void
}

export function addBlobs(app: Hono<Env>, options: BlobsOptions): void {
  const { blobs, onArrived } = options
  const receiving = pLimit(wholeAtOnce)
  const joining = pLimit(joinsAtOnce)
  const slots = new Slots(slotsPerDevice)
  const joins = new Slots(joinsPerDevice)
  const base = '/api/v1/vaults/:vault/blobs'
  app.post(`${base}/missing`, async (c) => {
    const { id, vault } = await writerOf(c, options, c.req.param('vault'))
    slots.hold(id, c.env.outgoing)
    const { hashes } = await readBody(c, missingBody, maxHashesAtOnce * bytesPerPart)
    return c.json({ missing: await blobs.missing(vault, hashes) })
  })
  app.put(`${base}/:hash`, async (c) => {
    const { id, vault } = await writerOf(c, options, c.req.param('vault'))
    const wanted = readHash(c.req.param('hash'))
    slots.hold(id, c.env.outgoing)
    const size = Number(c.req.header('content-length') ?? 0)
    if (size > 0 && size <= maxChunkBytes) await blobs.receiveChunk(vault, wanted, size, bytesOf(c))
    else await receiving(() => blobs.receive(vault, wanted, bytesOf(c)))
    onArrived(vault, wanted)
    return c.body(null, 204)
  })
  app.put(`${base}/:hash/parts`, async (c) => {
    const { id, vault } = await writerOf(c, options, c.req.param('vault'))
    slots.hold(id, c.env.outgoing)
    const { parts } = await readBody(c, partsBody, maxBlobParts * bytesPerPart)
    const wanted = readHash(c.req.param('hash'))
    // A slow one may outlive its connection, for then it is there the next time; but it keeps nobody waiting.
    const isWanted = () => c.env.outgoing?.closed !== true || joining.pendingCount === 0
    const join = () => blobs.join(vault, wanted, parts, isWanted)
    const missing = await joins.run(id, () => joining(join))
    if (missing.length === 0) onArrived(vault, wanted)
    return c.json({ missing })
  })
  app.get(`${base}/:hash/parts`, async (c) => {
    const { id, vault } = await memberOf(c, options, c.req.param('vault'))
    slots.hold(id, c.env.outgoing)
    const { size, parts } = await found(options, vault, c.req.param('hash'))
    return c.json({ size, parts })
  })
  app.get(`${base}/:hash`, async (c) => {
    const { id, vault } = await memberOf(c, options, c.req.param('vault'))
    slots.hold(id, c.env.outgoing)
    const blob = await found(options, vault, c.req.param('hash'))
    const etag = `"${c.req.param('hash')}"`
    const range = rangeOf(c, blob.size, etag)
    c.header('etag', etag)
    c.header('accept-ranges', 'bytes')
    c.header('cache-control', 'private, max-age=31536000, immutable')
    c.header('content-type', 'application/octet-stream')
    if (range === 'unsatisfiable') {
      c.header('content-range', `bytes */${blob.size}`)
      return c.body(null, 416)
    }
    const { from, to } = range ?? { from: 0, to: blob.size }
    c.header('content-length', String(to - from))
    if (range !== undefined) c.header('content-range', `bytes ${from}-${to - 1}/${blob.size}`)
    const bytes = ReadableStream.from(orCut(c, options.log, blobs.read(vault, blob, from, to)))
    return c.body(bytes as unknown as globalThis.ReadableStream, range === undefined ? 200 : 206)
  })
}

async function writerOf(c: Ctx, options: BlobsOptions, vault: string) {
  const device = await memberOf(c, options, vault)
  if (!canEdit(device.role)) throw new AppError('forbidden', 'a viewer does not change the vault')
  return device
}

async function found(
  { blobs, onLacking }: BlobsOptions,
  vault: VaultId,
  text: string,
): Promise<Blob> {
  const hash = readHash(text)
  const blob = await blobs.find(vault, hash)
  if (blob !== undefined) return blob
  onLacking(vault, hash)
  throw notFound()
}

/** A response that has begun cannot become an error any more: the connection ends, so that nobody takes it for whole. */
async function* orCut(
  { env }: Ctx,
  log: Logger,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes
  } catch (thrown) {
    log.error('blob.unreadable', { reason: toAppError(thrown).message })
    if (env.outgoing === undefined) throw thrown
    env.outgoing.destroy()
  }
}

function readHash(text: string): BlobHash {
  const parsed = parseBlobHash(text)
  if (parsed === undefined) throw notFound()
  return parsed
}

/** The one range that is asked for, up to `to` exclusively; undefined for all of it (RFC 9110, 14.2). */
function rangeOf(
  c: Ctx,
  size: number,
  etag: string,
): { from: number; to: number } | 'unsatisfiable' | undefined {
  const header = c.req.header('range')
  const condition = c.req.header('if-range') ?? etag
  if (header === undefined || condition !== etag) return undefined
  const ranges = parseRange(size, header, { combine: true })
  if (ranges === -1) return 'unsatisfiable'
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return undefined
  const [range] = ranges
  return range === undefined ? undefined : { from: range.start, to: range.end + 1 }
}
