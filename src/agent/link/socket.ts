// Port: one connection to the relay that carries binary frames.

export type SocketHandlers = {
  onOpen(): void
  onFrame(bytes: Uint8Array): void
  /** Once, after which nothing more comes. `httpStatus` when the relay refused the upgrade. */
  onClose(reason: SocketClose): void
}

export type SocketClose = {
  readonly code: number
  readonly reason: string
  readonly httpStatus?: number | undefined
}

export interface Socket {
  send(bytes: Uint8Array): void
  close(): void
}

/** Calls none of the handlers before it has returned. */
export type Connect = (handlers: SocketHandlers) => Socket
