// The table of errors, and the class that carries its codes.
import { describe, expect, test } from 'vitest'
import {
  AppError,
  type ErrorCode,
  errorCodes,
  errorFacts,
  isErrorCode,
  toAppError,
} from './errors.ts'

describe('errors', () => {
  test('CLI-4 exit codes are those that programs rely on', () => {
    const withExit = (exit: number) => errorCodes.filter((code) => errorFacts(code).exit === exit)
    expect(withExit(0)).toEqual([])
    expect(withExit(2)).toEqual(['usage'])
    expect(withExit(3)).toEqual(['rate-limited', 'unreachable', 'stopping', 'slow-reader'])
    expect(withExit(4)).toEqual(['held'])
    expect(withExit(5)).toEqual(['unauthorized', 'forbidden', 'invite-invalid'])
    expect(withExit(6)).toEqual(['timeout'])
    expect(withExit(7)).toEqual(['locked'])
  })

  test('CLI-4 every code has an HTTP status, a close code that may be sent, and an exit code', () => {
    const reservedCloseCodes = [1004, 1005, 1006, 1015]
    for (const code of errorCodes) {
      const { http, close, exit } = errorFacts(code)
      expect(http, code).toBeGreaterThanOrEqual(400)
      expect(http, code).toBeLessThan(600)
      expect((close >= 1000 && close < 1016) || (close >= 4400 && close < 4500), code).toBe(true)
      expect(reservedCloseCodes, code).not.toContain(close)
      expect(exit, code).toBeGreaterThan(0)
    }
  })

  test('CLI-4 what may be tried again is never closed for good', () => {
    for (const code of errorCodes) {
      const { retryable, close, http } = errorFacts(code)
      if (retryable) expect(close, code).toBeLessThan(4400)
      if (retryable) expect(http === 429 || http >= 500, code).toBe(true)
    }
  })

  test('CLI-4 HC-94 only codes of the table are codes', () => {
    for (const code of errorCodes) expect(isErrorCode(code)).toBe(true)
    for (const text of ['', 'Usage', '__proto__', 'toString', 'constructor']) {
      expect(isErrorCode(text)).toBe(false)
    }
  })

  test('what was thrown is wrapped once and keeps its cause', () => {
    const own = new AppError('held', 'many files')
    expect(toAppError(own, 'internal')).toBe(own)
    const foreign = new TypeError('x is not a function')
    const wrapped = toAppError(foreign, 'storage')
    expect(wrapped).toMatchObject({ code: 'storage', message: foreign.message, cause: foreign })
    expect(toAppError('text')).toMatchObject({
      code: 'internal' satisfies ErrorCode,
      message: 'text',
    })
    expect('cause' in own).toBe(false)
  })
})
