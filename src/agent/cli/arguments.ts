// Reads what people type: links, durations, numbers.
import { InvalidArgumentError } from 'commander'
import { AppError } from '../../shared/errors.ts'
import { maxInviteDays, maxInviteUses } from '../../shared/limits.ts'
import { patternFault } from '../core/selection.ts'

export type InviteLink = { readonly relay: string; readonly secret: string }

const linkAdvice =
  'Nothing was changed. Copy the whole link; it looks like https://HOST/join#SECRET.'

/** `https://host[/path]/join#secret`. The secret stands in the fragment, which is never sent by accident. */
export function parseInviteLink(text: string): InviteLink {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:'
  if (!isWeb || url.username !== '' || url.search !== '' || !url.pathname.endsWith('/join')) {
    throw new AppError('usage', `this is no invite link. ${linkAdvice}`)
  }
  const secret = url.hash.slice(1)
  if (!/^[\w.~-]{8,200}$/.test(secret)) {
    throw new AppError('usage', `the invite link is incomplete. ${linkAdvice}`)
  }
  return { relay: `${url.origin}${url.pathname.slice(0, -'/join'.length)}`, secret }
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** `90s`, `30m`, `24h`, `7d` in seconds. */
export function parseDuration(text: string): number {
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const seconds = Number(number) * (unitSeconds[unit ?? ''] ?? Number.NaN)
  if (seconds > 0 && seconds <= maxInviteDays * 86_400) return seconds
  const rule = `A duration looks like 90s, 30m, 24h or 7d, and is at most ${maxInviteDays}d.`
  throw new InvalidArgumentError(rule)
}

/** Seconds as a number above 0, fractions allowed. */
export function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && seconds > 0 && seconds <= 86_400) return seconds
  throw new InvalidArgumentError('A time-out is a number of seconds, at most a day.')
}

export function parseCount(text: string): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= 1 && number <= maxInviteUses) return number
  throw new InvalidArgumentError(`This is a whole number from 1 to ${maxInviteUses}.`)
}

/** For every option that takes such patterns. */
export const onlyHelp =
  "mirror only what this matches, like 'Projects/**' (as in .undriftignore); may be given several times"

/** One more pattern of what is mirrored. */
export function parsePattern(text: string, former: readonly string[]): readonly string[] {
  const fault = patternFault(text)
  if (fault === undefined) return [...former, text]
  throw new InvalidArgumentError(`A pattern looks like 'Projects/**' or '*.md'; ${fault}.`)
}
