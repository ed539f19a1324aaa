// The relay's HTTP API, as far as commands use it. Answers are checked; failures become `AppError`s.
import * as v from 'valibot'
import { AppError, isErrorCode } from '../../shared/errors.ts'
import type { DeviceId } from '../../shared/ids.ts'
import { roles } from '../../shared/roles.ts'
import { deviceIdSchema } from '../../shared/schemas.ts'
import { type JoinedVault, joinAnswerSchema } from '../config.ts'

const timeoutMs = 15_000

const inviteSchema = v.object({ link: v.string(), role: v.picklist(roles), expires: v.string() })
export type Invite = v.InferOutput<typeof inviteSchema>
export type JoinAnswer = v.InferOutput<typeof joinAnswerSchema>

const deviceSchema = v.object({
  id: deviceIdSchema,
  name: v.string(),
  role: v.picklist(roles),
  /** ISO 8601. */
  joined: v.string(),
})
const devicesSchema = v.object({ devices: v.array(deviceSchema) })
export type Device = v.InferOutput<typeof deviceSchema>

const problemSchema = v.object({ code: v.string(), detail: v.optional(v.string(), '') })

/** Uses up the invite and makes this a device of the vault. */
export async function joinVault(relay: string, invite: string, name: string): Promise<JoinAnswer> {
  const response = await request(`${relay}/api/v1/join`, 'POST', { body: { invite, name } })
  return await answer(response, joinAnswerSchema)
}

/** Takes the device off the vault. `cancel` gives the invite back: the join did not happen. */
export async function leaveVault(
  { relay, token }: Pick<JoinedVault, 'relay' | 'token'>,
  cancel: boolean,
): Promise<void> {
  const url = `${relay}/api/v1/devices/self${cancel ? '?cancel=true' : ''}`
  await request(url, 'DELETE', { token })
}

export type InviteWish = {
  readonly role: string
  readonly uses: number
  readonly expiresInSeconds: number
}

export async function createInvite(joined: JoinedVault, body: InviteWish): Promise<Invite> {
  const { relay, vault, token } = joined
  const response = await request(`${relay}/api/v1/vaults/${vault.id}/invites`, 'POST', {
    token,
    body,
  })
  return await answer(response, inviteSchema)
}

/** All devices of the vault, the oldest first. */
export async function listDevices({
  relay,
  vault,
  token,
}: JoinedVault): Promise<readonly Device[]> {
  const response = await request(`${relay}/api/v1/vaults/${vault.id}/devices`, 'GET', { token })
  return (await answer(response, devicesSchema)).devices
}

/** Takes another device off the vault; returns what it was. */
export async function revokeDevice(joined: JoinedVault, id: DeviceId): Promise<Device> {
  const { relay, vault, token } = joined
  const url = `${relay}/api/v1/vaults/${vault.id}/devices/${id}`
  return await answer(await request(url, 'DELETE', { token }), deviceSchema)
}

type Extras = { readonly token?: string; readonly body?: unknown }

async function request(url: string, method: string, { token, body }: Extras): Promise<Response> {
  const headers = new Headers()
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  if (body !== undefined) headers.set('content-type', 'application/json')
  const { origin } = new URL(url)
  const response = await fetch(url, {
    method,
    headers,
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((thrown: unknown) => {
    throw new AppError('unreachable', `the relay at ${origin} cannot be reached`, thrown)
  })
  if (!response.ok) throw await toError(response, origin)
  return response
}

async function toError(response: Response, origin: string): Promise<AppError> {
  const problem = v.safeParse(problemSchema, await json(response))
  const code = problem.success ? problem.output.code : ''
  if (problem.success && isErrorCode(code)) return new AppError(code, problem.output.detail)
  return new AppError('unreachable', `what answers at ${origin} is no undrift relay`)
}

async function answer<Schema extends v.GenericSchema>(
  response: Response,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const parsed = v.safeParse(schema, await json(response))
  if (parsed.success) return parsed.output
  const { origin } = new URL(response.url)
  throw new AppError('unsupported-version', `the relay at ${origin} speaks another version`)
}

async function json(response: Response): Promise<unknown> {
  return await response.json().catch(() => undefined)
}
