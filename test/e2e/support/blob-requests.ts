// What passes a proxy of requests for bytes: which chunks were sent, and whether one was that the relay had.
const putLine = /PUT \/api\/v1\/vaults\/[a-z2-7]+\/blobs\/([0-9a-f]{64}) HTTP/g
const accepted = 'HTTP/1.1 204'

export class BlobRequests {
  /** Chunks that were sent again after the relay's word that it has them was through. */
  readonly twice: string[] = []
  readonly #accepted = new Set<string>()
  readonly #sending = new Map<number, string>()

  /** Chunks that the relay has taken. */
  get count(): number {
    return this.#accepted.size
  }

  /** A connection has one request under way at a time. */
  readonly see = (connection: number, way: 'up' | 'down', bytes: Buffer): void => {
    const text = bytes.toString('latin1')
    if (way === 'up') {
      for (const [, hash = ''] of text.matchAll(putLine)) {
        if (this.#accepted.has(hash)) this.twice.push(hash)
        this.#sending.set(connection, hash)
      }
      return
    }
    const sent = this.#sending.get(connection)
    if (sent === undefined || !text.includes(accepted)) return
    this.#accepted.add(sent)
    this.#sending.delete(connection)
  }
}
