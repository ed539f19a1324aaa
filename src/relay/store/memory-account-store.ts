// AccountStore in memory, for tests.
import { unreachable } from '../../shared/assert.ts'
import type { AccountChange, AccountStore, Device, Invite, VaultRecord } from './account-store.ts'

export class MemoryAccountStore implements AccountStore {
  readonly #vaults = new Map<string, VaultRecord>()
  readonly #devices = new Map<string, Device>()
  readonly #invites = new Map<string, Invite>()

  vaults(): Promise<VaultRecord[]> {
    return Promise.resolve([...this.#vaults.values()])
  }

  devices(): Promise<Device[]> {
    return Promise.resolve([...this.#devices.values()])
  }

  invites(): Promise<Invite[]> {
    return Promise.resolve([...this.#invites.values()])
  }

  deviceByToken(tokenHash: string): Promise<Device | undefined> {
    return Promise.resolve(this.#devices.get(tokenHash))
  }

  invite(hash: string): Promise<Invite | undefined> {
    return Promise.resolve(this.#invites.get(hash))
  }

  change(changes: readonly AccountChange[]): Promise<void> {
    changes.forEach((change) => this.#apply(change))
    return Promise.resolve()
  }

  #apply(change: AccountChange): void {
    switch (change.type) {
      case 'put-vault':
        this.#vaults.set(change.vault.id, change.vault)
        return
      case 'put-device':
        this.#devices.set(change.device.tokenHash, change.device)
        return
      case 'delete-device':
        this.#devices.delete(change.device.tokenHash)
        return
      case 'put-invite':
        this.#invites.set(change.invite.hash, change.invite)
        return
      case 'delete-invite':
        this.#invites.delete(change.hash)
        return
      default:
        unreachable(change)
    }
  }
}
