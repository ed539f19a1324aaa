// Errors as RFC 9457 problem responses.
import { type AppError, type ErrorCode, errorFacts } from '../../shared/errors.ts'

const titles: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'A valid token is needed',
  forbidden: 'Not permitted',
  'not-found': 'There is nothing here',
  'invite-invalid': 'The invite is not valid',
  'rate-limited': 'Too many attempts',
  usage: 'The request is not what this address takes',
  malformed: 'The request cannot be read',
  'too-large': 'The request is too large',
  internal: 'The relay failed',
}

/** `application/problem+json` with our code in `code`. */
export function problemResponse(error: AppError): Response {
  const { http } = errorFacts(error.code)
  const title = titles[error.code] ?? error.code
  const detail = http >= 500 ? title : error.message
  const body = { type: 'about:blank', title, status: http, detail, code: error.code }
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' }
  if (http === 401) headers['www-authenticate'] = 'Bearer'
  if (error.code === 'rate-limited') headers['retry-after'] = '60'
  return new Response(JSON.stringify(body), { status: http, headers })
}
