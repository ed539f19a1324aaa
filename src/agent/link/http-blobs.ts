// The relay's binary files over HTTP.
import * as v from 'valibot'
import { maxChunkBytes } from '../../shared/blob/cut.ts'
import { type BlobPart, blobPartsSchema, bytesPerPart } from '../../shared/blob/parts.ts'
import { AppError } from '../../shared/errors.ts'
import type { BlobHash, VaultId } from '../../shared/ids.ts'
import { maxBlobParts, maxHashesAtOnce } from '../../shared/limits.ts'
import { blobHashSchema } from '../../shared/schemas.ts'
import type { RemoteBlobs } from '../blob/remote-blobs.ts'
import { type RequestExtras, answerOf, requestRelay } from './relay-http.ts'

/** A chunk on a slow line takes its time. */
const chunkTimeoutMs = 900_000

/** The list of all chunks of a file, and of those that a question names. */
const partsBytes = maxBlobParts * bytesPerPart
const hashesBytes = maxHashesAtOnce * bytesPerPart

const missingAnswer = v.object({ missing: v.array(blobHashSchema) })
const partsAnswer = v.object({ parts: blobPartsSchema })

export type HttpBlobsOptions = {
  readonly relay: string
  readonly vault: VaultId
  readonly token: string
}

export class HttpBlobs implements RemoteBlobs {
  readonly #base: string
  readonly #token: string

  constructor({ relay, vault, token }: HttpBlobsOptions) {
    this.#base = `${relay}/api/v1/vaults/${vault}/blobs`
    this.#token = token
  }

  async missing(hashes: readonly BlobHash[], signal: AbortSignal): Promise<readonly BlobHash[]> {
    const response = await this.#request('missing', 'POST', { body: { hashes }, signal })
    return (await answerOf(response, missingAnswer, hashesBytes)).missing
  }

  async put(hash: BlobHash, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const response = await this.#request(hash, 'PUT', { body: bytes, signal })
    await response.body?.cancel()
  }

  async join(
    hash: BlobHash,
    parts: readonly BlobPart[],
    signal: AbortSignal,
  ): Promise<readonly BlobHash[]> {
    const response = await this.#request(`${hash}/parts`, 'PUT', { body: { parts }, signal })
    return (await answerOf(response, missingAnswer, partsBytes)).missing
  }

  async partsOf(hash: BlobHash, signal: AbortSignal): Promise<readonly BlobPart[]> {
    const response = await this.#request(`${hash}/parts`, 'GET', { signal })
    return (await answerOf(response, partsAnswer, partsBytes)).parts
  }

  async get(hash: BlobHash, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
    const response = await this.#request(hash, 'GET', { signal })
    return await readAtMost(response, Math.min(maxBytes, maxChunkBytes), signal)
  }

  #request(path: string, method: string, extras: RequestExtras): Promise<Response> {
    const common = { token: this.#token, timeoutMs: chunkTimeoutMs }
    return requestRelay(`${this.#base}/${path}`, method, { ...common, ...extras })
  }
}

/** Throws `malformed` for more, and `unreachable` when the connection breaks. */
async function readAtMost(
  response: Response,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(maxBytes)
  let length = 0
  const reader = response.body?.getReader()
  try {
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
      if (length + part.value.length > maxBytes)
        throw new AppError('malformed', 'the relay sent more than was asked for')
      bytes.set(part.value, length)
      length += part.value.length
    }
    return bytes.subarray(0, length)
  } catch (thrown) {
    await reader?.cancel().catch(() => undefined)
    signal.throwIfAborted()
    if (thrown instanceof AppError) throw thrown
    throw new AppError('unreachable', 'the connection to the relay broke', thrown)
  }
}
