// The relay's HTTP API, as far as commands use it. Answers are checked; failures become `AppError`s.
import * as v from 'valibot'
import type { DeviceId } from '../../shared/ids.ts'
import { roles } from '../../shared/roles.ts'
import { deviceIdSchema } from '../../shared/schemas.ts'
import { type JoinedVault, joinAnswerSchema } from '../config.ts'
import { askRelay, requestRelay } from '../link/relay-http.ts'

const inviteSchema = v.object({ link: v.string(), role: v.picklist(roles), expires: v.string() })
export type Invite = v.InferOutput<typeof inviteSchema>
export type JoinAnswer = v.InferOutput<typeof joinAnswerSchema>

/** Thousands of devices. */
const maxBytes = 1024 * 1024

const deviceSchema = v.object({
  id: deviceIdSchema,
  name: v.string(),
  role: v.picklist(roles),
  /** ISO 8601. */
  joined: v.string(),
})
const devicesSchema = v.object({ devices: v.array(deviceSchema) })
export type Device = v.InferOutput<typeof deviceSchema>

/** Uses up the invite and makes this a device of the vault. */
export async function joinVault(relay: string, invite: string, name: string): Promise<JoinAnswer> {
  const body = { invite, name }
  return await askRelay(`${relay}/api/v1/join`, 'POST', joinAnswerSchema, { body, maxBytes })
}

/** Takes the device off the vault. `cancel` gives the invite back: the join did not happen. */
export async function leaveVault(
  { relay, token }: Pick<JoinedVault, 'relay' | 'token'>,
  cancel: boolean,
): Promise<void> {
  const url = `${relay}/api/v1/devices/self${cancel ? '?cancel=true' : ''}`
  await requestRelay(url, 'DELETE', { token, maxBytes })
}

export type InviteWish = {
  readonly role: string
  readonly uses: number
  readonly expiresInSeconds: number
}

export async function createInvite(joined: JoinedVault, body: InviteWish): Promise<Invite> {
  const { relay, vault, token } = joined
  const url = `${relay}/api/v1/vaults/${vault.id}/invites`
  return await askRelay(url, 'POST', inviteSchema, { token, body, maxBytes })
}

/** All devices of the vault, the oldest first. */
export async function listDevices({
  relay,
  vault,
  token,
}: JoinedVault): Promise<readonly Device[]> {
  const url = `${relay}/api/v1/vaults/${vault.id}/devices`
  return (await askRelay(url, 'GET', devicesSchema, { token, maxBytes })).devices
}

/** Takes another device off the vault; returns what it was. */
export async function revokeDevice(joined: JoinedVault, id: DeviceId): Promise<Device> {
  const { relay, vault, token } = joined
  const url = `${relay}/api/v1/vaults/${vault.id}/devices/${id}`
  return await askRelay(url, 'DELETE', deviceSchema, { token, maxBytes })
}
