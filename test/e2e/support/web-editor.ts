// A standard y-websocket client that has a note open through the relay, as a website's editor does.
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { deriveFileId } from '../../../src/shared/ids.ts'
import { parsePath } from '../../../src/shared/vault-path.ts'
import type { Device } from './device.ts'
import { until } from './until.ts'

export class WebEditor implements Disposable {
  readonly #provider: WebsocketProvider

  constructor(device: Device, path: string) {
    const { relay, token, vault } = device.joined()
    const parsed = parsePath(path)
    if (!parsed.ok) throw new Error(parsed.reason)
    const room = deriveFileId(vault.id, parsed.path, 0)
    const url = `${relay.replace('http', 'ws')}/yjs/${vault.id}`
    this.#provider = new WebsocketProvider(url, room, new Y.Doc(), {
      protocols: [`bearer.${token}`],
      WebSocketPolyfill: toPolyfill(WebSocket),
      disableBc: true,
    })
  }

  get text(): Y.Text {
    return this.#provider.doc.getText('content')
  }

  async shows(wanted: string): Promise<void> {
    const shown = (): string => this.text.toString()
    await until(
      () => shown() === wanted,
      () => `the editor shows ${JSON.stringify(wanted)}, has ${JSON.stringify(shown())}`,
    )
  }

  [Symbol.dispose](): void {
    this.#provider.destroy()
  }
}

/** ws is a WebSocket but for the DOM's types of its events. */
function toPolyfill(socket: unknown): typeof globalThis.WebSocket {
  return socket as typeof globalThis.WebSocket
}
