// Symbolic links: what they say is their content, and stands in the index itself.
import type { FileId } from '../../shared/ids.ts'
import type { IndexEdit } from '../../shared/doc/vault-index.ts'
import { pointsInside } from '../../shared/link-target.ts'
import { type VaultPath, ignoreFileName, pathKey } from '../../shared/vault-path.ts'
import type { Problem } from '../core/facts.ts'
import type { DiskLink, MirrorContext } from './context.ts'
import { publishNamed } from './named-content.ts'

export function publishLink(context: MirrorContext, id: FileId, disk: DiskLink): IndexEdit[] {
  const link = { target: disk.target }
  return publishNamed(context, id, disk, { type: 'link', id, link })
}

/** Why a link at `path` that says `target` is not synced, if so. */
export function linkProblem(path: VaultPath, target: string): Problem | undefined {
  if (pathKey(path) === ignoreFileName) return refusal('a link, where rules are read from a file')
  return pointsInside(path, target) ? undefined : refusal('a link out of the vault')
}

/** Why the file cannot be put at `to`, if it is a link that must not be there. */
export function misplacedLink(
  { index }: MirrorContext,
  id: FileId,
  to: VaultPath,
): Problem | undefined {
  const content = index.content(id)
  const problem = content?.kind === 'link' ? linkProblem(to, content.target) : undefined
  return problem && { ...problem, code: 'unmaterialisable' }
}

function refusal(what: string): Problem {
  return { code: 'unsupported', message: `${what}; left alone` }
}
