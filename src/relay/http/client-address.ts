// Whose request this is: the address of the peer, or what the proxies that are trusted say of theirs.
import type { IncomingMessage } from 'node:http'
import proxyAddr from '@fastify/proxy-addr'
import { AppError } from '../../shared/errors.ts'

export type ClientAddress = (request: IncomingMessage) => string

/**
 * The last address in X-Forwarded-For, seen from here, that is not a trusted proxy's own. `proxies` are
 * addresses, networks (`10.0.0.0/8`) or names of such (`loopback`, `linklocal`, `uniquelocal`); without any
 * the header is not looked at. Throws `usage` for one that cannot be read.
 */
export function newClientAddress(proxies: readonly string[]): ClientAddress {
  if (proxies.length === 0) return ({ socket }) => socket.remoteAddress ?? 'unknown'
  const isTrusted = compile(proxies)
  return (request) => proxyAddr(request, isTrusted)
}

function compile(proxies: readonly string[]): (address: string, hop: number) => boolean {
  try {
    return proxyAddr.compile([...proxies])
  } catch (thrown) {
    const text = `"${proxies.join(',')}" cannot be read as addresses of proxies`
    throw new AppError('usage', text, thrown)
  }
}
