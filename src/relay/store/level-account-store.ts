// AccountStore in the relay's LevelDB, as JSON rows.
import * as v from 'valibot'
import { unreachable } from '../../shared/assert.ts'
import { deviceIdSchema, vaultIdSchema } from '../../shared/schemas.ts'
import { roles } from '../../shared/roles.ts'
import type { AccountChange, AccountStore, Device, Invite, VaultRecord } from './account-store.ts'
import type { LevelDatabase, RowChange } from './level-database.ts'
import { jsonValue, readJson } from './level-rows.ts'

type Kind = 'vault' | 'device' | 'invite'

const role = v.picklist(roles)

const vaultSchema = v.object({ id: vaultIdSchema, name: v.string() })
const deviceSchema = v.object({
  id: deviceIdSchema,
  vault: vaultIdSchema,
  name: v.string(),
  role,
  tokenHash: v.string(),
  createdAt: v.number(),
  inviteHash: v.string(),
  hasWritten: v.boolean(),
})
const inviteSchema = v.object({
  hash: v.string(),
  vault: vaultIdSchema,
  role,
  madeBy: v.optional(deviceIdSchema),
  usesLeft: v.number(),
  expiresAt: v.number(),
})

const utf8 = new TextEncoder()

export class LevelAccountStore implements AccountStore {
  readonly #database: LevelDatabase

  constructor(database: LevelDatabase) {
    this.#database = database
  }

  async vaults(): Promise<VaultRecord[]> {
    return (await this.#all('vault')).map((row) => v.parse(vaultSchema, row))
  }

  async devices(): Promise<Device[]> {
    return (await this.#all('device')).map((row) => v.parse(deviceSchema, row))
  }

  async invites(): Promise<Invite[]> {
    return (await this.#all('invite')).map((row) => v.parse(inviteSchema, row))
  }

  async deviceByToken(tokenHash: string): Promise<Device | undefined> {
    const row = await this.#get('device', tokenHash)
    return row === undefined ? undefined : v.parse(deviceSchema, row)
  }

  async invite(hash: string): Promise<Invite | undefined> {
    const row = await this.#get('invite', hash)
    return row === undefined ? undefined : v.parse(inviteSchema, row)
  }

  change(changes: readonly AccountChange[]): Promise<void> {
    return this.#database.write(changes.map(toRow))
  }

  async #all(kind: Kind): Promise<unknown[]> {
    const range = { gte: utf8.encode(`undrift/${kind}/`), lt: utf8.encode(`undrift/${kind}0`) }
    return (await this.#database.values(range)).map(readJson)
  }

  async #get(kind: Kind, id: string): Promise<unknown> {
    const value = await this.#database.get(key(kind, id))
    return value === undefined ? undefined : readJson(value)
  }
}

function key(kind: Kind, id: string): Uint8Array {
  return utf8.encode(`undrift/${kind}/${id}`)
}

function toRow(change: AccountChange): RowChange {
  switch (change.type) {
    case 'put-vault':
      return put(key('vault', change.vault.id), change.vault)
    case 'put-device':
      return put(key('device', change.device.tokenHash), change.device)
    case 'delete-device':
      return { type: 'del', key: key('device', change.device.tokenHash) }
    case 'put-invite':
      return put(key('invite', change.invite.hash), change.invite)
    case 'delete-invite':
      return { type: 'del', key: key('invite', change.hash) }
    default:
      return unreachable(change)
  }
}

function put(key: Uint8Array, value: unknown): RowChange {
  return { type: 'put', key, value: jsonValue(value) }
}
