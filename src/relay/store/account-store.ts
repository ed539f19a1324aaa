// Port: who may do what. Vaults, devices and invites; secrets only as SHA-256 (hex).
import type { DeviceId, VaultId } from '../../shared/ids.ts'
import type { Role } from '../../shared/roles.ts'

export type VaultRecord = { id: VaultId; name: string }

export type Device = {
  id: DeviceId
  vault: VaultId
  name: string
  role: Role
  tokenHash: string
  /** Milliseconds since 1970. */
  createdAt: number
  /** The invite that brought it in; given back when joining is called off. */
  inviteHash: string
  /** Whether it has ever sent an edit. */
  hasWritten: boolean
}

export type Invite = {
  hash: string
  vault: VaultId
  role: Role
  /** The device that made it; nobody made the setup link. */
  madeBy?: DeviceId | undefined
  usesLeft: number
  /** Milliseconds since 1970. */
  expiresAt: number
}

export type AccountChange =
  | { type: 'put-vault'; vault: VaultRecord }
  | { type: 'put-device'; device: Device }
  | { type: 'delete-device'; device: Device }
  | { type: 'put-invite'; invite: Invite }
  | { type: 'delete-invite'; hash: string }

export interface AccountStore {
  vaults(): Promise<VaultRecord[]>
  devices(): Promise<Device[]>
  invites(): Promise<Invite[]>
  deviceByToken(tokenHash: string): Promise<Device | undefined>
  invite(hash: string): Promise<Invite | undefined>
  /** All of them or none, durable when it resolves. */
  change(changes: readonly AccountChange[]): Promise<void>
}
