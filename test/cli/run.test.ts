// `undrift run` and the commands that talk to it, with a real relay and real folders.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import {
  expectError,
  giveToNobody,
  nobody,
  run,
  runUntilReady,
  startRelay,
  statusFields,
  tempFolder,
} from './helpers.ts'

async function joined() {
  const { setup } = await startRelay()
  const folder = tempFolder()
  const [home, vault] = [join(folder, 'home'), join(folder, 'vault')]
  mkdirSync(vault)
  writeFileSync(join(vault, 'n.md'), 'hello\n')
  expect((await run(home, ['join', setup, vault, '--yes', '--name', 'one'])).code).toBe(0)
  return { folder, home, vault }
}

describe('run', () => {
  test('CLI-3 says when it is ready, answers commands, and ends at a signal', async () => {
    const { home, vault } = await joined()
    const { ready, child, ended } = await runUntilReady(home, ['run', '--json'])
    expect(ready).toMatchObject({ event: 'ready', folder: vault, device: { name: 'one' } })
    expect(await run(home, ['sync', '--timeout', '20'])).toMatchObject({ code: 0 })
    const { code, out } = await run(home, ['status', vault, '--json'])
    const status: unknown = JSON.parse(out)
    expect(Object.keys(status as object)).toEqual(statusFields)
    expect(status).toMatchObject({ state: 'synced', pid: child.pid, files: { text: 1 } })
    expect(code).toBe(0)
    await run(home, ['pause'])
    expect(await run(home, ['status'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/Paused/) as string,
    })
    const paused: unknown = JSON.parse((await run(home, ['status', vault, '--json'])).out)
    const resting = { relay: { connected: false }, scan: { watching: false }, state: 'paused' }
    expect(paused).toMatchObject(resting)
    expect(expectError(await run(home, ['sync']), 1)).toMatch(/is paused/)
    expect((await run(home, ['resume'])).code).toBe(0)
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect((await run(home, ['status'])).code).toBe(3)
  }, 30_000)

  test('CLI-31 status lists what is left out and why, also without an agent', async () => {
    const { home, vault } = await joined()
    for (const folder of ['.git', '.hidden', 'Archive', 'Projects/private', 'Projects/.trash'])
      mkdirSync(join(vault, folder), { recursive: true })
    for (const file of ['.git/config', '.DS_Store', 'Projects/n.md~', 'Projects/n.md'])
      writeFileSync(join(vault, file), 'x')
    writeFileSync(join(vault, '.undriftignore'), '# ours\nprivate/\n')
    await run(home, ['select', '--only', 'Projects/**', '--only', '/*.md'])
    const { out } = await run(home, ['status', vault, '--ignored', '--json'])
    expect(JSON.parse(out)).toMatchObject({
      ignored: [
        { path: '.DS_Store', rule: '.*', source: 'built-in' },
        { path: '.git/', rule: '.git', source: 'built-in' },
        { path: '.hidden/', rule: '.*', source: 'built-in' },
        { path: 'Archive/', rule: 'Projects/** /*.md', source: 'selection' },
        { path: 'Projects/.trash/', rule: '.trash', source: 'built-in' },
        { path: 'Projects/n.md~', rule: '*~', source: 'built-in' },
        { path: 'Projects/private/', rule: 'private/', source: '.undriftignore' },
      ],
    })
    const people = await run(home, ['status', '--ignored'])
    expect(people.out).toContain('Projects/private/  (private/ in .undriftignore)')
  })

  test('CLI-24 a paused vault stays paused for the next agent, which says so, until it is resumed', async () => {
    const { home, vault } = await joined()
    const first = await runUntilReady(home, ['run', '--json'])
    expect(first.ready).toMatchObject({ paused: false })
    expect(await run(home, ['sync', '--timeout', '20'])).toMatchObject({ code: 0 })
    await run(home, ['pause'])
    first.child.kill('SIGKILL')
    await first.ended
    const second = await runUntilReady(home, ['run', '--json'])
    expect(second.ready).toMatchObject({ event: 'ready', folder: vault, paused: true })
    const status: unknown = JSON.parse((await run(home, ['status', vault, '--json'])).out)
    const resting = { relay: { connected: false }, scan: { watching: false }, state: 'paused' }
    expect(status).toMatchObject(resting)
    expect(expectError(await run(home, ['sync']), 1)).toMatch(/is paused/)
    expect((await run(home, ['resume'])).code).toBe(0)
    expect(await run(home, ['sync', '--timeout', '20'])).toMatchObject({ code: 0 })
    second.child.kill('SIGTERM')
    expect(await second.ended).toBe(0)
    const { ready } = await runUntilReady(home, ['run', '--json'])
    expect(ready).toMatchObject({ paused: false })
  }, 30_000)

  test('CLI-21 HC-72 without the marker nothing is synced, and status says what to do', async () => {
    const { home, vault } = await joined()
    await runUntilReady(home, ['run', '--json'])
    renameSync(join(vault, '.undrift'), join(vault, 'away'))
    expect(expectError(await run(home, ['sync']), 4)).toMatch(/marker .* is missing/)
    expect(expectError(await run(home, ['resume', '--confirm']), 4)).toMatch(/undrift join/)
    const status = await run(home, ['status'])
    expect(status).toMatchObject({ code: 4, err: '' })
    expect(status.out).toMatch(/Mount its disk again; .*"undrift leave", then "undrift join" again/)
    renameSync(join(vault, 'away'), join(vault, '.undrift'))
    expect(await run(home, ['sync', '--timeout', '20'])).toMatchObject({ code: 0 })
  }, 30_000)

  test.each([
    ['is gone', (vault: string) => renameSync(vault, `${vault}-away`), /is not there/],
    [
      'is a file',
      (vault: string) => {
        renameSync(vault, `${vault}-away`)
        writeFileSync(vault, 'x')
      },
      /is not a folder/,
    ],
    ['may not be read', (vault: string) => chmodSync(vault, 0o000), /cannot be read/],
  ])(
    'CLI-21 SYNC-23 sync ends at once where the folder %s',
    async (_, spoil, what) => {
      const { folder, home, vault } = await joined()
      giveToNobody(folder)
      await runUntilReady(home, ['run', '--json'], nobody)
      expect(await run(home, ['sync', '--timeout', '20'], nobody)).toMatchObject({ code: 0 })
      spoil(vault)
      expect(expectError(await run(home, ['sync', '--timeout', '600'], nobody), 4)).toMatch(what)
      if (existsSync(`${vault}-away`)) {
        rmSync(vault, { force: true })
        renameSync(`${vault}-away`, vault)
      }
      chmodSync(vault, 0o755)
      await vi.waitFor(async () => {
        expect(await run(home, ['sync', '--timeout', '20'], nobody)).toMatchObject({ code: 0 })
      }, 10_000)
    },
    30_000,
  )

  test('CLI-6 HC-142 a second agent for the vault: exit code 7', async () => {
    const { home, vault } = await joined()
    await runUntilReady(home, ['run', '--json'])
    expectError(await run(home, ['run', vault]), 7)
  }, 30_000)

  test('CLI-6 HC-143 a folder that another device mirrors, and a state from another machine, are refused', async () => {
    const { home, vault } = await joined()
    const file = join(vault, '.undrift/vault.json')
    const marker = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    writeFileSync(file, JSON.stringify({ ...marker, device: 'x'.repeat(26) }))
    expectError(await run(home, ['run']), 7)
    writeFileSync(file, JSON.stringify({ ...marker, fingerprint: 'of another machine' }))
    expect(expectError(await run(home, ['run']), 1)).toMatch(/copied or moved/)
  }, 30_000)

  test('CLI-23 a vault that cannot start keeps no other from it, says why, and is tried again', async () => {
    const { folder, home, vault } = await joined()
    const { setup } = await startRelay()
    const other = join(folder, 'other')
    expect((await run(home, ['join', setup, other, '--yes'])).code).toBe(0)
    const file = join(other, '.undrift/vault.json')
    const marker = readFileSync(file, 'utf8')
    writeFileSync(file, marker.replace(/"device": "[^"]*"/, `"device": "${'x'.repeat(26)}"`))
    const { ready } = await runUntilReady(home, ['run', '--json'])
    expect(ready).toMatchObject({ folder: vault })
    expect(await run(home, ['sync', vault, '--timeout', '20'])).toMatchObject({ code: 0 })
    const failed = await run(home, ['status', other, '--json'])
    const status: unknown = JSON.parse(failed.out)
    expect(Object.keys(status as object)).toEqual(statusFields)
    expect(status).toMatchObject({ state: 'error', problems: [{ path: '.', code: 'locked' }] })
    expect(failed.code).toBe(1)
    expect(expectError(await run(home, ['sync', other]), 7)).toMatch(/another device/)
    writeFileSync(file, marker)
    await vi.waitFor(async () => {
      expect(await run(home, ['sync', other, '--timeout', '20'])).toMatchObject({ code: 0 })
    }, 10_000)
  }, 30_000)

  test('CLI-21 sync asks a relay that refused the device again, and says what it says now', async () => {
    const [data, folder] = [tempFolder(), tempFolder()]
    const first = await startRelay({ data })
    const { port } = new URL(first.url)
    const restart = async (relay: Pick<typeof first, 'child' | 'ended'>, itsData: string) => {
      relay.child.kill()
      await relay.ended
      return await startRelay({ data: itsData, port })
    }
    const [home, vault] = [join(folder, 'home'), join(folder, 'vault')]
    expect((await run(home, ['join', first.setup, vault, '--yes'])).code).toBe(0)
    await runUntilReady(home, ['run', '--json'])
    expect(await run(home, ['sync', '--timeout', '20'])).toMatchObject({ code: 0 })
    const other = await restart(first, tempFolder())
    expect(expectError(await run(home, ['sync', '--timeout', '20']), 5)).toMatch(
      /knows this device/,
    )
    expectError(await run(home, ['sync', '--timeout', '20']), 5)
    await restart(other, data)
    expect(await run(home, ['sync', '--timeout', '20'])).toMatchObject({ code: 0 })
  }, 60_000)

  test('CLI-22 status says of a relay that is away, and of an agent that does not answer, exit code 3', async () => {
    const { url, setup, child: relay, ended } = await startRelay()
    const folder = tempFolder()
    const [home, vault] = [join(folder, 'home'), join(folder, 'vault')]
    expect((await run(home, ['join', setup, vault, '--yes'])).code).toBe(0)
    const { child } = await runUntilReady(home, ['run', '--json'])
    expect(await run(home, ['sync', '--timeout', '20'])).toMatchObject({ code: 0 })
    relay.kill()
    await ended
    await vi.waitFor(async () => {
      const { code, out } = await run(home, ['status'])
      expect(out).toContain(`Offline: ${url} cannot be reached`)
      expect(code).toBe(3)
    }, 10_000)
    const late = expectError(await run(home, ['sync', '--timeout', '0.2']), 6)
    expect(late).toMatch(/the relay at .* cannot be reached/)
    child.kill('SIGSTOP')
    const { code, out } = await run(home, ['status', vault, '--json'])
    child.kill('SIGCONT')
    expect(JSON.parse(out)).toMatchObject({ state: 'error', problems: [{ code: 'timeout' }] })
    expect(code).toBe(3)
  }, 60_000)

  test('CLI-7 a second device gets the notes; leave ends its agent and keeps them', async () => {
    const { folder, home, vault } = await joined()
    await runUntilReady(home, ['run', '--json'])
    const { link } = JSON.parse((await run(home, ['invite', '--json'])).out) as { link: string }
    const [home2, vault2] = [join(folder, 'home2'), join(folder, 'vault2')]
    expect((await run(home2, ['join', link, vault2, '--yes'])).code).toBe(0)
    const second = await runUntilReady(home2, ['run', '--json'])
    await vi.waitFor(() => expect(readFileSync(join(vault2, 'n.md'), 'utf8')).toBe('hello\n'), 5000)
    writeFileSync(join(vault2, 'from-two.md'), 'two\n')
    await vi.waitFor(() => expect(readdirSync(vault)).toContain('from-two.md'), 5000)
    const left = await run(home2, ['leave', vault2, '--json'])
    expect(JSON.parse(left.out)).toMatchObject({ folder: vault2, relayTold: true })
    expect(await second.ended).toBe(0)
    expect(readdirSync(vault2).sort()).toEqual(['from-two.md', 'n.md'])
  }, 30_000)
})
