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
  const body = await readJson(c, maxBytes)
  const parsed = v.safeParse(schema, body)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new AppError('usage', `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`)
}

/**
 * As it comes. Throws `malformed` when it ends early. From Node where there is a connection: a stream of the web's
 * kind on top of that takes as much time again.
 */
export async function* bytesOf({ env, req }: Ctx): AsyncGenerator<Uint8Array> {
  const source: AsyncIterable<Uint8Array> | null =
    env.incoming?.iterator({ destroyOnReturn: false }) ?? req.raw.body
  if (source === null) return
  const parts = source[Symbol.asyncIterator]()
  for (let part = await next(parts); !part.done; part = await next(parts)) yield part.value
}

async function next(
  parts: AsyncIterator<Uint8Array>,
): Promise<IteratorResult<Uint8Array, unknown>> {
  try {
    return await parts.next()
  } catch (thrown) {
    throw new AppError('malformed', 'the body ended early', thrown)
  }
}

async function readJson(c: Ctx, maxBytes: number): Promise<unknown> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let [text, bytes] = ['', 0]
  for await (const part of bytesOf(c)) {
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
