// A file's bytes to the relay: only the chunks that it lacks, several at a time.
import { type BlobPart, sizeOfParts } from '../../shared/blob/parts.ts'
import { AppError } from '../../shared/errors.ts'
import type { BlobHash } from '../../shared/ids.ts'
import { maxBlobBytes, maxHashesAtOnce } from '../../shared/limits.ts'
import type { Fingerprint } from './fingerprint.ts'
import { type Placed, placed } from './placed.ts'
import { inParallel } from './in-parallel.ts'
import type { RemoteBlobs } from './remote-blobs.ts'

export const chunksAtOnce = 4

export type UploadOptions = {
  readonly remote: RemoteBlobs
  readonly file: Fingerprint
  /** Reads `size` bytes at `at`; fewer when the file has become shorter. */
  readonly read: (at: number, size: number) => Promise<Uint8Array>
  readonly signal: AbortSignal
  /** Called with the size of each chunk that the relay has from now on. */
  readonly onSent: (bytes: number) => void
  /** Called with the size of all that the relay had before; less than 0 for what it turns out not to have. */
  readonly onThere?: (bytes: number) => void
}

/**
 * Resolves when the relay has the file, for good. One that was broken off goes on with what is missing; what the relay
 * finds to be damaged is sent again. Throws what `remote` throws, `too-large` without asking it, and `hash-mismatch`
 * when the file is not the one of the fingerprint any more.
 */
export async function upload(options: UploadOptions): Promise<void> {
  const { remote, file, signal, onThere } = options
  const { hash, parts } = file
  if (sizeOfParts(parts) > maxBlobBytes) {
    throw new AppError('too-large', `a file may have ${maxBlobBytes} bytes`)
  }
  const missing = await missingOf(remote, [hash, ...parts.map((part) => part.hash)], signal)
  if (!missing.includes(hash)) return
  const toSend = onceEach(parts, missing)
  onThere?.(sizeOfParts(parts) - sizeOfParts(toSend))
  await sendAll(options, toSend)
  if (parts.length === 1) return
  const mended = new Set<BlobHash>()
  for (;;) {
    const lacking = await remote.join(hash, parts, signal)
    if (lacking.length === 0) return
    if (lacking.some((chunk) => mended.has(chunk))) throw lost()
    for (const chunk of lacking) mended.add(chunk)
    const again = onceEach(parts, lacking)
    onThere?.(-sizeOfParts(again))
    await sendAll(options, again)
  }
}

/** Those parts that are among `hashes`: each once, wherever the file has it first. */
function onceEach(parts: readonly BlobPart[], hashes: readonly BlobHash[]): Placed[] {
  const left = new Set(hashes)
  return placed(parts).filter((part) => left.delete(part.hash))
}

function sendAll(
  { remote, read, signal, onSent }: UploadOptions,
  parts: readonly Placed[],
): Promise<void> {
  return inParallel(parts, chunksAtOnce, signal, async ({ hash, size, at }, running) => {
    const bytes = await read(at, size)
    if (bytes.length !== size) throw changed()
    await remote.put(hash, bytes, running)
    onSent(size)
  })
}

function lost(): AppError {
  return new AppError('storage', 'the relay loses chunks that it was sent')
}

/** Small files are one chunk, which has the file's own hash. */
async function missingOf(
  remote: RemoteBlobs,
  hashes: readonly BlobHash[],
  signal: AbortSignal,
): Promise<BlobHash[]> {
  const all = [...new Set(hashes)]
  const missing: BlobHash[] = []
  for (let at = 0; at < all.length; at += maxHashesAtOnce) {
    missing.push(...(await remote.missing(all.slice(at, at + maxHashesAtOnce), signal)))
  }
  return missing
}

function changed(): AppError {
  return new AppError('hash-mismatch', 'the file changed while it was sent')
}
