// What `status` lists of files whose bytes do not get across, in words for people.
import type { ErrorCode } from '../../shared/errors.ts'
import type { Failure } from '../blob/job.ts'
import type { Problem } from '../core/facts.ts'
import { waitingFor } from './blobs.ts'
import type { MirrorContext } from './context.ts'
import type { KnownProblem } from './problems.ts'

/** Each at the path of the file; they are over when the bytes are across. */
export function transferProblems(context: MirrorContext): KnownProblem[] {
  return context.transfers.failures.flatMap((failure) => {
    const { what, since } = failure
    if (what.way === 'check') return []
    if (what.way === 'up') return [{ ...explainUp(failure), path: what.path, since }]
    const paths = waitingFor(context, what.hash).flatMap(
      (id) => context.index.tree.live.get(id) ?? [],
    )
    return paths.map((path) => ({ ...explainDown(failure), path, since }))
  })
}

const notSent: Partial<Record<ErrorCode, Problem>> = {
  forbidden: {
    code: 'read-only',
    message: 'this device may only read the vault: it stays on this disk and is not sent',
  },
  'too-large': {
    code: 'refused',
    message: 'larger than the relay takes: it stays on this disk and is not sent',
  },
  'storage-full': {
    code: 'storage-full',
    message: "the relay's disk is full: it stays on this disk, and is sent when there is room",
  },
}

function explainUp({ reason: { code, message } }: Failure): Problem {
  const other = `not sent yet (${message}): it stays on this disk, and is tried again`
  return notSent[code] ?? { code: 'delayed', message: other }
}

const notHere: Partial<Record<ErrorCode, Problem>> = {
  'not-found': {
    code: 'delayed',
    message: 'the relay does not have it: it comes when a device that has it is connected',
  },
  'hash-mismatch': {
    code: 'delayed',
    message: 'what the relay has is damaged, and was not taken; it is tried again',
  },
}

function explainDown({ reason: { code, message } }: Failure): Problem {
  if (code === 'storage-full')
    return { code: 'disk-full', message: `${message}; it comes when there is room` }
  const other = `not here yet (${message}); it is tried again`
  return notHere[code] ?? { code: 'delayed', message: other }
}
