// The relay's HTTP API, as far as commands use it. Answers are checked; failures become `AppError`s.
import * as v from 'valibot'
import type { DeviceId } from '../../shared/ids.ts'
import { roles } from '../../shared/roles.ts'
import { deviceIdSchema } from '../../shared/schemas.ts'
import { type JoinedVault, joinAnswerSchema } from '../config.ts'
import { answerOf, requestRelay } from '../link/relay-http.ts'

const inviteSchema = v.object({ link: v.string(), role: v.picklist(roles), expires: v.string() })
export type Invite = v.InferOutput<typeof inviteSchema>
export type JoinAnswer = v.InferOutput<typeof joinAnswerSchema>

/** Thousands of devices. */
const maxAnswerBytes = 1024 * 1024

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
  const response = await requestRelay(`${relay}/api/v1/join`, 'POST', { body: { invite, name } })
  return await answerOf(response, joinAnswerSchema, maxAnswerBytes)
}

/** Takes the device off the vault. `cancel` gives the invite back: the join did not happen. */
export async function leaveVault(
  { relay, token }: Pick<JoinedVault, 'relay' | 'token'>,
  cancel: boolean,
): Promise<void> {
  const url = `${relay}/api/v1/devices/self${cancel ? '?cancel=true' : ''}`
  await requestRelay(url, 'DELETE', { token })
}

export type InviteWish = {
  readonly role: string
  readonly uses: number
  readonly expiresInSeconds: number
}

export async function createInvite(joined: JoinedVault, body: InviteWish): Promise<Invite> {
  const { relay, vault, token } = joined
  const response = await requestRelay(`${relay}/api/v1/vaults/${vault.id}/invites`, 'POST', {
    token,
    body,
  })
  return await answerOf(response, inviteSchema, maxAnswerBytes)
}

/** All devices of the vault, the oldest first. */
export async function listDevices({
  relay,
  vault,
  token,
}: JoinedVault): Promise<readonly Device[]> {
  const response = await requestRelay(`${relay}/api/v1/vaults/${vault.id}/devices`, 'GET', {
    token,
  })
  return (await answerOf(response, devicesSchema, maxAnswerBytes)).devices
}

/** Takes another device off the vault; returns what it was. */
export async function revokeDevice(joined: JoinedVault, id: DeviceId): Promise<Device> {
  const { relay, vault, token } = joined
  const url = `${relay}/api/v1/vaults/${vault.id}/devices/${id}`
  const response = await requestRelay(url, 'DELETE', { token })
  return await answerOf(response, deviceSchema, maxAnswerBytes)
}
