// The real clock, random numbers and log of the relay's process. Time and chance come from nowhere else.
import { randomBytes } from 'node:crypto'
import type { Clock, LogFields, Logger, Random } from '../shared/ports.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof levels)[number]

/** Reads a level's name; undefined when it is none. */
export function parseLogLevel(text: string): LogLevel | undefined {
  return levels.find((level) => level === text)
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}

export const systemRandom: Random = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  fraction: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
}

/** Logs one JSON object a line to `write`, from `least` upwards. */
export function lineLogger(least: LogLevel, write: (line: string) => void): Logger {
  const from = levels.indexOf(least)
  const log = (level: LogLevel) => (event: string, fields?: LogFields) => {
    if (levels.indexOf(level) < from) return
    write(`${JSON.stringify({ at: new Date().toISOString(), level, event, ...fields })}\n`)
  }
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
}
