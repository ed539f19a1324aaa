// Real data beside the repository; tests that need it skip themselves where it is not.
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../../../../shared/data')

/** `../shared/data/<name>`, seen from the repository; undefined where it is not there. */
export function sharedData(name: string): string | undefined {
  const file = join(folder, name)
  return existsSync(file) ? file : undefined
}
