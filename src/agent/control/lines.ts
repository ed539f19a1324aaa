// Lines of bounded length out of a stream of bytes.
import type { Socket } from 'node:net'
import { maxLineBytes } from './messages.ts'

/** Calls `onLine` for each line; a peer that sends a longer one than is allowed is cut off. */
export function readLines(socket: Socket, onLine: (line: string) => void): void {
  let pending: Buffer[] = []
  let pendingBytes = 0
  socket.on('data', (chunk: Buffer) => {
    let rest = chunk
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const line = Buffer.concat([...pending, rest.subarray(0, end)])
      pending = []
      pendingBytes = 0
      rest = rest.subarray(end + 1)
      if (line.length <= maxLineBytes) onLine(line.toString('utf8'))
    }
    pending.push(rest)
    pendingBytes += rest.length
    if (pendingBytes > maxLineBytes) socket.destroy()
  })
}

export function writeLine(socket: Socket, value: unknown): void {
  if (socket.writable) socket.write(`${JSON.stringify(value)}\n`)
}
