// The control socket: commands on one end, a running agent on the other.
import { statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ControlClient } from '../../src/agent/control/client.ts'
import { ControlServer, type HostControls } from '../../src/agent/control/server.ts'
import type { Status } from '../../src/agent/core/status.ts'
import { AppError } from '../../src/shared/errors.ts'
import { type DeviceId, type SessionId, type VaultId, parseId } from '../../src/shared/ids.ts'
import { tempFolder } from './helpers.ts'

const status: Status = {
  schema: 1,
  vault: { id: parseId<VaultId>('b'.repeat(26)) ?? expect.unreachable(), name: 'Notes' },
  folder: '/n',
  device: { id: parseId<DeviceId>('c'.repeat(26)) ?? expect.unreachable(), name: 'laptop' },
  pid: 1,
  session: parseId<SessionId>('d'.repeat(26)) ?? expect.unreachable(),
  state: 'syncing',
  relay: { url: 'http://127.0.0.1:1', connected: true, epoch: 'e', head: 1 },
  scan: { generation: 1, startedAt: null, finishedAt: null, watching: true },
  queue: { dirty: 1, settling: 0, outgoing: 0, unacked: 0, incoming: 0, blobsUp: 0, blobsDown: 0 },
  transfers: { up: { files: 1, bytes: 10, done: 5 }, down: { files: 0, bytes: 0, done: 0 } },
  files: { text: 1, binary: 0, links: 0, folders: 0, bytes: 5 },
  digest: '',
  problems: [{ path: 'line\nend.md', code: 'io', message: 'x'.repeat(70_000), since: '' }],
  held: { reason: 'r', deletes: 30, overwrites: 0, since: '', advice: 'a' },
  lastSyncedAt: null,
  only: ['Projects/**'],
}

class FakeAgent implements HostControls {
  readonly heard: string[] = []
  status = async () => status
  sync = async (timeoutMs: number) => {
    this.heard.push(`sync ${timeoutMs}`)
    return timeoutMs > 5 ? ('synced' as const) : ('timeout' as const)
  }
  pause = async () => {
    this.heard.push('pause')
  }
  resume = async (confirm: boolean) => {
    if (confirm) throw new AppError('forbidden', 'no')
    this.heard.push('resume')
  }
  select = async () => {
    this.heard.push('select')
  }
}

async function serving(path = join(tempFolder(), 'c.sock')) {
  const agent = new FakeAgent()
  const server = new ControlServer({ path, controls: agent, onStop: () => void server.stop() })
  await server.start()
  onTestFinished(() => server.stop())
  return { path, agent, server, client: new ControlClient(path) }
}

/** Sends raw bytes; resolves with all that comes back until the end. */
async function raw(path: string, bytes: string | Uint8Array): Promise<string> {
  return await new Promise((resolve) => {
    let answer = ''
    const socket = connect(path, () => socket.end(bytes))
    socket.on('data', (chunk) => (answer += chunk.toString()))
    socket.on('error', () => resolve(answer))
    socket.on('close', () => resolve(answer))
  })
}

describe('control socket', () => {
  test('carries every request and its answer', async () => {
    const { client, agent } = await serving()
    expect(await client.status()).toEqual(status)
    expect(await client.sync(10)).toBe('synced')
    expect(await client.sync(1)).toBe('timeout')
    await client.pause()
    await client.resume(false)
    await expect(client.resume(true)).rejects.toMatchObject({ code: 'forbidden', message: 'no' })
    expect(agent.heard).toEqual(['sync 10', 'sync 1', 'pause', 'resume'])
  })

  test('serves many at once', async () => {
    const { client } = await serving()
    const answers = await Promise.all(Array.from({ length: 30 }, () => client.status()))
    expect(answers).toHaveLength(30)
  })

  test('CLI-8 is for its owner only', async () => {
    const { path } = await serving()
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('CLI-8 tells nonsense from requests and lives on', async () => {
    const { path, client } = await serving()
    const answers = await raw(path, 'nonsense\n{"op":"format"}\n{"op":"sync"}\n')
    const codes = answers
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { ok: boolean }).ok)
    expect(codes).toEqual([false, false, false])
    await raw(path, new Uint8Array(5 * 1024 * 1024).fill(120))
    expect(await client.status()).toEqual(status)
  })

  test('CLI-6 HC-142 a second server on the path of a living one is locked out', async () => {
    const { path } = await serving()
    await expect(serving(path)).rejects.toMatchObject({ code: 'locked' })
  })

  test('CLI-8 takes over a socket that a killed agent left', async () => {
    const path = join(tempFolder(), 'c.sock')
    writeFileSync(path, '')
    const { client } = await serving(path)
    expect(await client.status()).toEqual(status)
  })

  test('no agent is unreachable, one of another version is told', async () => {
    const path = join(tempFolder(), 'c.sock')
    await expect(new ControlClient(path).status()).rejects.toMatchObject({ code: 'unreachable' })
    const other = createServer((socket) => socket.end('{"ok":true,"value":{"schema":9}}\n'))
    await new Promise<void>((resolve) => other.listen(path, resolve))
    onTestFinished(() => void other.close())
    await expect(new ControlClient(path).status()).rejects.toMatchObject({
      code: 'unsupported-version',
    })
  })

  test('CLI-22 an agent that is busy is told from one that is not running', async () => {
    const path = join(tempFolder(), 'c.sock')
    const busy = createServer()
    await new Promise<void>((resolve) => busy.listen(path, resolve))
    onTestFinished(() => void busy.close())
    await expect(new ControlClient(path, 20).status()).rejects.toMatchObject({ code: 'timeout' })
  })

  test('stop ends the connection when the agent has stopped', async () => {
    const { client } = await serving()
    await client.stop()
    await expect(client.status()).rejects.toMatchObject({ code: 'unreachable' })
  })
})
