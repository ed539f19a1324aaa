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
  return canEdit(inviter) && !isAbove(wanted, inviter)
}

/** Editors may take others out, but nobody one who may do more than they. */
export function canRevoke(by: Role, target: Role): boolean {
  return canEdit(by) && !isAbove(target, by)
}

function isAbove(a: Role, b: Role): boolean {
  return roles.indexOf(a) < roles.indexOf(b)
}
