// What `undrift status --ignored` says to people.
import type { LeftOut } from '../disk/left-out.ts'
import { printable } from './output.ts'

const maxShown = 20

/** Lines; of a long list the first and how many more there are. */
export function describeLeftOut(all: readonly LeftOut[]): readonly string[] {
  if (all.length === 0) return ['  Nothing in the folder is left out.']
  const lines = all
    .slice(0, maxShown)
    .map((one) => `    ${printable(one.path)}  (${printable(reasonOf(one))})`)
  const more = all.length - maxShown
  if (more > 0) lines.push(`    and ${more} more; all of them: --json`)
  return ['  Left out, and not synced:', ...lines]
}

function reasonOf({ rule, source }: LeftOut): string {
  switch (source) {
    case 'built-in':
      return `built-in rule ${rule}`
    case '.undriftignore':
      return `${rule} in .undriftignore`
    case 'selection':
      return 'not selected'
  }
}
