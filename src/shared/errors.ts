// The closed table of errors: what each code means over HTTP, on a WebSocket and as an exit code.

/** What a command says with its exit code, from 0 on. */
export const exitMeanings = [
  'done',
  'failed',
  'usage',
  'relay or agent not reachable',
  'held until you act',
  'not permitted',
  'not in time',
  'another agent has this vault',
] as const

type ErrorFacts = {
  /** HTTP status of the problem response (RFC 9457). */
  http: number
  /** WebSocket close code (RFC 6455 7.4); 4400-4499 tell standard y-websocket clients to give up. */
  close: number
  /** Whether the same request may succeed later without anyone changing anything. */
  retryable: boolean
  /** Exit code of a command that ends with it; see `exitMeanings`. */
  exit: number
}

const table = {
  usage: { http: 400, close: 4400, retryable: false, exit: 2 },
  malformed: { http: 400, close: 1003, retryable: false, exit: 1 },
  unauthorized: { http: 401, close: 4401, retryable: false, exit: 5 },
  forbidden: { http: 403, close: 4403, retryable: false, exit: 5 },
  'not-found': { http: 404, close: 4404, retryable: false, exit: 1 },
  'invite-invalid': { http: 404, close: 4404, retryable: false, exit: 5 },
  'already-joined': { http: 409, close: 4409, retryable: false, exit: 1 },
  'not-a-folder': { http: 400, close: 4400, retryable: false, exit: 1 },
  'read-only': { http: 403, close: 4403, retryable: false, exit: 1 },
  'too-large': { http: 413, close: 1009, retryable: false, exit: 1 },
  'hash-mismatch': { http: 422, close: 1008, retryable: false, exit: 1 },
  'invalid-update': { http: 422, close: 1008, retryable: false, exit: 1 },
  'unsupported-version': { http: 426, close: 4426, retryable: false, exit: 1 },
  'rate-limited': { http: 429, close: 1013, retryable: true, exit: 3 },
  internal: { http: 500, close: 1011, retryable: true, exit: 1 },
  unreachable: { http: 503, close: 1012, retryable: true, exit: 3 },
  stopping: { http: 503, close: 1012, retryable: true, exit: 3 },
  'slow-reader': { http: 503, close: 1013, retryable: true, exit: 3 },
  timeout: { http: 504, close: 1013, retryable: true, exit: 6 },
  'storage-full': { http: 507, close: 1013, retryable: true, exit: 1 },
  storage: { http: 500, close: 1011, retryable: true, exit: 1 },
  held: { http: 409, close: 1008, retryable: false, exit: 4 },
  paused: { http: 409, close: 1008, retryable: false, exit: 1 },
  locked: { http: 423, close: 1008, retryable: false, exit: 7 },
  replaced: { http: 409, close: 4410, retryable: false, exit: 1 },
} as const satisfies Record<string, ErrorFacts>

export type ErrorCode = keyof typeof table

export const errorCodes = Object.keys(table) as readonly ErrorCode[]

/** Looks up what a code means to HTTP, WebSocket and shell. */
export function errorFacts(code: ErrorCode): ErrorFacts {
  return table[code]
}

export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(table, value)
}

/** The one error class. Tests and callers look at `code`; `message` is for people. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

/** Wraps whatever was thrown, keeping an `AppError` as it is. */
export function toAppError(thrown: unknown, code: ErrorCode = 'internal'): AppError {
  if (thrown instanceof AppError) return thrown
  return new AppError(code, thrown instanceof Error ? thrown.message : String(thrown), thrown)
}
