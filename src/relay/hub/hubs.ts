// The vaults in use, each with one hub, started when first asked for.
import type { VaultId } from '../../shared/ids.ts'
import { type HubOptions, VaultHub } from './vault-hub.ts'

export class Hubs {
  readonly #options: Omit<HubOptions, 'vault'>
  readonly #hubs = new Map<VaultId, Promise<VaultHub>>()

  constructor(options: Omit<HubOptions, 'vault'>) {
    this.#options = options
  }

  /** The started hub of a vault. A failed start is tried again by the next one who asks. */
  get(vault: VaultId): Promise<VaultHub> {
    return this.#hubs.get(vault) ?? this.#keep(vault, this.#start(vault))
  }

  /** Tells the hub of a vault, if there is one. */
  ifInUse(vault: VaultId, tell: (hub: VaultHub) => void): void {
    this.#hubs.get(vault)?.then(tell, () => undefined)
  }

  async stop(): Promise<void> {
    const starting = [...this.#hubs.values()]
    this.#hubs.clear()
    for (const result of await Promise.allSettled(starting)) {
      if (result.status === 'fulfilled') await result.value.stop()
    }
  }

  #keep(vault: VaultId, starting: Promise<VaultHub>): Promise<VaultHub> {
    this.#hubs.set(vault, starting)
    starting.catch(() => this.#hubs.delete(vault))
    return starting
  }

  async #start(vault: VaultId): Promise<VaultHub> {
    const onBroken = (): void => {
      void this.#keep(
        vault,
        hub.stop().then(() => this.#start(vault)),
      )
    }
    const hub = new VaultHub({ ...this.#options, vault, onBroken })
    await hub.start()
    return hub
  }
}
