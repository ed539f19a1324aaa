// A WebSocket server that passes every frame on to all others. Prints its address.
import { WebSocketServer } from 'ws'

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
server.on('connection', (socket) => {
  socket.on('message', (bytes) => {
    for (const other of server.clients) if (other !== socket) other.send(bytes, { binary: true })
  })
})
server.on('listening', () => console.log(`ws://127.0.0.1:${server.address().port}`))
