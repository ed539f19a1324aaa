// What a relay answers to a request, read no further than such an answer can go.
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { listDevices } from '../../src/agent/cli/relay-api.ts'
import { HttpBlobs } from '../../src/agent/link/http-blobs.ts'
import type { JoinedVault } from '../../src/agent/config.ts'
import { maxBlobParts, maxHashesAtOnce } from '../../src/shared/limits.ts'
import { parseBlobHash } from '../../src/shared/ids.ts'
import { marker } from './helpers.ts'

const hash = parseBlobHash('a'.repeat(64)) ?? expect.unreachable()
const signal = new AbortController().signal

/** A relay that begins every answer with `start` and then sends blanks until nobody reads on. */
async function givenEndless(start: string, status = 200): Promise<string> {
  return await listen(
    createServer((request, response) => {
      request.resume()
      response.writeHead(status)
      response.write(start)
      const blanks = ' '.repeat(64 * 1024)
      const go = (): void => {
        while (!response.destroyed && response.write(blanks));
      }
      response.on('drain', go)
      go()
    }),
  )
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const blobsAt = (relay: string) => new HttpBlobs({ relay, vault: marker.vault, token: 't' })

test('BLOB-50 an answer that does not end is given up', async () => {
  const relay = await givenEndless('{"parts":[')
  await expect(blobsAt(relay).partsOf(hash, signal)).rejects.toMatchObject({ code: 'malformed' })
  await expect(blobsAt(relay).missing([hash], signal)).rejects.toMatchObject({ code: 'malformed' })
  const joined = { relay, vault: { id: marker.vault }, token: 't' } as JoinedVault
  await expect(listDevices(joined)).rejects.toMatchObject({ code: 'malformed' })
})

test('BLOB-50 an error that does not end is no answer of a relay', async () => {
  const relay = await givenEndless('{"code":"', 500)
  await expect(blobsAt(relay).missing([hash], signal)).rejects.toMatchObject({
    code: 'unreachable',
  })
})

test('BLOB-50 of what is missing no more is read than was asked for', async () => {
  const missing = Array.from({ length: 2 * maxHashesAtOnce }, () => hash)
  const relay = await listen(
    createServer((_, response) => response.end(JSON.stringify({ missing }))),
  )
  await expect(blobsAt(relay).missing([hash], signal)).rejects.toMatchObject({ code: 'malformed' })
})

test('BLOB-50 the longest list of chunks is read', async () => {
  const size = 8_388_608
  const parts = Array.from({ length: maxBlobParts }, () => ({ hash, size }))
  const relay = await listen(createServer((_, response) => response.end(JSON.stringify({ parts }))))
  expect(await blobsAt(relay).partsOf(hash, signal)).toHaveLength(maxBlobParts)
})

test('BLOB-70 an answer that breaks off is none', async () => {
  const relay = await listen(
    createServer((_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"missing":', () => response.destroy())
    }),
  )
  const isUnreachable = { code: 'unreachable' }
  await expect(blobsAt(relay).missing([hash], signal)).rejects.toMatchObject(isUnreachable)
  await expect(blobsAt(relay).get(hash, 100, signal)).rejects.toMatchObject(isUnreachable)
})

test('BLOB-70 another address is not asked instead', async () => {
  const asked: string[] = []
  const other = await listen(
    createServer(({ url = '' }, response) => {
      asked.push(url)
      response.end('{"missing":[]}')
    }),
  )
  const relay = await listen(
    createServer((_, response) => response.writeHead(307, { location: other }).end()),
  )
  const answer = blobsAt(relay).missing([hash], signal)
  await expect(answer).rejects.toMatchObject({ code: 'unreachable' })
  expect(asked).toEqual([])
})
