// One request to the relay's HTTP API. Answers are checked; failures become `AppError`s. From Node's own client:
// `fetch` copies what is sent and what comes, and takes twice the time.
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { finished } from 'node:stream/promises'
import * as v from 'valibot'
import { AppError, isErrorCode } from '../../shared/errors.ts'

const usualTimeoutMs = 15_000
const problemBytes = 16 * 1024

const problemSchema = v.object({ code: v.string(), detail: v.optional(v.string(), '') })

export type Asked = {
  readonly token?: string
  /** What is sent: bytes as they are, anything else as JSON. */
  readonly body?: unknown
  /** Longest answer. */
  readonly maxBytes: number
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/**
 * Resolves with what the relay answers, of which no more than `maxBytes` is read. Throws `malformed` when it is longer,
 * what the relay says, `unreachable` when it says nothing or breaks off, or what `signal` was aborted with.
 */
export async function requestRelay(url: string, method: string, asked: Asked): Promise<Buffer> {
  const { maxBytes, timeoutMs = usualTimeoutMs, signal } = asked
  signal?.throwIfAborted()
  const { origin } = new URL(url)
  const request = open(url, method, asked)
  const stop = (): void => void request.destroy()
  const timeout = setTimeout(stop, timeoutMs)
  signal?.addEventListener('abort', stop)
  try {
    const response = await responseTo(request)
    if (!isOk(response)) throw await toError(response, origin)
    return await read(response, maxBytes)
  } catch (thrown) {
    stop()
    signal?.throwIfAborted()
    if (thrown instanceof AppError) throw thrown
    throw unreachable(origin, thrown)
  } finally {
    clearTimeout(timeout)
    signal?.removeEventListener('abort', stop)
  }
}

/** The same for JSON. Throws `unsupported-version` when it is not what it should be. */
export async function askRelay<Schema extends v.GenericSchema>(
  url: string,
  method: string,
  schema: Schema,
  asked: Asked,
): Promise<v.InferOutput<Schema>> {
  const parsed = v.safeParse(schema, parseJson(await requestRelay(url, method, asked)))
  if (parsed.success) return parsed.output
  const { origin } = new URL(url)
  throw new AppError('unsupported-version', `the relay at ${origin} speaks another version`)
}

function open(url: string, method: string, { token, body }: Asked): ClientRequest {
  const isSecure = new URL(url).protocol === 'https:'
  const content = contentOf(body)
  const headers: Record<string, string> = {}
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`
  if (typeof content === 'string') headers['content-type'] = 'application/json'
  const request = (isSecure ? requestHttps : requestHttp)(url, { method, headers })
  return request.end(content)
}

function contentOf(body: unknown): string | Uint8Array | undefined {
  if (body === undefined || body instanceof Uint8Array) return body
  return JSON.stringify(body)
}

/** Throws why there is none. */
function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve).on('error', reject)
  })
}

async function read(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  response.on('data', (part: Buffer) => {
    length += part.length
    if (length > maxBytes) response.destroy(tooLong())
    else parts.push(part)
  })
  await finished(response)
  return Buffer.concat(parts)
}

async function toError(response: IncomingMessage, origin: string): Promise<AppError> {
  const answer = await read(response, problemBytes).then(parseJson, () => undefined)
  const problem = v.safeParse(problemSchema, answer)
  const code = problem.success ? problem.output.code : ''
  if (problem.success && isErrorCode(code)) return new AppError(code, problem.output.detail)
  return new AppError('unreachable', `what answers at ${origin} is no undrift relay`)
}

/** Undefined for what is no JSON. */
function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

function isOk({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300
}

function tooLong(): AppError {
  return new AppError('malformed', 'the relay sent more than was asked for')
}

function unreachable(origin: string, cause: unknown): AppError {
  return new AppError('unreachable', `the relay at ${origin} cannot be reached`, cause)
}
