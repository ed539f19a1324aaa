// What the commands answer to mistakes: exit code, one line, and nothing left behind.
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  expectError,
  giveToNobody,
  nobody,
  run,
  startRelay,
  statusFields,
  tempFolder,
} from './helpers.ts'

const secret = 'abcdefghijklmnopqrstuvwxyz012345'
const unreachable = `http://127.0.0.1:1/join#${secret}`

describe('usage', () => {
  const mistakes: [string, string[], RegExp][] = [
    ['an unknown command', ['joim'], /Did you mean join/],
    ['an unknown option', ['status', '--jsn'], /Did you mean --json/],
    ['a missing argument', ['join', unreachable], /missing required argument 'folder'/],
    ['a link that is none', ['join', 'hello', 'x', '--yes'], /no invite link/],
    ['a link of another kind', ['join', 'ftp://h/join#aaaaaaaaaa', 'x', '--yes'], /no invite link/],
    ['a link without its secret', ['join', 'http://h/join', 'x', '--yes'], /incomplete/],
    ['a proxy that is no address', ['relay', '--trust-proxy', 'me'], /addresses of proxies/],
    ['a device that is none', ['device', 'revoke', 'laptop'], /not the id of a device/],
    ['a bad role', ['invite', '--role', 'king'], /Allowed choices are owner, editor, viewer/],
    ['a bad duration', ['invite', '--expires', 'soon'], /90s, 30m, 24h or 7d/],
    ['a duration beyond what a relay takes', ['invite', '--expires', '367d'], /at most 366d/],
    ['a bad time-out', ['sync', '--timeout', '-1'], /number of seconds/],
    ['nothing joined', ['sync'], /no vault is joined/],
    ['no vault to run', ['run', '/'], /no vault is joined/],
    ['a device without a name', ['join', unreachable, 'x', '--name', ' ', '--yes'], /a name/],
    ['an empty folder', ['join', unreachable, '', '--yes'], /empty/],
    ['an empty folder among others', ['run', 'x', ''], /empty/],
    ['an empty place for the relay', ['relay', '--data', ''], /empty/],
    ['no terminal to ask on', ['join', unreachable, 'x'], /Add --yes/],
  ]
  test.each(mistakes)('CLI-1 %s: exit code 2', async (_, args, text) => {
    const folder = tempFolder()
    const all = args.map((arg) => (arg === 'x' ? join(folder, 'x') : arg))
    expect(expectError(await run(join(folder, 'home'), all), 2)).toMatch(text)
    expect(readdirSync(folder)).toEqual([])
  })

  test('CLI-1 help names every command and the exit codes; each command has examples', async () => {
    const folder = tempFolder()
    const help = await run(folder, ['--help'])
    expect(help).toMatchObject({ code: 0, err: '' })
    const names = [
      'relay',
      'join',
      'run',
      'status',
      'sync',
      'pause',
      'resume',
      'invite',
      'devices',
      'device',
      'leave',
    ]
    for (const name of names) {
      expect(help.out).toContain(`  ${name} `)
      expect((await run(folder, [name, '--help'])).out).toMatch(/Examples?:\n {2}undrift/)
    }
    expect((await run(folder, ['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  }, 30_000)

  test('CLI-4 an exit code is called the same in the help of every command', async () => {
    const helpOf = async (...command: string[]) => {
      const { out } = await run(tempFolder(), [...command, '--help'])
      return [...out.matchAll(/^ {2}(\d) {2}(.*)$/gm)].map(([, code, text]) => ({ code, text }))
    }
    const all = await helpOf()
    expect(all.map(({ code }) => code).join('')).toBe('01234567')
    for (const command of ['status', 'sync']) {
      const some = await helpOf(command)
      expect(some.length).toBeGreaterThan(3)
      for (const { code, text } of some) {
        const meaning = all.find((one) => one.code === code)?.text
        expect(text?.split(':')[0]).toBe(meaning)
      }
    }
  })
})

describe('relay', () => {
  test('CLI-11 an address that is taken or not ours: exit code 1, and no file was made', async () => {
    const { url } = await startRelay()
    const folder = tempFolder()
    const data = join(folder, 'data')
    const attempt = (...flags: string[]) => run(folder, ['relay', '--data', data, ...flags])
    expect(expectError(await attempt('--host', '203.0.113.1'), 1)).toMatch(/cannot be listened on/)
    expect(expectError(await attempt('--port', new URL(url).port), 1)).toMatch(/is in use/)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('join', () => {
  test('CLI-2 an unreachable relay: exit code 3', async () => {
    const folder = tempFolder()
    const result = await run(join(folder, 'home'), [
      'join',
      unreachable,
      join(folder, 'v'),
      '--yes',
    ])
    expect(expectError(result, 3)).toMatch(/cannot be reached/)
    expect(existsSync(join(folder, 'v'))).toBe(false)
  })

  test('CLI-2 a wrong and a used link: exit code 5', async () => {
    const { url, setup } = await startRelay()
    const folder = tempFolder()
    const home = join(folder, 'home')
    const wrong = await run(home, ['join', `${url}/join#${secret}`, join(folder, 'v'), '--yes'])
    expectError(wrong, 5)
    const joined = await run(home, ['join', setup, join(folder, 'v'), '--yes', '--json'])
    expect(joined.code).toBe(0)
    expect(JSON.parse(joined.out)).toMatchObject({ folder: join(folder, 'v'), role: 'owner' })
    const used = await run(join(folder, 'other'), ['join', setup, join(folder, 'w'), '--yes'])
    expectError(used, 5)
    expect(existsSync(join(folder, 'w'))).toBe(false)
  }, 20_000)

  test('CLI-5 a folder that cannot be used: exit code 1, and the link is not used up', async () => {
    const { setup } = await startRelay()
    const folder = tempFolder()
    const [home, vault] = [join(folder, 'home'), join(folder, 'vault')]
    const join1 = (where: string, as = home) => run(as, ['join', setup, where, '--yes'])
    writeFileSync(join(folder, 'file'), 'x')
    expect(expectError(await join1(join(folder, 'file')), 1)).toMatch(/not a folder/)
    expect(expectError(await join1(join(folder, 'file/x')), 1)).toMatch(/not a folder/)
    expect(expectError(await join1(folder, home), 1)).toMatch(/undrift's own files/)
    expect((await join1(vault)).code).toBe(0)
    expect(expectError(await join1(vault), 1)).toMatch(/already mirrors/)
    expect(expectError(await join1(vault, join(folder, 'home2')), 1)).toMatch(/already mirrors/)
    expect(expectError(await join1(join(vault, 'inside')), 1)).toMatch(/contain each other/)
    mkdirSync(join(folder, 'outer/deep'), { recursive: true })
    expect(readdirSync(vault)).toEqual(['.undrift'])
  }, 30_000)

  test('CLI-5 HC-136 a folder whose settings were deleted is joined again', async () => {
    const { setup } = await startRelay()
    const folder = tempFolder()
    const [home, vault] = [join(folder, 'home'), join(folder, 'vault')]
    expect((await run(home, ['join', setup, vault, '--yes'])).code).toBe(0)
    const { out } = await run(home, ['invite', '--json'])
    const { link } = JSON.parse(out) as { link: string }
    rmSync(home, { recursive: true })
    expect((await run(home, ['join', link, vault, '--yes'])).code).toBe(0)
  }, 20_000)

  test('CLI-5 a folder that cannot be written to: exit code 1', async () => {
    const folder = tempFolder()
    mkdirSync(join(folder, 'readonly'))
    giveToNobody(folder)
    chmodSync(join(folder, 'readonly'), 0o555)
    const args = ['join', unreachable, join(folder, 'readonly'), '--yes']
    const result = await run(join(folder, 'home'), args, nobody)
    expect(expectError(result, 1)).toMatch(/cannot be written to \(EACCES\)/)
  })
})

describe.skipIf(!existsSync('/proc/self'))('where the system lets nobody make a folder', () => {
  const nowhere = '/proc/undrift'

  test('CLI-2 join ends', async () => {
    const result = await run(tempFolder(), ['join', unreachable, nowhere, '--yes'])
    expect(expectError(result, 1)).toMatch(/cannot be written to \(ENOENT\)/)
  })

  test('CLI-2 CLI-5 settings are not kept, and nothing is left behind', async () => {
    const { setup } = await startRelay()
    const folder = join(tempFolder(), 'vault')
    for (let n = 0; n < 2; n++) {
      const result = await run(nowhere, ['join', setup, folder, '--yes'])
      expect(expectError(result, 1)).toMatch(/settings .* cannot be written/)
      expect(existsSync(folder)).toBe(false)
    }
  })
})

describe('without an agent', () => {
  test('CLI-3 status: exit code 3, and what is known', async () => {
    const { setup } = await startRelay()
    const folder = tempFolder()
    const [home, vault] = [join(folder, 'home'), join(folder, 'vault')]
    expect((await run(home, ['status', '--json'])).out).toBe('[]\n')
    await run(home, ['join', setup, vault, '--yes'])
    const all = await run(home, ['status', '--json'])
    expect(all).toMatchObject({ code: 3, err: '' })
    expect(JSON.parse(all.out)).toMatchObject([{ folder: vault, pid: null, state: 'offline' }])
    const one = await run(home, ['status', vault, '--json'])
    expect(JSON.parse(one.out)).toMatchObject({ folder: vault })
    expect(Object.keys(JSON.parse(one.out) as object)).toEqual(statusFields)
    expect((await run(home, ['status'])).out).toMatch(/No agent runs/)
    for (const command of ['sync', 'pause', 'resume']) {
      expect(expectError(await run(home, [command]), 3)).toMatch(/not running.*"undrift run"/)
    }
  }, 30_000)

  test('CLI-7 invite prints a link that works, leave lets go and keeps the files', async () => {
    const { setup } = await startRelay()
    const folder = tempFolder()
    const [home, vault] = [join(folder, 'home'), join(folder, 'vault')]
    await run(home, ['join', setup, vault, '--yes'])
    writeFileSync(join(vault, 'n.md'), 'mine')
    const invited = await run(home, ['invite', '--role', 'viewer', '--expires', '7d', '--json'])
    const { link, role } = JSON.parse(invited.out) as { link: string; role: string }
    expect(role).toBe('viewer')
    const second = await run(join(folder, 'home2'), ['join', link, join(folder, 'v2'), '--yes'])
    expect(second.code).toBe(0)
    expectError(await run(home, ['leave', folder]), 2)
    const left = await run(home, ['leave', vault, '--json'])
    expect(JSON.parse(left.out)).toMatchObject({ folder: vault })
    expect(readdirSync(vault)).toEqual(['n.md'])
    expect((await run(home, ['status', '--json'])).out).toBe('[]\n')
  }, 30_000)

  test('CLI-7 leave without the relay lets go, and says how to be safe', async () => {
    const { setup, child, ended } = await startRelay()
    const folder = tempFolder()
    const [home, vault] = [join(folder, 'home'), join(folder, 'vault')]
    const { out } = await run(home, ['join', setup, vault, '--yes', '--json'])
    const { device } = JSON.parse(out) as { device: { id: string } }
    child.kill()
    await ended
    const left = await run(home, ['leave', vault])
    expect(left).toMatchObject({ code: 0, err: '' })
    expect(left.out).toContain(`undrift device revoke ${device.id}`)
    expect(readdirSync(vault)).toEqual([])
  }, 30_000)

  test('CLI-7 leave lets go of a folder that may not be read', async () => {
    const { setup } = await startRelay()
    const folder = tempFolder()
    const [home, vault] = [join(folder, 'home'), join(folder, 'vault')]
    giveToNobody(folder)
    await run(home, ['join', setup, vault, '--yes'], nobody)
    chmodSync(vault, 0o000)
    const left = await run(home, ['leave', vault], nobody)
    chmodSync(vault, 0o755)
    expect(left).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('.undrift') as string,
    })
    expect((await run(home, ['status', '--json'], nobody)).out).toBe('[]\n')
    expect(readdirSync(vault)).toEqual(['.undrift'])
  }, 30_000)
})
