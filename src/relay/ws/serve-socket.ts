// Binds a WebSocket to the connection that speaks its protocol.
import type { WebSocket } from 'ws'
import type { DocId } from '../../shared/ids.ts'
import type { Clock, Logger } from '../../shared/ports.ts'
import type { Access } from '../core/access.ts'
import type { VaultHub } from '../hub/vault-hub.ts'
import { AgentConnection } from './agent-connection.ts'
import type { AwarenessRoom } from './awareness-room.ts'
import type { DeviceAllowance } from './device-allowances.ts'
import type { Served } from './sockets.ts'
import { YjsConnection } from './yjs-connection.ts'

type Common = {
  socket: WebSocket
  hub: VaultHub
  access: Access
  allowance: DeviceAllowance
  log: Logger
}

const helloWithinMs = 10_000
/** Only beyond this can answers be waiting for the peer to take some. */
const backlogBytes = 256 * 1024

/** An agent's socket. `onEdit` is called at its first edit. */
export function serveAgent(
  { socket, ...common }: Common,
  { clock, onEdit }: { clock: Clock; onEdit: () => void },
): Served {
  const connection: AgentConnection = new AgentConnection({
    ...common,
    ...endsOf(socket, () => connection.drained()),
    onEdit,
  })
  const cancel = clock.after(helloWithinMs, () => connection.expectHello())
  socket.on('close', cancel)
  listen(socket, connection, common.log)
  return connection
}

/** A standard Yjs client's socket to one document. */
export function serveYjs(
  { socket, ...common }: Common,
  { doc, room }: { doc: DocId; room: AwarenessRoom },
): Served {
  const connection: YjsConnection = new YjsConnection({
    ...common,
    ...endsOf(socket, () => connection.drained()),
    doc,
    room,
  })
  listen(socket, connection, common.log)
  connection.open().catch((thrown: unknown) => {
    connection.end('internal', String(thrown))
  })
  return connection
}

/** What a connection does with its socket. `drained` is called when a backlog has been taken. */
function endsOf(socket: WebSocket, drained: () => void) {
  return {
    send: (frame: Uint8Array): void => {
      const isBacklog = frame.length + socket.bufferedAmount > backlogBytes
      if (isBacklog) socket.send(frame, drained)
      else socket.send(frame)
    },
    close: (code: number, reason: string): void => socket.close(code, reason),
    buffered: (): number => socket.bufferedAmount,
  }
}

function listen(
  socket: WebSocket,
  connection: Served & { receive(frame: Uint8Array): void; closed(): void },
  log: Logger,
): void {
  socket.on('message', (data, isBinary) => {
    if (isBinary && data instanceof Buffer) connection.receive(data)
    else connection.end('malformed', 'only binary frames are spoken here')
  })
  socket.on('close', () => connection.closed())
  // ws has closed it by then with the fitting code: 1009 too large, 1002 or 1007 not a WebSocket frame.
  socket.on('error', (error) => log.info('socket error', { reason: error.message }))
}
