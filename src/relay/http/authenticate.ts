// Who is asking: the token of a request or an upgrade -> a device, or an error that says nothing more.
import { AppError } from '../../shared/errors.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { Device } from '../store/account-store.ts'
import type { AuthLimit } from './auth-limit.ts'

export type Authenticator = (token: string | undefined, address: string) => Promise<Device>

/** Throws `unauthorized` (counted against `address`) or `rate-limited`. */
export function newAuthenticator(accounts: Accounts, limit: AuthLimit): Authenticator {
  return async (token, address) => {
    const device = token === undefined ? undefined : await accounts.authenticate(token)
    if (device !== undefined) return device
    await limit.failed(address)
    throw new AppError('unauthorized', 'the token is missing, wrong or revoked')
  }
}

/** The token in an `Authorization: Bearer ...` header; nowhere else is one looked for. */
export function bearerToken(header: string | undefined): string | undefined {
  return header?.match(/^Bearer +(\S+)$/i)?.[1]
}
