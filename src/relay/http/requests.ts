// Who sent a request, and what they may see.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'hono'
import { AppError } from '../../shared/errors.ts'
import type { Device } from '../store/account-store.ts'
import { type Authenticator, bearerToken } from './authenticate.ts'
import type { ClientAddress } from './client-address.ts'

/** What node-server gives: request and response as Node sees them. */
export type Env = { Bindings: { incoming?: IncomingMessage; outgoing?: ServerResponse } }
export type Ctx = Context<Env>

export type Admission = {
  authenticate: Authenticator
  clientAddress: ClientAddress
}

export function addressOf({ env: { incoming } }: Ctx, { clientAddress }: Admission): string {
  return incoming === undefined ? 'unknown' : clientAddress(incoming)
}

/** Throws `unauthorized` or `rate-limited`. */
export function deviceOf(c: Ctx, admission: Admission): Promise<Device> {
  const token = bearerToken(c.req.header('authorization'))
  return admission.authenticate(token, addressOf(c, admission))
}

/** Another tenant's vault looks like one that does not exist. */
export async function memberOf(c: Ctx, admission: Admission, vault: string): Promise<Device> {
  const device = await deviceOf(c, admission)
  if (device.vault !== vault) throw notFound()
  return device
}

export function notFound(): AppError {
  return new AppError('not-found', 'there is nothing at this address')
}
