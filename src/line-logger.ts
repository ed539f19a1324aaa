// The log of a process: one JSON object a line.
import type { LogFields, Logger } from './shared/ports.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof levels)[number]

/** Reads a level's name; undefined when it is none. */
export function parseLogLevel(text: string): LogLevel | undefined {
  return levels.find((level) => level === text)
}

/** Logs one JSON object a line to `write`, from `least` upwards. */
export function lineLogger(least: LogLevel, write: (line: string) => void): Logger {
  const from = levels.indexOf(least)
  const log = (level: LogLevel) => (event: string, fields?: LogFields) => {
    if (levels.indexOf(level) < from) return
    write(`${lineOf({ at: new Date().toISOString(), level, event, ...fields })}\n`)
  }
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
}

/** JSON without what a terminal would obey: a file's name may hold that, and JSON leaves some of it. */
function lineOf(value: unknown): string {
  return JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) =>
    sign
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}
