// Who mirrors a vault, and taking a device off it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Device } from './support/device.ts'
import { Group, allSame } from './support/group.ts'

let group: Group
beforeAll(async () => {
  group = await Group.start(2)
})
afterAll(() => group[Symbol.asyncDispose]())

test('RELAY-21 CLI-12 HC-169 a revoked device is out, says so, and keeps its files', async () => {
  const [a, b] = group.pair
  a.write('kept.md', 'on both\n')
  await allSame([a, b])
  const { id, name } = b.joined().device
  const listed = await a.undrift('devices', a.folder, '--json')
  const isThis = (JSON.parse(listed.out) as { name: string; isThis: boolean }[]).map(
    (device) => `${device.name} ${device.isThis}`,
  )
  expect(isThis).toEqual(['ann true', 'bob false'])

  const revoked = await a.undrift('device', 'revoke', id, '--json')
  expect(JSON.parse(revoked.out)).toMatchObject({ device: { id, name, role: 'editor' } })
  const { problems } = await b.reaches('error')
  expect(problems).toMatchObject([
    { code: 'unauthorized', message: expect.stringMatching(/revoked.*files stay/) },
  ])
  b.write('kept.md', 'only here\n')
  a.write('later.md', 'not for b\n')
  await a.sync()
  const status = await b.undrift('status')
  expect([status.code, status.out]).toEqual([1, expect.stringMatching(/revoked.*files stay/)])
  expect(await b.undrift('sync')).toMatchObject({ code: 5, err: expect.stringMatching(/revoked/) })
  expect([a.read('kept.md'), b.read('kept.md')]).toEqual(['on both\n', 'only here\n'])
  expect(b.has('later.md')).toBe(false)

  expect(await b.undrift('leave', b.folder)).toMatchObject({ code: 0 })
  expect(b.read('kept.md')).toBe('only here\n')
  expect(await a.undrift('device', 'revoke', id)).toMatchObject({ code: 1, out: '' })
})

test('RELAY-21 a viewer revokes nobody, and nobody themselves', async () => {
  const [a] = group.pair
  const { id } = a.joined().device
  await using viewer = await Device.join({ link: await a.invite('--role', 'viewer'), name: 'eve' })
  expect(await viewer.undrift('devices')).toMatchObject({ code: 5, out: '' })
  expect(await viewer.undrift('device', 'revoke', id)).toMatchObject({ code: 5, out: '' })
  const own = await a.undrift('device', 'revoke', id)
  expect(own).toMatchObject({ code: 2, err: expect.stringMatching(/undrift leave/) })
  expect((await a.undrift('devices')).out).toMatch(new RegExp(`${id} {2}owner .*this device`))
})
