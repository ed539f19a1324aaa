// One request to the relay's HTTP API. Answers are checked; failures become `AppError`s.
import * as v from 'valibot'
import { AppError, isErrorCode } from '../../shared/errors.ts'

const usualTimeoutMs = 15_000
const problemBytes = 16 * 1024

const problemSchema = v.object({ code: v.string(), detail: v.optional(v.string(), '') })

export type RequestExtras = {
  readonly token?: string
  /** What is sent: bytes as they are, anything else as JSON. */
  readonly body?: unknown
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** Throws what the relay says, `unreachable` when it says nothing, or what `signal` was aborted with. */
export async function requestRelay(
  url: string,
  method: string,
  { token, body, timeoutMs = usualTimeoutMs, signal }: RequestExtras,
): Promise<Response> {
  const headers = new Headers()
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  const content = contentOf(body)
  if (typeof content === 'string') headers.set('content-type', 'application/json')
  const { origin } = new URL(url)
  const timeout = AbortSignal.timeout(timeoutMs)
  const response = await fetch(url, {
    method,
    headers,
    redirect: 'error',
    signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    ...(content === undefined ? {} : { body: content }),
  }).catch((thrown: unknown) => {
    signal?.throwIfAborted()
    throw unreachable(origin, thrown)
  })
  if (!response.ok) throw await toError(response, origin)
  return response
}

/** Throws `unsupported-version` when the answer is not what it should be, and `malformed` when it is too long. */
export async function answerOf<Schema extends v.GenericSchema>(
  response: Response,
  schema: Schema,
  maxBytes: number,
): Promise<v.InferOutput<Schema>> {
  const parsed = v.safeParse(schema, await json(response, maxBytes))
  if (parsed.success) return parsed.output
  const { origin } = new URL(response.url)
  throw new AppError('unsupported-version', `the relay at ${origin} speaks another version`)
}

function contentOf(body: unknown): string | Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined) return undefined
  return isBytes(body) ? body : JSON.stringify(body)
}

/** Nobody shares the memory of what is sent. */
function isBytes(body: unknown): body is Uint8Array<ArrayBuffer> {
  return body instanceof Uint8Array
}

function unreachable(origin: string, cause: unknown): AppError {
  return new AppError('unreachable', `the relay at ${origin} cannot be reached`, cause)
}

async function toError(response: Response, origin: string): Promise<AppError> {
  const answer = await json(response, problemBytes).catch(() => undefined)
  const problem = v.safeParse(problemSchema, answer)
  const code = problem.success ? problem.output.code : ''
  if (problem.success && isErrorCode(code)) return new AppError(code, problem.output.detail)
  return new AppError('unreachable', `what answers at ${origin} is no undrift relay`)
}

/** Undefined for what is no JSON. */
async function json(response: Response, maxBytes: number): Promise<unknown> {
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for await (const part of response.body ?? []) {
      length += part.length
      if (length > maxBytes)
        throw new AppError('malformed', 'the relay sent more than was asked for')
      parts.push(part)
    }
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown
    return undefined
  }
}
