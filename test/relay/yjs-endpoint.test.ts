import * as encoding from 'lib0/encoding'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { emptyUpdate } from '../../src/shared/doc/note-doc.ts'
import { fileId, noteUpdates, textOf } from './support/hub-agent.ts'
import { LiveRelay, type Member, SocketAgent } from './support/live-relay.ts'

const note = fileId('a')
const [seed = emptyUpdate(), edit = emptyUpdate()] = noteUpdates(['hello', ' world'])

function provider(relay: LiveRelay, { vault, token }: Member): WebsocketProvider {
  return new WebsocketProvider(`${relay.wsUrl}/yjs/${vault.id}`, note, new Y.Doc(), {
    protocols: [`bearer.${token}`],
    WebSocketPolyfill: toPolyfill(WebSocket),
    disableBc: true,
  })
}

/** ws is a WebSocket but for the DOM's types of its events. */
function toPolyfill(socket: unknown): typeof globalThis.WebSocket {
  return socket as typeof globalThis.WebSocket
}

/** The message in which one client of a y-websocket connection announces its state. */
function presenceFrame(client: number, state: string): Uint8Array {
  const update = encoding.encode((to) => {
    for (const number of [1, client, 1]) encoding.writeVarUint(to, number)
    encoding.writeVarString(to, state)
  })
  return encoding.encode((to) => {
    encoding.writeVarUint(to, 1)
    encoding.writeVarUint8Array(to, update)
  })
}

async function textBecomes({ doc }: WebsocketProvider, wanted: string): Promise<void> {
  while (doc.getText('content').toString() !== wanted) {
    await new Promise((resolve) => doc.once('update', resolve))
  }
}

async function presence(of: WebsocketProvider, count: number): Promise<void> {
  while (of.awareness.getStates().size !== count) {
    await new Promise<void>((resolve) => {
      const changed = (): void => {
        of.awareness.off('change', changed)
        resolve()
      }
      of.awareness.on('change', changed)
    })
  }
}

/** An agent that has put the note there, as `hello`. */
async function agentWithNote(relay: LiveRelay, owner: Member): Promise<SocketAgent> {
  const agent = await SocketAgent.connect(relay, owner)
  agent.say({ type: 'seed', ref: 1, doc: note, update: seed, mtime: 0 })
  await agent.next('ack')
  return agent
}

/** Two editors that see each other. */
async function twoEditors(relay: LiveRelay, owner: Member) {
  const [a, b] = [provider(relay, owner), provider(relay, owner)]
  a.awareness.setLocalState({ name: 'a' })
  b.awareness.setLocalState({ name: 'b' })
  await Promise.all([presence(a, 2), presence(b, 2)])
  return [a, b] as const
}

/** A connection to the note that says whatever the test wants; `closed` is the code it ends with. */
async function openSocket(relay: LiveRelay, { vault, token }: Member) {
  const hostile = new WebSocket(`${relay.wsUrl}/yjs/${vault.id}/${note}`, [`bearer.${token}`])
  const closed = new Promise<number>((resolve) => hostile.once('close', resolve))
  await new Promise((resolve) => hostile.once('open', resolve))
  return { hostile, closed }
}

test('RELAY-17 a standard editor and an agent edit the same note', async () => {
  await using relay = await LiveRelay.start()
  const owner = await relay.owner()
  const agent = await agentWithNote(relay, owner)
  const editor = provider(relay, owner)
  await textBecomes(editor, 'hello')
  agent.say({ type: 'update', ref: 2, doc: note, update: edit, mtime: 0 })
  await textBecomes(editor, 'hello world')
  editor.doc.getText('content').insert(11, '!')
  const { update } = await agent.next('update')
  expect(textOf(seed, edit, update)).toBe('hello world!')
  agent.say({ type: 'pull', doc: note, stateVector: new Uint8Array() })
  expect(textOf((await agent.next('state')).update)).toBe('hello world!')
  editor.destroy()
})

test('RELAY-17 what an editor wrote while it was offline arrives', async () => {
  await using relay = await LiveRelay.start()
  const owner = await relay.owner()
  const agent = await SocketAgent.connect(relay, owner)
  const editor = provider(relay, owner)
  editor.disconnect()
  editor.doc.getText('content').insert(0, 'offline')
  editor.connect()
  expect(textOf((await agent.next('update')).update)).toBe('offline')
  editor.destroy()
})

test('RELAY-17 editors see each other’s presence, and their leaving', async () => {
  await using relay = await LiveRelay.start()
  const owner = await relay.owner()
  const [a, b] = await twoEditors(relay, owner)
  expect(b.awareness.getStates().get(a.doc.clientID)).toEqual({ name: 'a' })
  const left = presence(b, 1)
  a.destroy()
  await left
  b.destroy()
})

test('RELAY-17 an editor that is gone without a word is absent, though another has repeated its presence', async () => {
  await using relay = await LiveRelay.start()
  const owner = await relay.owner()
  const [a, b] = await twoEditors(relay, owner)
  const left = presence(b, 1)
  a.shouldConnect = false
  const { ws } = a
  if (ws instanceof WebSocket) ws.terminate()
  await left
  b.destroy()
  a.destroy()
})

test('RELAY-23 an editor that announces more than it can be is sent away, with all of it', async () => {
  await using relay = await LiveRelay.start()
  const owner = await relay.owner()
  const witness = provider(relay, owner)
  witness.awareness.setLocalState({ name: 'w' })
  await presence(witness, 1)
  const announce = async (clients: number[], state: string): Promise<number> => {
    const { hostile, closed } = await openSocket(relay, owner)
    for (const client of clients) hostile.send(presenceFrame(client, state))
    return closed
  }
  const many = Array.from({ length: 17 }, (_, client) => client)
  expect(await announce(many, '{}')).toBe(4400)
  expect(await announce([20, 21], JSON.stringify('x'.repeat(40_000)))).toBe(4400)
  await presence(witness, 1)
  witness.destroy()
})

test('RELAY-9 HC-170 a viewer’s editor reads, and is closed for good when it writes', async () => {
  await using relay = await LiveRelay.start()
  const owner = await relay.owner()
  const viewer = await relay.join(await relay.invite(owner, 'viewer'))
  const agent = await agentWithNote(relay, owner)
  const editor = provider(relay, viewer)
  await textBecomes(editor, 'hello')
  const closed = new Promise<number>((resolve) => {
    editor.on('connection-close', (event) => resolve(event?.code ?? 0))
  })
  editor.doc.getText('content').insert(0, 'x')
  expect(await closed).toBe(4403)
  expect(agent.received.filter(({ type }) => type === 'update')).toEqual([])
  editor.destroy()
})

test('RELAY-4 HC-155 garbage on the editor’s endpoint closes that connection only', async () => {
  await using relay = await LiveRelay.start()
  const owner = await relay.owner()
  const editor = provider(relay, owner)
  for (const frame of [
    'text',
    new Uint8Array(),
    Uint8Array.from([0, 2, 200, 1]),
    Uint8Array.from([9]),
  ]) {
    const { hostile, closed } = await openSocket(relay, owner)
    expect(hostile.protocol).toBe(`bearer.${owner.token}`)
    hostile.send(frame)
    expect([1003, 1008, 4400]).toContain(await closed)
  }
  await agentWithNote(relay, owner)
  await textBecomes(editor, 'hello')
  editor.destroy()
})
