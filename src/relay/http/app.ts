// The relay's HTTP API, from its dependencies; does not listen. JSON in, JSON or a problem out.
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import * as v from 'valibot'
import { toAppError } from '../../shared/errors.ts'
import { maxDeviceNameChars, maxInviteDays, maxInviteUses } from '../../shared/limits.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { roles } from '../../shared/roles.ts'
import type { Device } from '../store/account-store.ts'
import type { AuthLimit } from './auth-limit.ts'
import { type BlobsOptions, addBlobs } from './blobs.ts'
import { problemResponse } from './problem.ts'
import { readBody } from './read-body.ts'
import { type Env, addressOf, deviceOf, memberOf, notFound } from './requests.ts'

export type AppOptions = BlobsOptions & {
  accounts: Accounts
  limit: AuthLimit
  /** Where this relay is reached, without a slash at the end. */
  publicUrl: string
  isReady: () => boolean
}

const joinBody = v.object({
  invite: v.pipe(v.string(), v.maxLength(200)),
  name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(maxDeviceNameChars)),
})
const inviteBody = v.object({
  role: v.optional(v.picklist(roles), 'editor'),
  uses: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(maxInviteUses)), 1),
  expiresInSeconds: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(maxInviteDays * 24 * 3600)),
    24 * 3600,
  ),
})

/** `GET /healthz`, `GET /readyz` and `/api/v1/...`. */
export function newApp(options: AppOptions): Hono<Env> {
  const app = new Hono<Env>()
  app.use(secureHeaders())
  app.onError((thrown) => {
    const error = toAppError(thrown)
    if (error.code === 'internal') options.log.error('request failed', { reason: error.message })
    return problemResponse(error)
  })
  app.notFound(() => problemResponse(notFound()))
  addHealth(app, options)
  addDevices(app, options)
  addVaults(app, options)
  addBlobs(app, options)
  return app
}

function addHealth(app: Hono<Env>, { isReady }: AppOptions): void {
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get('/readyz', (c) =>
    isReady() ? c.json({ status: 'ready' }) : c.json({ status: 'starting' }, 503),
  )
}

function addDevices(app: Hono<Env>, options: AppOptions): void {
  const { accounts, limit } = options
  app.post('/api/v1/join', async (c) => {
    const { invite, name } = await readBody(c, joinBody)
    const joined = await accounts.join(invite, name).catch(async (thrown: unknown) => {
      if (toAppError(thrown).code === 'invite-invalid') await limit.failed(addressOf(c, options))
      throw thrown
    })
    const { vault, device, token } = joined
    c.header('cache-control', 'no-store')
    return c.json(
      { vault, device: { id: device.id, name: device.name }, token, role: device.role },
      201,
    )
  })
  app.delete('/api/v1/devices/self', async (c) => {
    const device = await deviceOf(c, options)
    await accounts.leave(device, c.req.query('cancel') === 'true')
    return c.body(null, 204)
  })
}

function addVaults(app: Hono<Env>, options: AppOptions): void {
  const { accounts, publicUrl } = options
  app.get('/api/v1/vaults/:vault', async (c) => {
    const device = await memberOf(c, options, c.req.param('vault'))
    const vault = await accounts.vault(device.vault)
    if (vault === undefined) throw notFound()
    return c.json({ ...vault, role: device.role })
  })
  app.get('/api/v1/vaults/:vault/devices', async (c) => {
    const device = await memberOf(c, options, c.req.param('vault'))
    const devices = await accounts.devices(device)
    return c.json({ devices: devices.map(toPublicDevice) })
  })
  app.delete('/api/v1/vaults/:vault/devices/:device', async (c) => {
    const device = await memberOf(c, options, c.req.param('vault'))
    return c.json(toPublicDevice(await accounts.revoke(device, c.req.param('device'))))
  })
  app.post('/api/v1/vaults/:vault/invites', async (c) => {
    const device = await memberOf(c, options, c.req.param('vault'))
    const { role, uses, expiresInSeconds } = await readBody(c, inviteBody)
    const invite = await accounts.invite(device, role, uses, expiresInSeconds * 1000)
    const expires = new Date(invite.expiresAt).toISOString()
    c.header('cache-control', 'no-store')
    return c.json({ link: inviteLink(publicUrl, invite.secret), role, expires }, 201)
  })
}

/** What others in the vault may know of a device. */
function toPublicDevice({ id, name, role, createdAt }: Device) {
  return { id, name, role, joined: new Date(createdAt).toISOString() }
}

/** The secret stands in the fragment, which no browser or proxy ever sends or logs. */
export function inviteLink(publicUrl: string, secret: string): string {
  return `${publicUrl}/join#${secret}`
}
