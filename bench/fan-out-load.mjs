// The clients of the fan-out: connects all, prints a line, waits for one, then sends edits at a steady rate.
// Every edit carries the time at which it was sent; prints what the others measured.
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import WebSocket from 'ws'
import { editNote, openDoc, seedNote } from '../dist/shared/doc/note-doc.js'
import { base32 } from '../dist/shared/ids.js'
import { decodeRelayFrame, encodeAgentFrame } from '../dist/shared/protocol/codec.js'
import { protocolVersion, subprotocol } from '../dist/shared/protocol/version.js'
import { percentile, sleep } from './lib/measure.mjs'

const { homes, url, connections, rate, seconds } = JSON.parse(process.argv[2])
const times = []
const note = base32(randomBytes(17)).slice(0, 26)
const bare = Buffer.alloc(100)

function connect(i) {
  if (homes === undefined) return new WebSocket(url, { perMessageDeflate: false })
  const [{ relay, token, vault }] = JSON.parse(
    fs.readFileSync(homes[i % homes.length], 'utf8'),
  ).vaults
  const address = `${relay.replace('http', 'ws')}/sync/${vault.id}`
  const headers = { authorization: `Bearer ${token}` }
  return new WebSocket(address, subprotocol, { headers, perMessageDeflate: false })
}

async function open(i) {
  const socket = connect(i)
  socket.on('message', (bytes) => hear(bytes))
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  if (homes !== undefined) {
    const session = base32(randomBytes(17)).slice(0, 26)
    const hello = {
      type: 'hello',
      protocol: protocolVersion,
      session,
      clientId: i + 1,
      epoch: '',
      cursor: 0,
    }
    socket.send(encodeAgentFrame([hello]))
  }
  return socket
}

let sentAt = new Map()
function hear(bytes) {
  const now = performance.now()
  if (homes === undefined) times.push(now - bytes.readDoubleBE(0))
  else {
    for (const message of decodeRelayFrame(bytes)) {
      const sent = message.type === 'update' ? sentAt.get(message.update.length) : undefined
      if (sent !== undefined) times.push(now - sent)
    }
  }
}

const sockets = []
for (let i = 0; i < connections; i++) sockets.push(await open(i))
const doc = openDoc([], 1)
let ref = 0
if (homes !== undefined) {
  const update = seedNote('a note\n', 2)
  sockets[0].send(encodeAgentFrame([{ type: 'seed', ref: ++ref, doc: note, update, mtime: 0 }]))
}
await sleep(1000)
times.length = 0
console.log('connected')
await new Promise((resolve) => process.stdin.once('data', resolve))

/** A different length each: that is how a receiver knows which edit it has. */
function edit(i) {
  const insert = 'x'.repeat(40 + (i % 120))
  return editNote(doc, [{ at: 0, remove: 0, insert }], 'disk')
}

const start = performance.now()
const total = rate * seconds
for (let i = 0; i < total; i++) {
  await sleep(Math.max(0, start + (i * 1000) / rate - performance.now()))
  const socket = sockets[i % sockets.length]
  const now = performance.now()
  if (homes === undefined) {
    bare.writeDoubleBE(now, 0)
    socket.send(Buffer.from(bare))
  } else {
    const update = edit(i)
    sentAt.set(update.length, now)
    socket.send(encodeAgentFrame([{ type: 'update', ref: ++ref, doc: note, update, mtime: 0 }]))
  }
}
await sleep(1000)
const delivered = times.length / (total * (connections - 1))
console.log(JSON.stringify({ p50: percentile(times, 50), p99: percentile(times, 99), delivered }))
for (const socket of sockets) socket.terminate()
process.exit(0)
