// What is in a vault's folder and left out of sync, and why: read from the disk, whether or not an agent runs.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock, Logger } from '../../shared/ports.ts'
import { type VaultPath, parsePath } from '../../shared/vault-path.ts'
import type { IgnoreRules, LeftOutBy } from '../core/ignore.ts'
import { errorCode } from './problems.ts'
import { RulesFile } from './rules-file.ts'

/** `path` ends in `/` for a folder: all in it is left out. */
export type LeftOut = LeftOutBy & { readonly path: string }

export type LeftOutOptions = {
  /** The vault's folder. */
  readonly root: string
  /** What this device mirrors. */
  readonly only: readonly string[]
  readonly clock: Clock
  readonly logger: Logger
}

/** Sorted by path. What cannot be looked at is passed over: the agent lists it as a problem. */
export function listLeftOut(options: LeftOutOptions): readonly LeftOut[] {
  const file = new RulesFile(options)
  file.reload()
  file.stop()
  const found: LeftOut[] = []
  look(options.root, undefined, file.current, found)
  return found.sort((a, b) => (a.path < b.path ? -1 : 1))
}

function look(
  folder: string,
  above: VaultPath | undefined,
  rules: IgnoreRules,
  found: LeftOut[],
): void {
  for (const entry of entriesOf(folder)) {
    const text = above === undefined ? entry.name : `${above}/${entry.name}`
    const isFolder = entry.isDirectory()
    const shown = isFolder ? `${text}/` : text
    const parsed = parsePath(text)
    if (!parsed.ok) {
      const isNamed = parsed.reason === 'reserved' && text !== ownFolder
      if (isNamed) found.push({ path: shown, rule: entry.name, source: 'built-in' })
      continue
    }
    const by = rules.explain(parsed.path, isFolder)
    if (by !== undefined) found.push({ path: shown, ...by })
    else if (isFolder) look(join(folder, entry.name), parsed.path, rules, found)
  }
}

/** Nobody put it there but us. */
const ownFolder = '.undrift'

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (thrown) {
    if (errorCode(thrown) === undefined) throw thrown
    return []
  }
}
