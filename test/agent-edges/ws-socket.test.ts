// The WebSocket to the relay, against a real server.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import type { SocketClose } from '../../src/agent/link/socket.ts'
import { createWsConnect } from '../../src/agent/link/ws-socket.ts'
import { subprotocol } from '../../src/shared/protocol/version.ts'
import { ManualClock } from '../fakes/manual-clock.ts'
import { utf8 } from './helpers.ts'

async function relay(refuseWith?: number) {
  const http = createServer()
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: () => subprotocol,
    autoPong: false,
  })
  const tcp: Duplex[] = []
  const seen: {
    url?: string | undefined
    token?: string | undefined
    protocol?: string | undefined
  } = {}
  http.on('upgrade', (request, socket, head) => {
    tcp.push(socket)
    seen.url = request.url
    seen.token = request.headers.authorization
    seen.protocol = request.headers['sec-websocket-protocol']
    if (refuseWith !== undefined) return void socket.end(`HTTP/1.1 ${refuseWith} no\r\n\r\n`)
    sockets.handleUpgrade(request, socket, head, (ws) => sockets.emit('connection', ws))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const ws of sockets.clients) ws.terminate()
    http.close()
  })
  const { port } = http.address() as AddressInfo
  return { http, sockets, tcp, seen, url: `ws://127.0.0.1:${port}/sync/v` }
}

function open(url: string, clock = new ManualClock()) {
  const heard: string[] = []
  const closes: SocketClose[] = []
  const socket = createWsConnect({ url, token: 't0ken', clock })({
    onOpen: () => heard.push('open'),
    onFrame: (bytes) => heard.push(new TextDecoder().decode(bytes)),
    onClose: (close) => closes.push(close),
  })
  onTestFinished(() => socket.close())
  return { socket, heard, closes, clock }
}

/** Whatever was under way on this machine has arrived once another connection is open. */
async function roundTrip(url: string): Promise<void> {
  const { heard } = open(url)
  await vi.waitFor(() => expect(heard).toEqual(['open']))
}

describe('createWsConnect', () => {
  test('carries frames both ways, with token and subprotocol', async () => {
    const { sockets, seen, url } = await relay()
    sockets.on('connection', (ws) => ws.on('message', (data) => ws.send(data)))
    const { socket, heard, closes } = open(url)
    socket.send(utf8('too early'))
    await vi.waitFor(() => expect(heard).toEqual(['open']))
    socket.send(utf8('hello'))
    await vi.waitFor(() => expect(heard).toEqual(['open', 'hello']))
    expect(seen).toEqual({ url: '/sync/v', token: 'Bearer t0ken', protocol: subprotocol })
    socket.close()
    await vi.waitFor(() => expect(closes).toHaveLength(1))
  })

  test.each([401, 426, 502])(
    'LINK-6 HC-150 tells the status of a refused upgrade: %i',
    async (status) => {
      const { url } = await relay(status)
      const { closes, heard } = open(url)
      await vi.waitFor(() => expect(closes).toMatchObject([{ code: 1006, httpStatus: status }]))
      expect(heard).toEqual([])
    },
  )

  test('LINK-6 tells why the relay closed, and that nobody is there', async () => {
    const { sockets, url, http } = await relay()
    sockets.on('connection', (ws) => ws.close(4401, 'revoked'))
    const { closes } = open(url)
    await vi.waitFor(() => expect(closes).toEqual([{ code: 4401, reason: 'revoked' }]))
    http.close()
    http.closeAllConnections()
    const { closes: others } = open(url)
    await vi.waitFor(() => expect(others).toMatchObject([{ code: 1006 }]))
  })

  test('LINK-5 HC-149 gives a silent connection up after a minute, a pinging one not', async () => {
    const { sockets, url } = await relay()
    const { heard, closes, clock } = open(url)
    await vi.waitFor(() => expect(heard).toEqual(['open']))
    clock.advance(50_000)
    const [server] = sockets.clients
    const ponged = new Promise((resolve) => server?.once('pong', resolve))
    server?.ping()
    await ponged
    clock.advance(50_000)
    expect(closes).toEqual([])
    clock.advance(10_000)
    await vi.waitFor(() => expect(closes).toHaveLength(1))
  })

  test('LINK-5 HC-151 a large message that comes slowly is no silence', async () => {
    const { tcp, url } = await relay()
    const { heard, closes, clock } = open(url)
    await vi.waitFor(() => expect(heard).toEqual(['open']))
    // The head of a binary frame of 64 KiB, and very little of it.
    tcp[0]?.write(Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0, 7, 7, 7]))
    await roundTrip(url)
    clock.advance(60_000)
    await roundTrip(url)
    expect([heard, closes]).toEqual([['open'], []])
    clock.advance(60_000)
    await vi.waitFor(() => expect(closes).toHaveLength(1))
  })

  test('LINK-5 RELAY-24 an agent says now and then that it is there', async () => {
    const { sockets, url } = await relay()
    const { heard, clock } = open(url)
    await vi.waitFor(() => expect(heard).toEqual(['open']))
    for (let n = 0; n < 2; n++) {
      const pinged = new Promise((resolve) => [...sockets.clients][0]?.once('ping', resolve))
      clock.advance(25_000)
      await pinged
    }
  })

  test('HC-155 a text frame ends the connection', async () => {
    const { sockets, url } = await relay()
    sockets.on('connection', (ws) => ws.send('text'))
    const { closes } = open(url)
    await vi.waitFor(() => expect(closes).toMatchObject([{ code: 1003 }]))
  })
})
