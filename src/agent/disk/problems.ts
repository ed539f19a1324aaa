// Error numbers of the operating system -> problems that `status` shows.
import type { Problem, ProblemCode, Unreadable } from '../core/facts.ts'

/** Whether `thrown` is an operating system error with one of these codes. */
export function hasCode(thrown: unknown, ...codes: string[]): boolean {
  const code = errorCode(thrown)
  return code !== undefined && codes.includes(code)
}

/** `ENOENT` and the like; undefined when `thrown` is no such error. */
export function errorCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}

const writeProblems: Readonly<Record<string, ProblemCode>> = {
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EROFS: 'read-only',
  EXDEV: 'refused',
  EACCES: 'read-only',
  EPERM: 'read-only',
  ENAMETOOLONG: 'unmaterialisable',
  EINVAL: 'unmaterialisable',
  EILSEQ: 'unmaterialisable',
}

/** Why a file could not be written, moved or deleted. */
export function writeProblem(thrown: unknown): Problem {
  const code = errorCode(thrown)
  return { code: (code && writeProblems[code]) || 'io', message: describe(thrown) }
}

/** Why a file or folder could not be looked at. */
export function readProblem(thrown: unknown): Problem {
  const code = hasCode(thrown, 'EACCES', 'EPERM') ? 'unreadable' : 'io'
  return { code, message: describe(thrown) }
}

/** What `open` and `read` say of a name at which the file that was seen there is no more. */
const changed = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EISDIR'] as const

/** Why a file that was there could not be read; undefined where it went, or became another, meanwhile. */
export function whyUnread(thrown: unknown): Unreadable | undefined {
  if (errorCode(thrown) === undefined) throw thrown
  return hasCode(thrown, ...changed) ? undefined : { kind: 'unreadable', why: describe(thrown) }
}

/** A folder of another disk can neither be renamed into nor linked from; what to do about that. */
export const onOtherDisk: Problem = {
  code: 'unreadable',
  message:
    'on another disk than the vault: join it as a vault of its own, or leave it out in .undriftignore',
}

export function refused(message: string): Problem {
  return { code: 'refused', message }
}

function describe(thrown: unknown): string {
  switch (errorCode(thrown) ?? '') {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full'
    case 'EROFS':
      return 'the disk is read-only'
    case 'EACCES':
    case 'EPERM':
      return 'no permission'
    case 'ENOENT':
    case 'ENOTDIR':
      return 'it is not there'
    case 'EXDEV':
      return onOtherDisk.message
    case 'EIO':
      return 'the disk reports an error'
    case 'ENAMETOOLONG':
      return 'the name is too long for this disk'
    case 'EINVAL':
    case 'EILSEQ':
      return 'this disk cannot hold the name'
    default:
      return thrown instanceof Error ? thrown.message : String(thrown)
  }
}
