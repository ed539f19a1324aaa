// Joining, leaving, inviting and recognising devices. One change at a time, so that a single-use invite
// is used once.
import { AppError } from '../../shared/errors.ts'
import { type DeviceId, type VaultId, randomId } from '../../shared/ids.ts'
import type { Clock, Random } from '../../shared/ports.ts'
import type { Role } from '../../shared/roles.ts'
import { canEdit, canInvite, canRevoke } from '../core/access.ts'
import type {
  AccountChange,
  AccountStore,
  Device,
  Invite,
  VaultRecord,
} from '../store/account-store.ts'
import { hashSecret, isSecret, newSecret } from './secrets.ts'

export type AccountsOptions = {
  store: AccountStore
  clock: Clock
  random: Random
  /** Called when a device is out, after that is durable: its connections must end. */
  onRemoved: (device: DeviceId) => void
}

export type Joined = { vault: VaultRecord; device: Device; token: string }
export type NewInvite = { secret: string; role: Role; expiresAt: number }

const firstVaultName = 'Notes'
const setupLifetimeMs = 7 * 24 * 3600 * 1000
/** A join may be called off, its invite given back, for so long. */
const cancelWithinMs = 10 * 60 * 1000

export class Accounts {
  readonly #options: AccountsOptions
  #tail: Promise<unknown> = Promise.resolve()

  constructor(options: AccountsOptions) {
    this.#options = options
  }

  /**
   * While no owner exists: makes the first vault if need be, and a fresh single-use invite as its owner
   * in place of the former one. Returns its secret, or undefined when there is an owner.
   */
  prepareSetup(): Promise<string | undefined> {
    return this.#alone(async () => {
      const { store, random } = this.#options
      const devices = await store.devices()
      if (devices.some(({ role }) => role === 'owner')) return undefined
      const [known] = await store.vaults()
      const vault = known ?? { id: randomId<VaultId>(random), name: firstVaultName }
      const former = (await store.invites()).filter(({ role }) => role === 'owner')
      const { secret, invite } = this.#newInvite(vault.id, 'owner', 1, setupLifetimeMs)
      await store.change([
        { type: 'put-vault', vault },
        ...former.map(({ hash }) => ({ type: 'delete-invite', hash }) as const),
        { type: 'put-invite', invite },
      ])
      return secret
    })
  }

  /** Brings a device in. Throws `invite-invalid` for one unknown, used up or expired, all alike. */
  join(secret: string, name: string): Promise<Joined> {
    return this.#alone(async () => {
      const { store, random, clock } = this.#options
      const invite = isSecret(secret) ? await store.invite(hashSecret(secret)) : undefined
      if (invite === undefined || invite.usesLeft < 1 || invite.expiresAt <= clock.now()) {
        throw new AppError('invite-invalid', 'this invite is not valid (any more)')
      }
      const vault = await this.#vault(invite.vault)
      const token = newSecret(random)
      const device: Device = {
        id: randomId<DeviceId>(random),
        vault: vault.id,
        name,
        role: invite.role,
        tokenHash: hashSecret(token),
        createdAt: clock.now(),
        inviteHash: invite.hash,
        hasWritten: false,
      }
      await store.change([
        { type: 'put-device', device },
        { type: 'put-invite', invite: { ...invite, usesLeft: invite.usesLeft - 1 } },
      ])
      return { vault, device, token }
    })
  }

  /** The device that holds `token`. */
  async authenticate(token: string): Promise<Device | undefined> {
    return isSecret(token) ? this.#options.store.deviceByToken(hashSecret(token)) : undefined
  }

  async vault(id: VaultId): Promise<VaultRecord | undefined> {
    return (await this.#options.store.vaults()).find((vault) => vault.id === id)
  }

  /**
   * Takes a device out, and the invites it made. The one it came with stays: it may come back. `cancel`: joining
   * was called off, so a fresh device gives its use of that one back.
   */
  leave(device: Device, cancel: boolean): Promise<void> {
    return this.#alone(async () => {
      const { store, onRemoved } = this.#options
      const invite = cancel ? await this.#inviteToReturn(device) : undefined
      await store.change([
        { type: 'delete-device', device },
        ...(await this.#endInvites(({ madeBy }) => madeBy === device.id)),
        ...(invite === undefined ? [] : [{ type: 'put-invite', invite } as const]),
      ])
      onRemoved(device.id)
    })
  }

  /** All devices of the vault that `by` is one of, the oldest first. Throws `forbidden` for a viewer. */
  async devices(by: Device): Promise<Device[]> {
    if (!canEdit(by.role)) throw new AppError('forbidden', 'a viewer may not see the devices')
    const all = await this.#options.store.devices()
    return all.filter(({ vault }) => vault === by.vault).sort((a, b) => a.createdAt - b.createdAt)
  }

  /**
   * Takes another device out, and with it every invite by which it could come back. Throws `not-found`,
   * `forbidden` for one with a higher role, or `unauthorized` when `by` is out itself.
   */
  revoke(by: Device, id: string): Promise<Device> {
    return this.#alone(async () => {
      const { store, onRemoved } = this.#options
      const { vault, role } = await this.#present(by)
      const device = (await store.devices()).find((other) => other.id === id)
      if (device?.vault !== vault) throw new AppError('not-found', 'there is no such device')
      if (!canRevoke(role, device.role)) {
        const what = `a device with role ${role} may not revoke one with role ${device.role}`
        throw new AppError('forbidden', what)
      }
      const waysBack = await this.#endInvites(
        ({ hash, madeBy }) => hash === device.inviteHash || madeBy === device.id,
      )
      await store.change([{ type: 'delete-device', device }, ...waysBack])
      onRemoved(device.id)
      return device
    })
  }

  /** Throws `forbidden` for a role above that of `by`, or `unauthorized` when `by` is out. */
  invite(by: Device, role: Role, uses: number, lifetimeMs: number): Promise<NewInvite> {
    return this.#alone(async () => {
      const maker = await this.#present(by)
      if (!canInvite(maker.role, role)) {
        throw new AppError(
          'forbidden',
          `a device with role ${maker.role} may not invite as ${role}`,
        )
      }
      const { secret, invite } = this.#newInvite(maker.vault, role, uses, lifetimeMs)
      await this.#options.store.change([
        { type: 'put-invite', invite: { ...invite, madeBy: maker.id } },
      ])
      return { secret, role, expiresAt: invite.expiresAt }
    })
  }

  /** Remembers that a device has sent an edit, so that its invite is never given back. */
  markWritten(device: Device): Promise<void> {
    return this.#alone(async () => {
      const now = await this.#options.store.deviceByToken(device.tokenHash)
      if (now === undefined || now.hasWritten) return
      const changed = { ...now, hasWritten: true }
      await this.#options.store.change([{ type: 'put-device', device: changed }])
    })
  }

  /** The device as it is by now: it may have been taken out while its request waited. */
  async #present({ tokenHash }: Device): Promise<Device> {
    const device = await this.#options.store.deviceByToken(tokenHash)
    if (device === undefined) throw new AppError('unauthorized', 'this device was removed')
    return device
  }

  async #endInvites(isMeant: (invite: Invite) => boolean): Promise<AccountChange[]> {
    const invites = await this.#options.store.invites()
    return invites.filter(isMeant).map(({ hash }) => ({ type: 'delete-invite', hash }))
  }

  async #inviteToReturn(device: Device): Promise<Invite | undefined> {
    const { store, clock } = this.#options
    const now = await store.deviceByToken(device.tokenHash)
    const isFresh = clock.now() - device.createdAt < cancelWithinMs
    if (now === undefined || now.hasWritten || !isFresh) return undefined
    const invite = await store.invite(device.inviteHash)
    return invite === undefined ? undefined : { ...invite, usesLeft: invite.usesLeft + 1 }
  }

  #newInvite(
    vault: VaultId,
    role: Role,
    usesLeft: number,
    lifetimeMs: number,
  ): { secret: string; invite: Invite } {
    const secret = newSecret(this.#options.random)
    const expiresAt = this.#options.clock.now() + lifetimeMs
    return { secret, invite: { hash: hashSecret(secret), vault, role, usesLeft, expiresAt } }
  }

  async #vault(id: VaultId): Promise<VaultRecord> {
    const vault = await this.vault(id)
    if (vault === undefined) throw new AppError('invite-invalid', 'this vault is gone')
    return vault
  }

  #alone<Value>(work: () => Promise<Value>): Promise<Value> {
    const result = this.#tail.then(work)
    this.#tail = result.catch(() => undefined)
    return result
  }
}
