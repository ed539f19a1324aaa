// What commands print: the answer on stdout, everything else on stderr, one line for an error.
import { type AppError, type ErrorCode, exitMeanings, toAppError } from '../../shared/errors.ts'

/** Prints the answer: as JSON when asked for, else as text for people. */
export function printAnswer(asJson: boolean | undefined, value: unknown, text: string): void {
  process.stdout.write(asJson === true ? `${JSON.stringify(value)}\n` : `${text}\n`)
}

/** Progress and remarks for people. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`)
}

const advice: Partial<Record<ErrorCode, string>> = {
  unreachable: 'Nothing was changed. Check that it is running and reachable, then try again.',
  unauthorized: 'The notes here are safe. The device was revoked: join again with a new link.',
  'not-found': 'Nothing was changed. See "undrift devices" for what is there.',
  'invite-invalid': 'Nothing was changed. Ask for a new link: undrift invite.',
  forbidden: 'The notes here are safe. Ask an owner of the vault for the right to do this.',
  'rate-limited': 'Nothing was changed. Wait a minute and try again.',
  timeout: 'The notes here are safe. Try again, or see "undrift status".',
  'storage-full': 'What is stored is safe. Make room on the disk and try again.',
  'unsupported-version': 'The notes here are safe. Update undrift on the older side.',
  locked: 'The notes here are safe. Use the agent that is running, or stop it first.',
}
const otherAdvice = 'The notes here are safe. Try again with UNDRIFT_LOG=debug to see more.'

/** `undrift: what happened. what is safe. what to do.` on one line, with nothing a terminal would obey. */
export function errorLine(thrown: unknown): string {
  const { code, message }: AppError = toAppError(thrown)
  const text = message.trim()
  const isWhole = /[.!?]$/.test(text)
  return `undrift: ${printable(isWhole ? text : `${text}. ${advice[code] ?? otherAdvice}`)}`
}

/** For the help of one command: the exit codes in `notes`, each with what it means there ('' for no more). */
export function exitCodeHelp(notes: Readonly<Record<number, string>>): string {
  const lines = exitMeanings.flatMap((meaning, code) => {
    const note = notes[code]
    if (note === undefined) return []
    return [`  ${code}  ${meaning}${note === '' ? '' : `: ${note}`}`]
  })
  return ['Exit codes:', ...lines].join('\n')
}

/** For the help of all commands. */
export const allExitCodesHelp = exitCodeHelp(exitMeanings.map(() => ''))

/** File names may hold line ends and escape sequences (HC-82): they are shown, not obeyed. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0
    return code === 0x200d ? char : `\\u{${code.toString(16)}}`
  })
}

/** `1 note`, `2 notes`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}

const byteUnits = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** `0 bytes`, `1.2 MB`. */
export function byteCount(bytes: number): string {
  let unit = 0
  let n = bytes
  for (; n >= 999.5 && unit < byteUnits.length - 1; unit++) n /= 1000
  const digits = unit > 0 && n < 9.95 ? 1 : 0
  return unit === 0 ? count(bytes, 'byte') : `${n.toFixed(digits)} ${byteUnits[unit] ?? ''}`
}
