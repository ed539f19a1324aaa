import { expect, test } from 'vitest'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { SeededRandom } from '../../../test/fakes/seeded-random.ts'
import { Blobs } from '../blobs/blobs.ts'
import { MemoryBlobStore } from '../store/memory-blob-store.ts'
import { MemoryAccountStore } from '../store/memory-account-store.ts'
import { Accounts } from '../accounts/accounts.ts'
import { newApp } from './app.ts'
import { newAuthLimit } from './auth-limit.ts'
import { newAuthenticator } from './authenticate.ts'
import { newClientAddress } from './client-address.ts'

type Json = Record<string, unknown>

async function newRelay() {
  const clock = new ManualClock()
  const removed: string[] = []
  const problems: unknown[] = []
  const store = new MemoryAccountStore()
  const accounts = new Accounts({
    store,
    clock,
    random: new SeededRandom(3),
    onRemoved: (device) => void removed.push(device),
  })
  const limit = newAuthLimit()
  const note = (event: string, fields?: unknown): void => void problems.push([event, fields])
  const app = newApp({
    accounts,
    blobs: new Blobs(new MemoryBlobStore(() => clock.now())),
    limit,
    clientAddress: newClientAddress([]),
    authenticate: newAuthenticator(accounts, limit),
    log: { debug: note, info: note, warn: note, error: note },
    publicUrl: 'https://notes.example',
    isReady: () => true,
    onLacking: () => undefined,
    onArrived: () => undefined,
  })
  const call = async (method: string, path: string, body?: unknown, token?: string) => {
    const headers: Record<string, string> = {}
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`
    const content = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await app.request(path, { method, headers, ...content }, {})
    const text = await response.text()
    const json: unknown = text === '' ? {} : JSON.parse(text)
    return { status: response.status, body: json as Json, headers: response.headers }
  }
  const secret = (await accounts.prepareSetup()) ?? ''
  const join = async (invite: string, name = 'laptop') => {
    const { body } = await call('POST', '/api/v1/join', { invite, name })
    return { token: String(body['token']), body }
  }
  return { accounts, call, join, secret, clock, store, removed, problems }
}

const secretOf = (body: Json): string => String(body['link']).split('#')[1] ?? ''

test('RELAY-11 joining gives vault, device, role and a token', async () => {
  const { call, secret } = await newRelay()
  const { status, body } = await call('POST', '/api/v1/join', { invite: secret, name: ' laptop ' })
  expect(status).toBe(201)
  expect(body).toMatchObject({
    vault: { name: 'Notes' },
    device: { name: 'laptop' },
    role: 'owner',
  })
  expect(String(body['token'])).toMatch(/^[\w-]{43}$/)
})

test('RELAY-11 the setup link is used once, and replaced by the next start', async () => {
  const { accounts, call, secret } = await newRelay()
  const next = (await accounts.prepareSetup()) ?? ''
  const former = await call('POST', '/api/v1/join', { invite: secret, name: 'x' })
  expect([former.status, former.body['code']]).toEqual([404, 'invite-invalid'])
  expect((await call('POST', '/api/v1/join', { invite: next, name: 'x' })).status).toBe(201)
  expect((await call('POST', '/api/v1/join', { invite: next, name: 'y' })).status).toBe(404)
  expect(await accounts.prepareSetup()).toBeUndefined()
})

test('RELAY-11 an invite used by two at once lets one in', async () => {
  const { call, secret } = await newRelay()
  const both = await Promise.all(
    ['a', 'b'].map((name) => call('POST', '/api/v1/join', { invite: secret, name })),
  )
  expect(both.map(({ status }) => status).sort()).toEqual([201, 404])
})

test('RELAY-11 invites end with their uses and with their time', async () => {
  const { call, join, secret, clock } = await newRelay()
  const { token, body } = await join(secret)
  const path = `/api/v1/vaults/${String((body['vault'] as Json)['id'])}/invites`
  const twice = await call('POST', path, { role: 'editor', uses: 2, expiresInSeconds: 60 }, token)
  expect(twice.status).toBe(201)
  expect(String(twice.body['link'])).toMatch(/^https:\/\/notes\.example\/join#[\w-]{43}$/)
  const invite = secretOf(twice.body)
  const statuses: number[] = []
  for (const name of ['a', 'b', 'c']) {
    statuses.push((await call('POST', '/api/v1/join', { invite, name })).status)
  }
  expect(statuses).toEqual([201, 201, 404])
  const short = await call('POST', path, { role: 'viewer', expiresInSeconds: 60 }, token)
  clock.advance(60_000)
  const late = await call('POST', '/api/v1/join', { invite: secretOf(short.body), name: 'x' })
  expect(late.status).toBe(404)
})

test('RELAY-12 nobody gives more than they have', async () => {
  const { call, join, secret } = await newRelay()
  const owner = await join(secret)
  const path = `/api/v1/vaults/${String((owner.body['vault'] as Json)['id'])}/invites`
  const asEditor = await call('POST', path, { role: 'editor' }, owner.token)
  const editor = await join(secretOf(asEditor.body))
  expect((await call('POST', path, { role: 'owner' }, editor.token)).status).toBe(403)
  const asViewer = await call('POST', path, { role: 'viewer' }, editor.token)
  const viewer = await join(secretOf(asViewer.body))
  expect((await call('POST', path, { role: 'viewer' }, viewer.token)).status).toBe(403)
})

test('RELAY-21 the devices of a vault are listed for those who may edit, without what is secret', async () => {
  const { call, join, secret } = await newRelay()
  const owner = await join(secret)
  const vault = `/api/v1/vaults/${String((owner.body['vault'] as Json)['id'])}`
  const asViewer = await call('POST', `${vault}/invites`, { role: 'viewer' }, owner.token)
  const viewer = await join(secretOf(asViewer.body), 'phone')
  const { status, body } = await call('GET', `${vault}/devices`, undefined, owner.token)
  const joined = expect.stringMatching(/^2026-.*Z$/)
  const device = (of: typeof owner, name: string, role: string) => ({
    id: (of.body['device'] as Json)['id'],
    ...{ name, role, joined },
  })
  const devices = [device(owner, 'laptop', 'owner'), device(viewer, 'phone', 'viewer')]
  expect([status, body]).toEqual([200, { devices }])
  expect((await call('GET', `${vault}/devices`, undefined, viewer.token)).status).toBe(403)
})

test('RELAY-21 HC-169 nobody takes out a device that may do more, nor one of another vault', async () => {
  const { call, join, secret, removed } = await newRelay()
  const owner = await join(secret)
  const vault = `/api/v1/vaults/${String((owner.body['vault'] as Json)['id'])}`
  const joinAs = async (role: string) =>
    join(secretOf((await call('POST', `${vault}/invites`, { role }, owner.token)).body))
  const [editor, viewer] = [await joinAs('editor'), await joinAs('viewer')]
  const revoke = async (by: typeof owner, whom: typeof owner) => {
    const id = String((whom.body['device'] as Json)['id'])
    return (await call('DELETE', `${vault}/devices/${id}`, undefined, by.token)).status
  }
  expect([await revoke(viewer, viewer), await revoke(editor, owner)]).toEqual([403, 403])
  expect([await revoke(editor, viewer), await revoke(editor, viewer)]).toEqual([200, 404])
  expect((await call('GET', vault, undefined, viewer.token)).status).toBe(401)
  expect(await revoke(owner, editor)).toBe(200)
  expect(removed).toEqual([viewer, editor].map(({ body }) => (body['device'] as Json)['id']))
})

test('RELAY-13 leaving ends the token; a join called off gives its invite back', async () => {
  const { call, join, secret, removed } = await newRelay()
  const first = await join(secret)
  expect(
    (await call('DELETE', '/api/v1/devices/self?cancel=true', undefined, first.token)).status,
  ).toBe(204)
  expect(removed.length).toBe(1)
  const second = await join(secret)
  expect(second.body['role']).toBe('owner')
  expect((await call('DELETE', '/api/v1/devices/self', undefined, second.token)).status).toBe(204)
  expect((await call('DELETE', '/api/v1/devices/self', undefined, second.token)).status).toBe(401)
  expect((await call('POST', '/api/v1/join', { invite: secret, name: 'x' })).status).toBe(404)
})

test('RELAY-11 an invite is not given back by a device that has written or has been here long', async () => {
  const { accounts, call, join, secret, clock } = await newRelay()
  const writer = await join(secret)
  const device = await accounts.authenticate(writer.token)
  if (device === undefined) throw new Error('not joined')
  await accounts.markWritten(device)
  await call('DELETE', '/api/v1/devices/self?cancel=true', undefined, writer.token)
  expect((await call('POST', '/api/v1/join', { invite: secret, name: 'x' })).status).toBe(404)
  const late = await join((await accounts.prepareSetup()) ?? '')
  clock.advance(11 * 60_000)
  await call('DELETE', '/api/v1/devices/self?cancel=true', undefined, late.token)
  expect(await accounts.prepareSetup()).toBeDefined()
})

test('RELAY-14 HC-162 another vault looks like none', async () => {
  const { call, join, secret } = await newRelay()
  const { token, body } = await join(secret)
  const own = String((body['vault'] as Json)['id'])
  expect((await call('GET', `/api/v1/vaults/${own}`, undefined, token)).body).toEqual({
    id: own,
    name: 'Notes',
    role: 'owner',
  })
  const other = await call('GET', `/api/v1/vaults/${'z'.repeat(26)}`, undefined, token)
  const missing = await call('GET', '/api/v1/nothing', undefined, token)
  expect([other.status, other.body]).toEqual([404, missing.body])
})

test('RELAY-15 HC-167 ten failures in a minute and the next ones of that address are not answered', async () => {
  const { call, join, secret } = await newRelay()
  const statuses: number[] = []
  for (let i = 0; i < 10; i++) {
    statuses.push((await call('GET', '/api/v1/vaults/x', undefined, 'x'.repeat(43))).status)
  }
  expect(new Set(statuses)).toEqual(new Set([401]))
  const wrong = await call('POST', '/api/v1/join', { invite: 'x'.repeat(43), name: 'x' })
  expect([wrong.status, wrong.body['code']]).toEqual([429, 'rate-limited'])
  const { token, body } = await join(secret)
  const path = `/api/v1/vaults/${String((body['vault'] as Json)['id'])}`
  expect((await call('GET', path, undefined, token)).status).toBe(200)
})

test('RELAY-15 HC-168 a token in the query is not looked at', async () => {
  const { call, join, secret } = await newRelay()
  const { token, body } = await join(secret)
  const path = `/api/v1/vaults/${String((body['vault'] as Json)['id'])}?token=${token}`
  expect((await call('GET', path)).status).toBe(401)
})

test('what cannot be read or is too large is a problem of the sender', async () => {
  const { call, secret, problems } = await newRelay()
  const wrong = await call('POST', '/api/v1/join', { invite: secret, name: '' })
  expect([wrong.status, wrong.body['code']]).toEqual([400, 'usage'])
  expect(wrong.headers.get('content-type')).toBe('application/problem+json')
  const large = await call('POST', '/api/v1/join', { invite: 'x'.repeat(20_000), name: 'x' })
  expect([large.status, large.body['code']]).toEqual([413, 'too-large'])
  expect(problems).toEqual([])
})

test('RELAY-15 secrets are at rest only as hashes', async () => {
  const { join, secret, store } = await newRelay()
  const { token } = await join(secret)
  const atRest = JSON.stringify([await store.devices(), await store.invites()])
  expect([atRest.includes(token), atRest.includes(secret)]).toEqual([false, false])
})
