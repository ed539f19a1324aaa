// The body of a request: bytes, or JSON of a known shape.
import * as v from 'valibot'
import { AppError } from '../../shared/errors.ts'
import type { Ctx } from './requests.ts'

const maxJsonBytes = 16 * 1024

/** Throws `malformed`, `usage` or `too-large`. */
export async function readBody<Schema extends v.GenericSchema>(
  c: Ctx,
  schema: Schema,
  maxBytes = maxJsonBytes,
): Promise<v.InferOutput<Schema>> {
  const body = await readJson(c.req.raw, maxBytes)
  const parsed = v.safeParse(schema, body)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new AppError('usage', `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`)
}

/**
 * As it comes. Throws `malformed` when it ends early. Not hono's bodyLimit: it makes a Request of the adapter's
 * own, which undici refuses.
 */
export async function* bytesOf(request: Request): AsyncGenerator<Uint8Array> {
  const reader = request.body?.getReader()
  if (reader === undefined) return
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value
  } catch (thrown) {
    throw new AppError('malformed', 'the body ended early', thrown)
  } finally {
    reader.releaseLock()
  }
}

async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let [text, bytes] = ['', 0]
  for await (const part of bytesOf(request)) {
    bytes += part.length
    if (bytes > maxBytes) throw new AppError('too-large', `at most ${maxBytes} bytes`)
    text += decoded(() => decoder.decode(part, { stream: true }))
  }
  return decoded((): unknown => JSON.parse(text))
}

function decoded<Value>(decode: () => Value): Value {
  try {
    return decode()
  } catch (thrown) {
    throw new AppError('malformed', 'the body is not JSON', thrown)
  }
}
