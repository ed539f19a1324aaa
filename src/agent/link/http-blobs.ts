// The relay's binary files over HTTP.
import * as v from 'valibot'
import { maxChunkBytes } from '../../shared/blob/cut.ts'
import { type BlobPart, blobPartsSchema, bytesPerPart } from '../../shared/blob/parts.ts'
import type { BlobHash, VaultId } from '../../shared/ids.ts'
import { maxBlobParts, maxHashesAtOnce } from '../../shared/limits.ts'
import { blobHashSchema } from '../../shared/schemas.ts'
import type { RemoteBlobs } from '../blob/remote-blobs.ts'
import { type Asked, askRelay, requestRelay } from './relay-http.ts'

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
    const asked = { body: { hashes }, maxBytes: hashesBytes, signal }
    return (await this.#ask('missing', 'POST', missingAnswer, asked)).missing
  }

  async put(hash: BlobHash, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    await requestRelay(this.#url(hash), 'PUT', this.#with({ body: bytes, maxBytes: 0, signal }))
  }

  async join(
    hash: BlobHash,
    parts: readonly BlobPart[],
    signal: AbortSignal,
  ): Promise<readonly BlobHash[]> {
    const asked = { body: { parts }, maxBytes: partsBytes, signal }
    return (await this.#ask(`${hash}/parts`, 'PUT', missingAnswer, asked)).missing
  }

  async partsOf(hash: BlobHash, signal: AbortSignal): Promise<readonly BlobPart[]> {
    const asked = { maxBytes: partsBytes, signal }
    return (await this.#ask(`${hash}/parts`, 'GET', partsAnswer, asked)).parts
  }

  get(hash: BlobHash, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
    const asked = this.#with({ maxBytes: Math.min(maxBytes, maxChunkBytes), signal })
    return requestRelay(this.#url(hash), 'GET', asked)
  }

  #ask<Schema extends v.GenericSchema>(
    path: string,
    method: string,
    schema: Schema,
    asked: Asked,
  ): Promise<v.InferOutput<Schema>> {
    return askRelay(this.#url(path), method, schema, this.#with(asked))
  }

  #url(path: string): string {
    return `${this.#base}/${path}`
  }

  #with(asked: Asked): Asked {
    return { token: this.#token, timeoutMs: chunkTimeoutMs, ...asked }
  }
}
