// Who may do what in a vault. Pure decisions; knows nothing of tokens or sockets.
import type { DeviceId } from '../../shared/ids.ts'
import { type Role, roles } from '../../shared/roles.ts'

/** Who is at the other end of a connection. */
export type Access = { device: DeviceId; role: Role }

export function canEdit(role: Role): boolean {
  return role !== 'viewer'
}

/** Editors may bring in others, but nobody gives more than they have. */
export function canInvite(inviter: Role, wanted: Role): boolean {
  return inviter !== 'viewer' && roles.indexOf(inviter) <= roles.indexOf(wanted)
}
