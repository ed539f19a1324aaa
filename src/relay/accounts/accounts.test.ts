import { expect, test } from 'vitest'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { SeededRandom } from '../../../test/fakes/seeded-random.ts'
import { MemoryAccountStore } from '../store/memory-account-store.ts'
import { Accounts } from './accounts.ts'

const hourMs = 3600 * 1000
const outAlready = expect.objectContaining({ code: 'unauthorized' })
const invalid = expect.objectContaining({ code: 'invite-invalid' })

/** An owner, and a device that came with an invite for five. */
async function givenVault() {
  const accounts = new Accounts({
    store: new MemoryAccountStore(),
    clock: new ManualClock(),
    random: new SeededRandom(3),
    onRemoved: () => undefined,
  })
  const setup = (await accounts.prepareSetup()) ?? ''
  const { device: owner } = await accounts.join(setup, 'owner')
  const { secret } = await accounts.invite(owner, 'editor', 5, hourMs)
  const { device: thief } = await accounts.join(secret, 'thief')
  return { accounts, owner, thief, secret }
}

test('RELAY-25 a revoked device makes no invite with a request that was under way', async () => {
  const { accounts, owner, thief } = await givenVault()
  const revoked = accounts.revoke(owner, thief.id)
  const invited = accounts.invite(thief, 'editor', 5, hourMs)
  await expect(invited).rejects.toEqual(outAlready)
  await revoked
})

test('RELAY-25 a revoked device takes nobody out with a request that was under way', async () => {
  const { accounts, owner, thief, secret } = await givenVault()
  const { device: other } = await accounts.join(secret, 'other')
  const revoked = accounts.revoke(owner, thief.id)
  await expect(accounts.revoke(thief, other.id)).rejects.toEqual(outAlready)
  await revoked
  expect((await accounts.devices(owner)).map(({ name }) => name)).toEqual(['owner', 'other'])
})

test('RELAY-25 neither the invites that a revoked device made nor its own let anybody in', async () => {
  const { accounts, owner, thief, secret } = await givenVault()
  const { secret: fromThief } = await accounts.invite(thief, 'editor', 5, hourMs)
  const { secret: fromOwner } = await accounts.invite(owner, 'viewer', 1, hourMs)
  await accounts.revoke(owner, thief.id)
  await expect(accounts.join(fromThief, 'again')).rejects.toEqual(invalid)
  await expect(accounts.join(secret, 'again')).rejects.toEqual(invalid)
  expect((await accounts.join(fromOwner, 'reader')).device.role).toBe('viewer')
})

test('RELAY-13 the invites that a device made end when it leaves; with its own it may come back', async () => {
  const { accounts, owner, thief: leaver, secret } = await givenVault()
  const { secret: fromLeaver } = await accounts.invite(leaver, 'editor', 5, hourMs)
  const { secret: fromOwner } = await accounts.invite(owner, 'viewer', 1, hourMs)
  await accounts.leave(leaver, false)
  await expect(accounts.join(fromLeaver, 'other')).rejects.toEqual(invalid)
  expect((await accounts.join(fromOwner, 'reader')).device.role).toBe('viewer')
  expect((await accounts.join(secret, 'back')).device.role).toBe('editor')
})
