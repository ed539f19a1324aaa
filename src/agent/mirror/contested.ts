// Files that a program here rewrites whenever we have written them. Where another one does the same elsewhere neither
// is right, and both would go on for ever: we write such a file less and less often.
import type { FileId } from '../../shared/ids.ts'
import { isWrittenOver } from '../../shared/text/written-over.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import { promptMs } from '../core/contested.ts'
import { changedAtMs } from '../core/facts.ts'
import { savedAtMs } from '../core/stale-base.ts'
import type { OurWrite } from './contested-files.ts'
import type { DiskFile, MirrorContext } from './context.ts'
import { earlierText } from './earlier.ts'

/** Call before what was saved at `disk` is taken in. */
export async function noteSave(context: MirrorContext, id: FileId, disk: DiskFile): Promise<void> {
  const { contested, ledger } = context
  const write = contested.lastWrite(id)
  const { base } = ledger.facts(id)
  if (write === undefined || base === undefined) return
  const isPrompt = savedAtMs(disk.stat, base.stat) - changedAtMs(base.stat) < promptMs
  contested.saved(id, write, isPrompt && (await takesBack(context, id, disk, write)))
}

/** Of what is merged also a part; of all else only what stood there before is no new version. */
async function takesBack(
  context: MirrorContext,
  id: FileId,
  disk: DiskFile,
  { replaced }: OurWrite,
): Promise<boolean> {
  const { base, earlier } = context.ledger.facts(id)
  const before = earlier.at(-1)
  if (base?.kind !== 'text' || disk.kind !== 'text' || before === undefined)
    return disk.hash === replaced
  const [text, written] = [await earlierText(context, id, before), await context.notes.baseText(id)]
  return isWrittenOver(text, written, disk.text)
}

const message =
  'a program here rewrites this file whenever it is written, as one on another device may; what comes from there is ' +
  'safe with the relay, and written here once a minute at most: set both programs to write the same'

/** Whether the file has to rest; that is listed then. */
export function mustRest(context: MirrorContext, id: FileId, path: VaultPath): boolean {
  const { contested, problems, clock } = context
  if (!contested.rests(id, clock.now())) return false
  problems.setOf(id, path, { code: 'delayed', message }, clock.now())
  return true
}

/** Files that have rested are to be written. */
export function wakeRested({ contested, pending, clock }: MirrorContext): void {
  for (const id of contested.due(clock.now())) pending.add(id)
}
