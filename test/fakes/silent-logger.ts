// A log that nobody reads.
import type { Logger } from '../../src/shared/ports.ts'

export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
}
